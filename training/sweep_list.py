"""Which matters stand in an office's list at one cutoff: must-acts, exactly k by model or rules, spot checks."""

import hashlib
import json
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal

import polars as pl

from data.settings import SweepSettings
from data.vocabulary import BANDS

MUST_ACT = "must_act"
MODEL = "model"
POINTS = "points"
#: The k of a list, ranked by the model or by the point sheet.
RANKED = (MODEL, POINTS)
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
    "missed_days",
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
    must = ordered.filter("must_act")
    others = ordered.join(_lengths(ordered, sweep), on="office_id", how="left", maintain_order="left").filter(
        ~pl.col("must_act")
    )
    if mode == "model":
        others = others.sort("office_id", "margin_nano", "nearest", "matter_id", descending=[False, True, False, False])
    within_k = pl.int_range(pl.len()).over("office_id") < pl.col("k")
    taken = pl.col("helpful") & (pl.col("helpful").cum_sum().over("office_id") <= pl.col("k"))
    others = others.with_columns(taken=taken, review=~pl.col("helpful") & within_k)
    rest = others.filter(~pl.col("taken") & ~pl.col("review"))
    return pl.concat(
        [
            _entries(must, MUST_ACT),
            _entries(others.filter("taken"), MODEL if mode == "model" else POINTS),
            _entries(_spot_checks(rest, sweep.seed), SPOT),
            _entries(others.filter("review"), REVIEW),
        ]
    ).sort("office_id", pl.col("part").cast(pl.Enum(PARTS)), "rank")


def list_hash(entries: pl.DataFrame, removed: Iterable[str] = ()) -> str:
    """A list's identity: SHA-256 of the canonical JSON of its entries' digests, independent of the order of the rows.

    `removed` are the digests left by entries that were erased or have expired: with them the identity still verifies.
    """
    text = json.dumps(sorted([*entry_digests(entries), *removed]), separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def entry_digests(entries: pl.DataFrame) -> list[str]:
    """SHA-256 of the canonical JSON of each entry (`ENTRY_SCHEMA`), in the order of the rows."""
    return [
        hashlib.sha256(
            json.dumps(row, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
        ).hexdigest()
        for row in entries.select(list(ENTRY_SCHEMA)).iter_rows(named=True)
    ]


def leader_signs(part: pl.Expr, band: pl.Expr) -> pl.Expr:
    """Whether an entry goes to the leader's signature: ranked, and of the two upper bands."""
    return part.is_in([MODEL, POINTS]) & band.is_in(BANDS[1:]).fill_null(value=False)


_DESCENDING = [False, True, False, True, True, False]


def _order_keys() -> dict[str, pl.Expr]:
    due = pl.col("due_in_days").cast(pl.Float64)
    within = (due >= 0) & (due <= _MONTH_DAYS)
    return {
        "missed": pl.col("missed_days").cast(pl.Float64).fill_null(0.0),
        "soon": pl.when(within).then(due).otherwise(pl.lit(math.inf)),
        "promise": pl.col("promise_overdue_days").cast(pl.Float64).fill_null(0.0),
        "idle": pl.col("idle_days").cast(pl.Float64).fill_null(0.0),
        "nearest": due.fill_null(math.inf),
    }


def _lengths(rows: pl.DataFrame, sweep: SweepSettings) -> pl.DataFrame:
    """office_id, k and the number of spot checks wanted."""
    offices = rows.group_by("office_id", maintain_order=True).len()
    sizes = [list_size(count, sweep) for count in offices["len"]]
    return pl.DataFrame(
        {
            "office_id": offices["office_id"],
            "k": pl.Series(sizes, dtype=pl.Int64),
            "spots": pl.Series([max(1, _share(sweep.spot_share, k)) for k in sizes], dtype=pl.Int64),
        }
    )


def _spot_checks(rest: pl.DataFrame, seed: int) -> pl.DataFrame:
    """A uniform draw per office without replacement: the smallest keyed digests, whatever the order of the rows."""
    keys = zip(rest["cutoff"], rest["office_id"], rest["matter_id"], strict=True)
    digests = [
        hashlib.sha256(f"{seed}|{cutoff}|{office}|{matter}".encode()).hexdigest() for cutoff, office, matter in keys
    ]
    count = pl.len().over("office_id")
    return (
        rest.with_columns(digest=pl.Series(digests, dtype=pl.String))
        .sort("office_id", "digest")
        .with_columns(inclusion=pl.min_horizontal("spots", count) / count)
        .filter(pl.int_range(pl.len()).over("office_id") < pl.col("spots"))
    )


def _entries(rows: pl.DataFrame, part: str) -> pl.DataFrame:
    quiet = part == SPOT  # shown apart, without band, margin or range (G14)
    hidden = {"band": pl.String, "margin_nano": pl.Int64, "per_hundred_low": pl.Int64, "per_hundred_high": pl.Int64}
    leader = leader_signs(pl.lit(part), pl.col("band"))
    return rows.select(
        "office_id",
        pl.lit(part).alias("part"),
        (pl.int_range(pl.len(), dtype=pl.Int64).over("office_id") + 1).alias("rank"),
        "matter_id",
        *(pl.lit(None, dtype).alias(name) if quiet else pl.col(name).cast(dtype) for name, dtype in hidden.items()),
        pl.col("inclusion") if quiet else pl.lit(None, pl.Float64).alias("inclusion"),
        leader.alias("to_leader"),
    )


def _share(share: float, count: int) -> int:
    return math.ceil(Fraction(str(share)) * count)
