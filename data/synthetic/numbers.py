"""Which letters that raise a matter again stand under a number of their own, where each letter gets one."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data.contract import Attributes, Register, matter_uuid
from data.synthetic.constants import CATEGORY_SHARES, CAUSE_SHARES, FIRST_CONTACTS, NUMBERS, PATHS
from data.synthetic.frames import SOURCE, identified, in_order
from data.synthetic.plan import SyntheticPlan
from data.times import DAY_US, local_date

SAME_MATTER = pl.Schema({"later_id": pl.String(), "earlier_id": pl.String(), "named": pl.Boolean()})
#: A letter in the first days is the first letter once more, and a matter's own number is at hand.
_YOUNG_DAYS = 8
_EPOCH = date(1970, 1, 1).toordinal()


def renumbered(register: Register, plan: SyntheticPlan) -> tuple[Register, pl.DataFrame]:
    """The register with a share of the repeat letters under new numbers, and which numbers belong together.

    The later number is a matter of its own in the register: registered when the letter was entered, answered in
    the first week and closed some weeks later, as an office does that did not see the connection.  Its contacts
    stand there and no longer under the first number.  Without `per_contact` numbering nothing changes.
    """
    if plan.numbering == "per_matter":
        return register, SAME_MATTER.to_frame()
    rng = np.random.default_rng([plan.seed, 2])
    letters = _letters(register)
    letters = letters.filter(pl.Series(rng.random(letters.height) < NUMBERS.share, dtype=pl.Boolean))
    fresh = _matters(letters, register, rng)
    moved = letters.select("event_id", "matter_id").with_columns(fresh["matter_id"].alias("later_id"))
    contacts = register.events.join(moved, on=["event_id", "matter_id"], how="inner", maintain_order="left")
    contacts = identified(contacts.with_columns(matter_id=pl.col("later_id"), seq=pl.lit(2, pl.Int64)), plan.time_zone)
    kept = register.events.join(moved, on=["event_id", "matter_id"], how="anti", maintain_order="left")
    steps = _steps(letters, fresh, register, plan, rng)
    columns = register.events.columns
    events = pl.concat([kept, contacts.select(columns), steps.select(columns)])
    links = pl.DataFrame(
        {
            "later_id": fresh["matter_id"],
            "earlier_id": letters["matter_id"],
            "named": rng.random(letters.height) < NUMBERS.named,
        },
        schema=SAME_MATTER,
    )
    matters = pl.concat([register.matters, fresh.select(register.matters.columns)])
    return (
        replace(
            register,
            matters=matters,
            events=in_order(events, matters),
            attributes=pl.concat([register.attributes, _attributes(letters, fresh, register, rng)]).sort(
                "matter_id", "name"
            ),
            links_checked=0.0,
        ),
        links,
    )


def _letters(register: Register) -> pl.DataFrame:
    """The standing contacts that raise a matter again, with its registration and when they were first entered."""
    began = register.events.filter(pl.col("kind") == "registered").select("matter_id", registered_at="occurred_at")
    entered = register.events.group_by("event_id").agg(entered_at=pl.col("known_from").min())
    return (
        register.events.filter(
            pl.col("kind").is_in(list(FIRST_CONTACTS)), pl.col("caused_by").is_null(), pl.col("known_until").is_null()
        )
        .join(began, on="matter_id", maintain_order="left")
        .filter(pl.col("occurred_at") >= pl.col("registered_at") + _YOUNG_DAYS * DAY_US)
        .join(entered, on="event_id", maintain_order="left")
        .join(register.matters, on="matter_id", maintain_order="left")
        .sort("entered_at", "event_id")
    )


def _matters(letters: pl.DataFrame, register: Register, rng: np.random.Generator) -> pl.DataFrame:
    """A row of the matters' table for each letter, numbered on from the office's last number of the year."""
    count = letters.height
    same_category, same_cause = rng.random(count) < NUMBERS.same_category, rng.random(count) < NUMBERS.same_cause
    category = _or_other(letters["category"], same_category, list(CATEGORY_SHARES), rng)
    cause = _or_other(letters["cause"], same_cause, list(CAUSE_SHARES), rng)
    path = {name: options[0][0] for name, options in PATHS.items()}
    kept_path = pl.Series(same_category, dtype=pl.Boolean)
    staff = register.matters.group_by("office_id", maintain_order=True).agg(pl.col("handler").drop_nulls().unique())
    by_office = {office: sorted(names) for office, names in staff.iter_rows()}
    handlers = [by_office[office][int(rng.integers(len(by_office[office])))] for office in letters["office_id"]]
    years = [local_date(at, register.time_zone).year for at in letters["entered_at"]]
    last: dict[tuple[str, int], int] = {}
    for number in register.matters["matter_no"].to_list():
        office, year, running = number.rsplit("-", 2)
        last[office, int(year)] = max(last.get((office, int(year)), 0), int(running))
    numbers: list[str] = []
    for office, year in zip(letters["office_id"], years, strict=True):
        last[office, year] = last.get((office, year), 0) + 1
        numbers.append(f"{office}-{year}-{last[office, year]:05d}")
    ids = [matter_uuid(SOURCE, office, no) for office, no in zip(letters["office_id"], numbers, strict=True)]
    return letters.select("source", "office_id", "department", "procedure_path").with_columns(
        pl.Series("matter_id", ids, dtype=pl.String),
        pl.Series("matter_no", numbers, dtype=pl.String),
        pl.Series("handler", handlers, dtype=pl.String),
        category.alias("category"),
        cause.alias("cause"),
        pl.when(kept_path).then("procedure_path").otherwise(category.replace_strict(path)).alias("procedure_path"),
        pl.lit(None, pl.String).alias("respondent_post"),
    )


def _or_other(column: pl.Series, same: Any, words: list[str], rng: np.random.Generator) -> pl.Series:
    """The values where `same`, another of `words` elsewhere."""
    step = rng.integers(1, len(words), len(column))
    place = {word: index for index, word in enumerate(words)}
    other = [
        words[(place[value] + int(ahead)) % len(words)] for value, ahead in zip(column.to_list(), step, strict=True)
    ]
    picked = [one if kept else two for one, two, kept in zip(column.to_list(), other, same, strict=True)]
    return pl.Series(picked, dtype=pl.String)


def _steps(
    letters: pl.DataFrame, fresh: pl.DataFrame, register: Register, plan: SyntheticPlan, rng: np.random.Generator
) -> pl.DataFrame:
    """Registration, first reply and end of the later numbers, entered on the day."""
    blank = register.events.clear()
    parts: list[pl.DataFrame] = []
    for place, (kind, days) in enumerate(
        (("registered", (0, 0)), ("procedural_reply", NUMBERS.reply_days), ("closed", NUMBERS.joined_days))
    ):
        at = letters["entered_at"] + pl.Series(rng.integers(days[0], days[1] + 1, letters.height)) * DAY_US
        rows = pl.DataFrame({"matter_id": fresh["matter_id"], "occurred_at": at}).with_columns(
            pl.lit(kind).alias("kind"),
            pl.col("occurred_at").alias("known_at"),
            pl.col("occurred_at").alias("known_from"),
            pl.lit(register.observed_until).alias("recorded_at"),
            pl.lit(0, pl.Int64).alias("batch_id"),
            # The letter itself stands second.
            pl.lit(0 if place == 0 else 2 + 2 * place, pl.Int64).alias("seq"),
            pl.lit(value=False).alias("assumed"),
            pl.lit(0, pl.Int8).alias("people_band"),
        )
        parts.append(rows.filter(pl.col("occurred_at") < register.observed_until))
    return identified(pl.concat([blank, *parts], how="diagonal_relaxed"), plan.time_zone).cast(blank.schema)


def _attributes(
    letters: pl.DataFrame, fresh: pl.DataFrame, register: Register, rng: np.random.Generator
) -> pl.DataFrame:
    """What the clerk wrote down of the later numbers at their registration."""
    earlier = register.attributes.filter(pl.col("name") == "reply_possible").select(
        "matter_id", reply_possible="number"
    )
    possible = letters.select("matter_id").join(earlier, on="matter_id", how="left", maintain_order="left")
    received = [local_date(at, register.time_zone).toordinal() - _EPOCH for at in letters["occurred_at"]]
    numbers = {
        "first_time": pl.Series(rng.random(letters.height) < NUMBERS.called_first).cast(pl.Int64),
        "reply_possible": possible["reply_possible"],
        "received_on": pl.Series(received, dtype=pl.Int64),
    }
    common = fresh.select(
        "matter_id",
        occurred_at=letters["entered_at"],
        known_at=letters["entered_at"],
        known_from=letters["entered_at"],
        known_until=pl.lit(None, pl.Int64),
        recorded_at=pl.lit(register.observed_until, pl.Int64),
        batch_id=pl.lit(0, pl.Int64),
        seq=pl.lit(0, pl.Int64),
        assumed=pl.lit(value=False),
        usable=pl.lit(value=True),
    )
    parts = [
        common.with_columns(
            pl.lit(name).alias("name"), fresh[name].alias("text"), pl.lit(None, pl.Int64).alias("number")
        )
        for name in ("category", "cause", "procedure_path")
    ]
    parts += [
        common.with_columns(pl.lit(name).alias("name"), pl.lit(None, pl.String).alias("text"), values.alias("number"))
        for name, values in numbers.items()
    ]
    return pl.concat(parts).select(*Attributes.column_names())
