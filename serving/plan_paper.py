"""What the document of a matter's plan says: why it is listed, what is owed, what is planned by when, and done."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from data.store.plans import Measure, Plan, Result
from data.vocabulary import ACTIONS, BANDS, OUTCOMES
from serving.export_text import Language, wording
from serving.lists import Line
from serving.paper_blocks import Block, Facts, Heading, Page, Signers, Table, Text
from serving.plan_state import plan_rows
from serving.web.views import article_of, category, cause, last_day, of_code, said


def plan_page(
    office: str,
    matter: dict[str, Any],
    line: Line | None,
    plan: Plan | None,
    measures: Sequence[Measure],
    results: Sequence[Result],
    *,
    today: date,
    language: Language,
) -> Page:
    """The document of one matter; `line` is its entry on the latest list, the spot check's without band and reasons."""
    t = wording(language)
    side = 0 if language == "zh" else 1
    entry = None if line is None else line.entry
    banded = entry is not None and entry.part != "spot"
    band = t(f"band.{entry.band}") if entry is not None and banded and entry.band else t("none")
    part = {"points": "model", "must_act": "must"}.get(entry.part, entry.part) if entry is not None else ""
    reasons = [said(one, language) for one in entry.reasons] if entry is not None and banded else []
    if line is not None and line.put is not None:
        reasons = [line.put.reason]
    told = [f"{number}. {text}" for number, text in enumerate(filter(None, reasons), 1)]
    blocks: list[Block] = [
        Facts(
            rows=[
                (t("paper.office"), office),
                (t("paper.number"), str(matter["matter_no"])),
                (t("col.department"), matter["department"] or t("none")),
                (t("paper.owner"), (plan.owner if plan is not None else matter["handler"]) or t("none")),
                (t("col.category"), category(matter["category"], language)),
                (t("col.cause"), cause(matter["cause"], language)),
                (t("paper.listed_as"), t(f"list.part.{part}") if part else t("paper.not_listed")),
                (t("col.band"), band),
            ]
        ),
        Heading(text=t("paper.reasons")),
        *(Text(text=text) for text in told or [t("none")]),
        Heading(text=t("paper.duties")),
        Table(
            header=[t("paper.owed"), t("paper.last_day"), t("paper.article")],
            widths=[5, 2, 5],
            rows=[
                [
                    said(duty, language),
                    "" if duty.get("due") is None else last_day(int(duty["due"])),
                    article_of(duty),
                ]
                for duty in (entry.duties if entry is not None else ())
            ],
            empty=t("paper.nothing_owed"),
        ),
        Text(
            text=t(
                "paper.help",
                help=t("comma").join(said(one, language) for one in (entry.help if entry is not None else ()))
                or t("none"),
            )
        ),
        Heading(text=t("paper.steps")),
        Table(
            header=[t("paper.no"), t("paper.action"), t("paper.due"), t("paper.state")],
            widths=[1, 5, 3, 3],
            rows=[
                [str(number), row.text, row.due, t(f"plan.{row.state}")]
                for number, row in enumerate(plan_rows(plan, measures, results, today, language), 1)
            ],
            empty=t("paper.no_plan"),
        ),
        Heading(text=t("paper.done")),
        Table(
            header=[t("paper.day"), t("paper.action"), t("paper.outcome"), t("paper.document")],
            widths=[2, 4, 3, 4],
            rows=[
                [
                    one.done_on.isoformat(),
                    of_code(ACTIONS, one.action, language),
                    of_code(OUTCOMES, one.outcome, language),
                    one.document_no or "",
                ]
                for one in sorted(measures, key=lambda one: one.done_on)
            ],
            empty=t("paper.nothing_done"),
        ),
        Heading(text=t("paper.opinions")),
    ]
    if line is not None and line.decision is not None:
        blocks.append(Text(text=f"{t(f'flag.{line.decision.decision}')}{t('colon')}{line.decision.reason}"))
    labels = ["handler", "department", "petition", "deputy"]
    if banded and entry is not None and entry.band == BANDS[-1]:
        labels.append("chief")
    blocks.append(Signers(labels=[t(f"paper.sign_{label}") for label in labels]))
    number = str(matter["matter_no"])
    title = f"{t('paper.plan')}（{number}）" if side == 0 else f"{t('paper.plan')} {number}"
    return Page(title=title, blocks=blocks)
