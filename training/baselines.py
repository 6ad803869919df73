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


def officer_rating(rows: pl.DataFrame) -> Floats:
    """B5: the officer's own level where recorded; not recorded last."""
    return rows["officer_level"].cast(pl.Float64).fill_null(_LAST).to_numpy()


def point_sheet(rows: pl.DataFrame) -> Floats:
    """B6: the office's point sheet, most points first."""
    return rows["points"].cast(pl.Float64).fill_null(_LAST).to_numpy()


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
