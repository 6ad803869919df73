"""Which matters stand in an office's list at one cutoff: must-acts, exactly k by model or rules, spot checks."""

import hashlib
import json
import math
from fractions import Fraction
from typing import Any, Literal

import polars as pl

from data.settings import SweepSettings
from data.vocabulary import BANDS

MUST_ACT = "must_act"
MODEL = "model"
POINTS = "points"
SPOT = "spot"
#: Neither an unmet duty nor help not yet offered, though ranked among the k: the head's page, no leader's signature.
REVIEW = "review"
PARTS: tuple[str, ...] = (MUST_ACT, MODEL, POINTS, SPOT, REVIEW)

#: What a candidate row carries in both modes (`Int64`/`Float64` days; null = no such date).
CANDIDATE_COLUMNS: tuple[str, ...] = (
    "matter_id",
    "office_id",
    "cutoff",
    "must_act",
    "unmet_duty",
    "help_open",
    "duty_missed_days",
    "due_in_days",
    "promise_overdue_days",
    "idle_days",
    "point_band",
)
SCORE_COLUMNS: tuple[str, ...] = ("margin_nano", "band", "per_hundred_low", "per_hundred_high")
ENTRY_SCHEMA: dict[str, Any] = {
    "office_id": pl.String,
    "part": pl.String,
    "rank": pl.Int64,
    "matter_id": pl.String,
    "band": pl.String,
    "margin_nano": pl.Int64,
    "per_hundred_low": pl.Int64,
    "per_hundred_high": pl.Int64,
    "inclusion": pl.Float64,
    "to_leader": pl.Boolean,
}

#: Days a rules-only list looks ahead for duties.
_MONTH_DAYS = 31.0


def list_size(cohort: int, sweep: SweepSettings) -> int:
    """k of an office: the setting, else max(least, ⌈share · cohort⌉) in exact arithmetic."""
    return sweep.k if sweep.k is not None else max(sweep.least, _share(sweep.share, cohort))


def make_list(candidates: pl.DataFrame, sweep: SweepSettings, mode: Literal["model", "rules"]) -> pl.DataFrame:
    """The parts of every office's list at one cutoff, as `ENTRY_SCHEMA`, ordered by office, part and rank.

    `candidates` is the whole cohort of one cutoff with `CANDIDATE_COLUMNS`, and in mode "model" `SCORE_COLUMNS`.
    All must-acts are taken, by duty and never by score.  The k come from the others: rows with neither unmet duty
    nor open help are passed over and refilled (G8).  Order of the k: margin, then nearest due date, then matter id;
    by rules: days a duty is missed, due within the month, days a promise is overdue, days since our last
    substantive contact, then matter id.  Spot checks are uniform over the rest (what is on no other part).
    """
    needed = [*CANDIDATE_COLUMNS, *(SCORE_COLUMNS if mode == "model" else ())]
    absent = [name for name in needed if name not in candidates.columns]
    if absent:
        raise ValueError(f"candidates lack {', '.join(absent)}")
    if candidates["cutoff"].n_unique() > 1 or candidates["matter_id"].n_unique() != candidates.height:
        raise ValueError("one cutoff, and each matter once")
    if mode == "rules":
        candidates = candidates.with_columns(
            pl.lit(None, pl.Int64).alias("margin_nano"),
            pl.col("point_band").alias("band"),
            pl.lit(None, pl.Int64).alias("per_hundred_low"),
            pl.lit(None, pl.Int64).alias("per_hundred_high"),
        )
    helpful = pl.col("unmet_duty") | pl.col("help_open")
    ordered = candidates.with_columns(
        band=pl.when(~helpful & (pl.col("band") == BANDS[2])).then(pl.lit(BANDS[1])).otherwise(pl.col("band")),
        helpful=helpful,
        **_order_keys(),
    ).sort("office_id", "missed", "soon", "promise", "idle", "matter_id", descending=_DESCENDING)
    made = [_office(office, sweep, mode) for office in ordered.partition_by("office_id", maintain_order=True)]
    return pl.concat(made) if made else pl.DataFrame(schema=ENTRY_SCHEMA)


