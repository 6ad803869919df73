"""A small invented training set: months of snapshots whose returns follow the invented features."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.settings import LearningSettings, Settings
from data.times import DAY_US, cutoff_instant
from features.feature import Feature, FeatureSet
from training import run
from training.run import TrainingOutcome

ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Given:
    """Stands in the place of a measure: these tests bring their own columns."""

    column: str

    def evaluate(self, view: Any) -> Any:
        raise NotImplementedError


def declare(name: str, sign: int = 0, *, contact: bool = False, categorical: bool = False) -> Feature:
    return Feature(
        name=name,
        zh=f"特征{name}",
        en=name,
        unit="days",
        group="reply",
        measure=Given(name),
        sign=sign,
        high=100.0,
        source="test",
        contact_term=contact,
        categorical=categorical,
    )


FEATURES = FeatureSet(
    features=(
        declare("days_idle", 1),
        declare("late_replies", 1),
        declare("contacts_before", 1, contact=True),
        declare("explained", -1),
        declare("kind_of_case", categorical=True),
        replace(declare("noise"), group="attributes"),
        declare("always_zero"),
    )
)


def month_ends(count: int) -> list[int]:
    days: list[date] = []
    first = date(2021, 1, 1)
    for step in range(1, count + 1):
        year, month = divmod(first.month - 1 + step, 12)
        days.append(date(first.year + year, month + 1, 1) - timedelta(days=1))
    return [cutoff_instant(day, ZONE) for day in days]


def _afterwards(rng: np.random.Generator, idle: Any, frailty: Any) -> dict[str, Any]:
    """A clock missed where we were idle; help that went to the frailest, of no effect."""
    groups = ("hearing", "aid", "lawyer", "mediation", "meeting", "leader")
    helped = {f"helped_{code}": rng.random(idle.size) < 0.03 / (1 + np.exp(-2 * frailty)) for code in groups}
    return {
        "clock_label": (rng.random(idle.size) < np.clip(idle / 300, 0, 0.6)).astype(np.int8),
        **helped,
        "helped_after": np.any(list(helped.values()), axis=0),
        "returned_later": (rng.random(idle.size) < 0.1 + 0.1 * (frailty > 0.5)).astype(np.int8),
    }


def make_dataset(seed: int = 3, *, matters: int = 700, offices: int = 5, months: int = 30, signal: float = 1.0) -> Any:
    """Frames shaped as a `Dataset`; `signal` 0 makes the returns independent of every feature."""
    rng = np.random.default_rng(seed)
    cutoffs = np.array(month_ends(months))
    born = rng.integers(-6, months - 1, matters)
    lives = rng.integers(4, 16, matters)
    matter = np.repeat(np.arange(matters), months)
    month = np.tile(np.arange(months), matters)
    inside = (month >= born[matter]) & (month < born[matter] + lives[matter])
    matter, month = matter[inside], month[inside]
    n = matter.size
    frailty = rng.normal(size=matters)
    idle = np.round(rng.exponential(30, n), 1)
    late = rng.poisson(0.5 + 0.5 * (frailty[matter] > 0.5), n).astype(float)
    explained = (rng.random(n) < 0.4).astype(float)
    contacts = rng.poisson(1 + (frailty[matter] > 0), n).astype(float)
    kind = (np.arange(matters) % 4).astype(float)[matter]
    logit = (
        -2.6
        - 2.0 * signal
        + signal * (0.02 * idle + 0.9 * late - 0.9 * explained + 0.35 * contacts + 0.6 * frailty[matter])
    )
    returned = rng.random(n) < 1 / (1 + np.exp(-logit))
    at = cutoffs[month] + rng.integers(0, 28, n) * DAY_US + DAY_US // 2
    names = np.array([f"m{number:05d}" for number in range(matters)])
    office = np.array([f"office-{number % offices}" for number in range(matters)])
    base = pl.DataFrame(
        {
            "matter_id": names[matter],
            "office_id": office[matter],
            "cutoff": cutoffs[month],
            "days_idle": idle,
            "late_replies": late,
            "contacts_before": contacts,
            "explained": explained,
            "kind_of_case": kind,
            "noise": rng.normal(size=n).round(3),
            "always_zero": np.zeros(n),
            "must_act": rng.random(n) < 0.05,
            "due_in_days": np.where(rng.random(n) < 0.3, np.nan, rng.integers(-20, 60, n)),
            "earlier_contacts": contacts.astype(np.int64),
            "age_days": 30.0 * (month - born[matter]) + 15,
            "points": rng.integers(0, 20, n),
            "officer_level": rng.integers(0, 3, n).astype(np.int8),
            "unmet_duty": rng.random(n) < 0.7,
            "help_open": rng.random(n) < 0.6,
            "missed_days": np.zeros(n),
            "unstarted_days": np.where(rng.random(n) < 0.1, 5.0, 0.0),
            "half_used_share": rng.random(n),
            "asked_again": (contacts > 1).astype(np.int64),
            "returned_days": np.zeros(n),
            "co_silent_days": np.zeros(n),
            "urged": np.zeros(n, dtype=np.int64),
            "from_above": np.zeros(n, dtype=np.int64),
            "people_band": np.zeros(n, dtype=np.int64),
            "urgent": np.zeros(n, dtype=np.int64),
            "rated_unsolved": np.zeros(n, dtype=np.int64),
            "listed": np.zeros(n, dtype=bool),
            **_afterwards(rng, idle, frailty[matter]),
            "stratum": np.where(late > 0, "after_missed_duty", np.where(explained > 0, "after_reply", "before_reply")),
            "category": np.array(["report", "accusation", "criminal_appeal"])[matter % 3],
        }
    ).with_columns(pl.col("due_in_days").fill_nan(None))
    events = pl.DataFrame({"matter_id": names[matter], "office_id": office[matter], "episode_start": at})
    events = events.filter(pl.Series(returned)).sort("matter_id", "episode_start")
    gap = pl.col("episode_start").diff().over("matter_id")
    episodes = events.filter(gap.is_null() | (gap > 30 * DAY_US)).with_columns(
        first=pl.int_range(pl.len()).over("matter_id") == 0
    )
    horizon = 90 * DAY_US
    hits = (
        base.select("matter_id", "cutoff")
        .join(events, on="matter_id")
        .filter((pl.col("episode_start") >= pl.col("cutoff")) & (pl.col("episode_start") < pl.col("cutoff") + horizon))
        .select("matter_id", "cutoff")
        .unique()
        .with_columns(label=pl.lit(1, pl.Int8))
    )
    observed_until = int(cutoffs[-1]) + DAY_US
    earlier = (
        base.select("matter_id", "cutoff")
        .join(events, on="matter_id", how="left")
        .group_by("matter_id", "cutoff")
        .agg((pl.col("episode_start") < pl.col("cutoff")).any().fill_null(value=False).alias("before"))
    )
    rows = (
        base.join(hits, on=["matter_id", "cutoff"], how="left", maintain_order="left")
        .join(earlier, on=["matter_id", "cutoff"], how="left", maintain_order="left")
        .with_columns(
            label=pl.when(pl.col("cutoff") + horizon + 14 * DAY_US <= observed_until)
            .then(pl.col("label").fill_null(0))
            .cast(pl.Int8),
            first_return=~pl.col("before"),
        )
        .drop("before")
    )
    return SimpleNamespace(
        rows=rows,
        episodes=episodes,
        feature_set=FEATURES,
        observed_until=observed_until,
        horizon_us=horizon,
        time_zone=ZONE,
        assumed_share=0.1,
        label_name="unresolved_return_90d",
        bench_only=False,
        leaks=(),
        dropped={},
    )


@pytest.fixture(scope="session")
def invented() -> Any:
    return make_dataset()


@pytest.fixture(scope="session")
def outcome(invented: Any) -> TrainingOutcome:
    """A finished run on the invented months."""
    return run.train(invented, Settings(demo=True, learning=LearningSettings(bootstrap=200)), seed=1, full=True)


@pytest.fixture(scope="session")
def make_invented() -> Any:
    return make_dataset
