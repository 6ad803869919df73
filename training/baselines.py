"""How risk is ordered today: the baselines a model must beat, as scores over the same rows and list length."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Stands for "no date" and "not recorded": below everything that is recorded.
_LAST = -1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """One way of ordering matters: code, label zh/en, the row columns it reads, and its score (n,), high first."""

    code: str
    zh: str
    en: str
    columns: tuple[str, ...]
    score: Callable[[pl.DataFrame], Floats]


def nearest_due(rows: pl.DataFrame) -> Floats:
    """B0: the nearest due date first, overdue ones before all; no date last."""
    return rows.select((-pl.col("due_in_days")).fill_null(_LAST).cast(pl.Float64)).to_series().to_numpy()


def contacts_then_age(rows: pl.DataFrame) -> Floats:
    """B1: the number of earlier contacts, then the age in days."""
    age = rows["age_days"].cast(pl.Float64).fill_null(0.0).clip(0.0, 99_999.0).to_numpy()
    return rows["earlier_contacts"].cast(pl.Float64).fill_null(0.0).to_numpy() + age / 100_000.0


def alert_rules(rows: pl.DataFrame) -> Floats:
    """B2: how many alert rules fire: not begun in 3 days, due within 3 days, urged, the office's new matters +50 %."""
    return _fired(
        rows,
        pl.col("unstarted_days") > 3,
        pl.col("due_in_days").fill_null(np.inf) <= 3,
        pl.col("urged") > 0,
        _volume() >= 1.5,
    )


def supervision_rules(rows: pl.DataFrame) -> Floats:
    """B3: how many supervision rules fire.

    Half the clock used without a process record; asked again or from above since our last substantive contact;
    sent back and still for more than 5 days; a co-handler silent for more than 3.
    """
    return _fired(
        rows,
        pl.col("half_used_share") >= 0.5,
        pl.col("asked_again") > 0,
        pl.col("returned_days") > 5,
        pl.col("co_silent_days") > 3,
    )


#: B4: points a unit, and the most units that count: the kind of weighted table public rule sets rate a matter by.
#: Bench only: several lines weigh how a matter came to us, which nothing the product shows may do.
POINTS: tuple[tuple[str, float, float], ...] = (
    ("earlier_contacts", 2.0, 5.0),
    ("from_above", 3.0, 3.0),
    ("people_band", 3.0, 3.0),
    ("urgent", 5.0, 1.0),
    ("rated_unsolved", 4.0, 1.0),
    ("missed_days", 0.1, 60.0),
    ("age_days", 0.01, 365.0),
    ("officer_level", 2.0, 2.0),
)


def weighted_points(rows: pl.DataFrame) -> Floats:
    """B4: the weighted points of `POINTS` added up; what is not recorded gives none."""
    parts = [pl.col(name).cast(pl.Float64).fill_null(0.0).clip(0.0, most) * points for name, points, most in POINTS]
    return rows.select(pl.sum_horizontal(parts)).to_series().to_numpy()


def officer_rating(rows: pl.DataFrame) -> Floats:
    """B5: the officer's own level where recorded; not recorded last."""
    return rows["officer_level"].cast(pl.Float64).fill_null(_LAST).to_numpy()


def point_sheet(rows: pl.DataFrame) -> Floats:
    """B6: the office's point sheet, most points first."""
    return rows["points"].cast(pl.Float64).fill_null(_LAST).to_numpy()


def _fired(rows: pl.DataFrame, *rules: pl.Expr) -> Floats:
    fired = pl.sum_horizontal(rule.fill_null(value=False).cast(pl.Float64) for rule in rules)
    return rows.select(fired).to_series().to_numpy()


def _volume() -> pl.Expr:
    """The office's matters of the last 30 days to those of the 30 before, at a row's cutoff."""
    age = pl.col("age_days")
    new = (age <= 30).sum().over("office_id", "cutoff")
    before = ((age > 30) & (age <= 60)).sum().over("office_id", "cutoff")
    return new / pl.max_horizontal(before, 1)


BASELINES: tuple[Baseline, ...] = (
    Baseline(code="B0", zh="最近到期", en="nearest due date", columns=("due_in_days",), score=nearest_due),
    Baseline(
        code="B1",
        zh="已反映次数，再按存续天数",
        en="earlier contacts, then age",
        columns=("earlier_contacts", "age_days"),
        score=contacts_then_age,
    ),
    Baseline(
        code="B2",
        zh="提醒规则（3日未办、将到期、被催办、收件增50%）",
        en="alert rules (not begun in 3 days, near due, urged, intake +50 %)",
        columns=("unstarted_days", "due_in_days", "urged"),
        score=alert_rules,
    ),
    Baseline(
        code="B3",
        zh="督办规则（时限过半无记录、再催问、退回、协办无回音）",
        en="supervision rules (half the time, asked again, sent back, co-handler silent)",
        columns=("half_used_share", "asked_again", "returned_days", "co_silent_days"),
        score=supervision_rules,
    ),
    Baseline(
        code="B4",
        zh="加权计分（仅供检验）",
        en="weighted points (bench only)",
        columns=("from_above", "people_band"),
        score=weighted_points,
    ),
    Baseline(
        code="B5",
        zh="承办人评定等级",
        en="officer's own rating",
        columns=("officer_level",),
        score=officer_rating,
    ),
    Baseline(code="B6", zh="评分表", en="point sheet", columns=("points",), score=point_sheet),
)

#: The two a model must be shown to beat before it may go live (G11).
GATE_BASELINES: tuple[str, ...] = ("B1", "B6")


def baseline_scores(rows: pl.DataFrame) -> Mapping[str, Floats]:
    """The score of every baseline whose columns are there and hold anything at all, by code."""
    return {
        baseline.code: baseline.score(rows)
        for baseline in BASELINES
        if all(name in rows.columns and rows[name].is_not_null().any() for name in baseline.columns)
    }