def list_hash(entries: pl.DataFrame) -> str:
    """A list's identity: SHA-256 of its canonical JSON, independent of the order of the rows."""
    rows = entries.select(list(ENTRY_SCHEMA)).sort("office_id", "part", "rank", "matter_id").to_dicts()
    text = json.dumps(rows, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


_DESCENDING = [False, True, False, True, True, False]


def _order_keys() -> dict[str, pl.Expr]:
    due = pl.col("due_in_days").cast(pl.Float64)
    within = (due >= 0) & (due <= _MONTH_DAYS)
    return {
        "missed": pl.col("duty_missed_days").cast(pl.Float64).fill_null(0.0),
        "soon": pl.when(within).then(due).otherwise(pl.lit(math.inf)),
        "promise": pl.col("promise_overdue_days").cast(pl.Float64).fill_null(0.0),
        "idle": pl.col("idle_days").cast(pl.Float64).fill_null(0.0),
        "nearest": due.fill_null(math.inf),
    }


def _office(rows: pl.DataFrame, sweep: SweepSettings, mode: str) -> pl.DataFrame:
    """The list of one office; `rows` come in the order of the rules."""
    part = MODEL if mode == "model" else POINTS
    k = list_size(rows.height, sweep)
    must = rows.filter("must_act")
    others = rows.filter(~pl.col("must_act"))
    if mode == "model":
        others = others.sort("margin_nano", "nearest", "matter_id", descending=[True, False, False])
    taken = others.filter("helpful").head(k)
    review = others.head(k).filter(~pl.col("helpful"))
    listed = pl.concat([must, taken, review])["matter_id"].implode()
    rest = others.filter(~pl.col("matter_id").is_in(listed))
    drawn = _spot_checks(rest, max(1, _share(sweep.spot_share, k)), sweep.seed)
    return pl.concat([_entries(must, MUST_ACT), _entries(taken, part), _entries(drawn, SPOT), _entries(review, REVIEW)])


def _spot_checks(rest: pl.DataFrame, wanted: int, seed: int) -> pl.DataFrame:
    """A uniform draw without replacement: the smallest keyed digests, whatever the order of the rows."""
    if rest.is_empty():
        return rest.with_columns(inclusion=pl.lit(None, pl.Float64))
    office, cutoff = rest["office_id"][0], rest["cutoff"][0]
    digests = [
        hashlib.sha256(f"{seed}|{cutoff}|{office}|{matter}".encode()).hexdigest() for matter in rest["matter_id"]
    ]
    count = min(wanted, rest.height)
    return (
        rest.with_columns(digest=pl.Series(digests, dtype=pl.String), inclusion=pl.lit(count / rest.height))
        .sort("digest")
        .head(count)
        .drop("digest")
    )


def _entries(rows: pl.DataFrame, part: str) -> pl.DataFrame:
    quiet = part == SPOT  # shown apart, without band, margin or range (G14)
    hidden = {"band": pl.String, "margin_nano": pl.Int64, "per_hundred_low": pl.Int64, "per_hundred_high": pl.Int64}
    leader = pl.col("band").is_in(BANDS[1:]) if part in (MODEL, POINTS) else pl.lit(value=False)
    return rows.select(
        "office_id",
        pl.lit(part).alias("part"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
        "matter_id",
        *(pl.lit(None, dtype).alias(name) if quiet else pl.col(name).cast(dtype) for name, dtype in hidden.items()),
        pl.col("inclusion") if quiet else pl.lit(None, pl.Float64).alias("inclusion"),
        leader.alias("to_leader"),
    )


def _share(share: float, count: int) -> int:
    return math.ceil(Fraction(str(share)) * count)
