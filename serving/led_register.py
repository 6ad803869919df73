"""Which matters a leader of the office leads or must lead, and what was done on each since: the 包案台账."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from data.contract import Register
from data.store.plans import Plan
from data.times import local_date
from data.vocabulary import CASE_CLASSES, KIND, RANKS, Role, codes
from serving.export_docx import Page, Signers, Table, Text
from serving.export_text import Language, wording
from serving.web.views import Translate, category, of_code

#: What counts as 包办理, 包答复, 包说理 and 包帮扶 once a leader has taken a matter over.
_FOUR: Mapping[str, tuple[str, ...]] = {
    "handle": (
        "accepted",
        "case_review_opened",
        "case_checked",
        "joint_meeting",
        "joint_handling",
        "hearing_held",
        "simple_hearing_held",
        "leader_reception",
        "leader_letter",
        "mediation_held",
    ),
    "answer": ("substantive_reply", "progress_reply"),
    "explain": ("explanation",),
    "help": ("aid_paid", "social_aid_referred", "lawyer_present", "counselling_arranged", "field_visit"),
}


def led_page(
    office: str, register: Register, plans: Mapping[str, Plan], *, posts: Collection[str], language: Language
) -> Page:
    """The register of an office as its ledger stands; matters about one of `posts` are off it (G16)."""
    t = wording(language)
    matters = [row for row in register.matters.iter_rows(named=True) if row["respondent_post"] not in posts]
    standing = register.events.filter(pl.col("known_until").is_null()).sort("occurred_at", "seq")
    events: dict[str, list[dict[str, Any]]] = {}
    for event in standing.iter_rows(named=True):
        events.setdefault(event["matter_id"], []).append(event)
    classes = _classes(register)
    rows: list[list[str]] = []
    for matter in sorted(matters, key=lambda row: str(row["matter_no"])):
        matter_id = str(matter["matter_id"])
        mine = events.get(matter_id, [])
        led = next((event for event in reversed(mine) if event["kind"] == "leader_assigned"), None)
        class_ = classes.get(matter_id)
        plan = plans.get(matter_id)
        planned = plan is not None and any(line.action == "leader_assigned" for line in plan.lines)
        end = _end(mine)
        if led is None and not (class_ is not None and end is None) and not planned:
            continue
        rows.append(
            [str(len(rows) + 1), *_row(matter, mine, led, class_, end, planned, register.time_zone, language, t)]
        )
    header = [
        t("paper.no"),
        t("paper.number"),
        t("col.department"),
        t("col.handler"),
        t("col.category"),
        *(t(f"paper.{name}") for name in ("class", "leader", "led_on")),
        *(t(f"paper.led_{name}") for name in _FOUR),
        t("paper.led_end"),
        t("paper.remark"),
    ]
    table = Table(
        header=header,
        widths=[1, 3, 2.6, 2, 2.4, 2.6, 2.4, 2.4, 2.4, 2.4, 2.4, 2.4, 2, 2],
        rows=rows,
        empty=t("paper.led_none"),
    )
    signers = Signers(labels=[t("paper.sign_petition"), t("paper.sign_deputy")])
    blocks = [Text(text=t("paper.led_help_line")), table, signers]
    return Page(
        title=f"{office}{t('paper.led')}" if language == "zh" else f"{office} · {t('paper.led')}",
        blocks=blocks,
        landscape=True,
    )


def _row(
    matter: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    led: Mapping[str, Any] | None,
    class_: str | None,
    end: str | None,
    planned: bool,
    zone: str,
    language: Language,
    t: Translate,
) -> list[str]:
    since = None if led is None else int(led["occurred_at"])
    later = [event for event in events if since is not None and event["occurred_at"] >= since]
    days = {
        name: next((_day(event, zone) for event in reversed(later) if event["kind"] in kinds), t("none"))
        for name, kinds in _FOUR.items()
    }
    leader = (
        of_code(RANKS, led["rank"], language)
        if led is not None
        else t("paper.led_planned" if planned else "paper.led_open")
    )
    return [
        str(matter["matter_no"]),
        matter["department"] or t("none"),
        matter["handler"] or t("none"),
        category(matter["category"], language),
        t("none") if class_ is None else of_code(CASE_CLASSES, class_, language),
        leader,
        "" if led is None else _day(led, zone),
        *days.values(),
        t("none") if end is None else (KIND[end].zh if language == "zh" else KIND[end].en),
        "",
    ]


def _end(events: Sequence[Mapping[str, Any]]) -> str | None:
    """How a matter ended, None for one that is open."""
    last = next((event["kind"] for event in reversed(events) if event["kind"] in codes(Role.END)), None)
    return None if last in (None, "reopened") else str(last)


def _classes(register: Register) -> dict[str, str]:
    """The must-be-led class of each matter that has one, as it stands."""
    told = register.attributes.filter(pl.col("name") == "case_class", pl.col("known_until").is_null())
    return {row["matter_id"]: row["text"] for row in told.iter_rows(named=True) if row["text"] in CASE_CLASSES}


def _day(event: Mapping[str, Any], zone: str) -> str:
    return local_date(int(event["occurred_at"]), zone).isoformat()
