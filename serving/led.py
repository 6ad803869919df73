"""Which matters a leader of the office took over or must take over, and what was done on each since: 包案."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from data.contract import Register
from data.store.plans import Plan
from data.vocabulary import CASE_CLASSES, Role, codes

#: What counts as 包办理, 包答复, 包说理 and 包帮扶 once a leader has taken a matter over.
FOUR: Mapping[str, tuple[str, ...]] = {
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LedMatter:
    """A matter taken over by a leader, to be taken over, or planned to be: what was done on it since, by day."""

    matter: dict[str, Any]
    led_on: date | None
    rank: str | None
    case_class: str | None
    planned: bool
    days: dict[str, date | None]
    end: str | None


def with_led(register: Register) -> pl.DataFrame:
    """The matters of a register with what `led_facts` says of each, in the register's order."""
    return register.matters.join(led_facts(register), on="matter_id", how="left", maintain_order="left")


def led_matters(matters: pl.DataFrame, planned: Collection[str]) -> list[LedMatter]:
    """Of matters with their `led_facts`, those led, to be led and not ended, or planned to be led, by number."""
    rows = matters.filter(
        pl.col("led_on").is_not_null()
        | (pl.col("case_class").is_not_null() & pl.col("end").is_null())
        | pl.col("matter_id").is_in(list(planned))
    ).sort("matter_no")
    return [
        LedMatter(
            matter=row,
            led_on=row["led_on"],
            rank=row["led_rank"],
            case_class=row["case_class"],
            planned=row["matter_id"] in planned,
            days={name: row[name] for name in FOUR},
            end=row["end"],
        )
        for row in rows.iter_rows(named=True)
    ]


def planned_led(plans: Mapping[str, Plan]) -> set[str]:
    """The matters whose plan proposes that a leader take them over."""
    return {matter for matter, plan in plans.items() if any(line.action == "leader_assigned" for line in plan.lines)}


def led_facts(register: Register) -> pl.DataFrame:
    """What the ledger says now of each matter that was taken over, must be, or ended.

    Columns: matter_id, led_on (local day, null: not taken over), led_rank, case_class (must-be-led, else null), end
    (kind, null: open), and the last day since of each of FOUR.
    """
    day = pl.from_epoch("occurred_at", "us").dt.replace_time_zone("UTC").dt.convert_time_zone(register.time_zone)
    events = (
        register.events.filter(pl.col("known_until").is_null())
        .select("matter_id", "kind", "occurred_at", "seq", "rank", day=day.dt.date())
        .sort("matter_id", "occurred_at", "seq")
    )
    led = _last(events, ("leader_assigned",)).select("matter_id", since="occurred_at", led_on="day", led_rank="rank")
    after = events.join(led, on="matter_id").filter(pl.col("occurred_at") >= pl.col("since"))
    classes = register.attributes.filter(
        pl.col("name") == "case_class", pl.col("known_until").is_null(), pl.col("text").is_in(list(CASE_CLASSES))
    ).select("matter_id", case_class="text")
    ends = _last(events, codes(Role.END)).filter(pl.col("kind") != "reopened").select("matter_id", end="kind")
    found = led.drop("since")
    for frame in (
        classes.unique("matter_id", keep="last", maintain_order=True),
        ends,
        *(_last(after, kinds).select("matter_id", pl.col("day").alias(name)) for name, kinds in FOUR.items()),
    ):
        found = found.join(frame, on="matter_id", how="full", coalesce=True)
    return found


def _last(events: pl.DataFrame, kinds: tuple[str, ...]) -> pl.DataFrame:
    return events.filter(pl.col("kind").is_in(kinds)).unique("matter_id", keep="last", maintain_order=True)
