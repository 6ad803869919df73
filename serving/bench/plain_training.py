"""The same task as a script without this product would do it: a filtered group-by per cutoff, stock boosting."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from data.contract import Register
from data.times import DAY_US, wall_us

#: Ten kinds × five windows and ten recencies: 60 columns.
CONTACTS = ("letter", "visit", "online", "call", "assigned_from_above")
KINDS = (*CONTACTS, "procedural_reply", "progress_reply", "explanation", "accepted", "extended")
WINDOWS = (30, 90, 180, 365, None)
EMPTY_DAYS = 3650.0
#: A case counts at the cutoffs of so many days after its first event.
COHORT_DAYS = 400
#: The last so many cutoffs are tested, one model each.
TESTS = 5
#: k at a test cutoff, of its cases.
SHARE = 0.05
_HORIZON_DAYS, _LAG_DAYS = 90, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One way through the task: seconds of its parts, rows, mean precision and recall at k over the test cutoffs."""

    features: float
    models: float
    rows: int
    precision: float
    recall: float

    @property
    def together(self) -> float:
        """Seconds from the register in memory to the last figure."""
        return self.features + self.models


def learnable(ends: Sequence[int], test: int) -> list[int]:
    """The cutoffs whose outcome, with its lag, was known at `test`."""
    return [end for end in ends if end <= test - (_HORIZON_DAYS + _LAG_DAYS) * DAY_US]


def plain_way(register: Register, ends: Sequence[int], boosting: Mapping[str, Any]) -> Done:
    """The task from the register in memory to precision and recall at k; `boosting` adds to scikit-learn's settings."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    settings: dict[str, Any] = {"max_iter": 100, "early_stopping": False, **boosting}
    began = time.perf_counter()
    rows = rows_of(register, ends)
    x = rows.drop("matter_id", "cutoff", "label").to_numpy()
    y, cutoff = rows["label"].to_numpy(), rows["cutoff"].to_numpy()
    built = time.perf_counter()
    found: list[tuple[float, float]] = []
    for test in ends[-TESTS:]:
        known, here = np.isin(cutoff, learnable(ends, test)), cutoff == test
        model = HistGradientBoostingClassifier(**settings).fit(x[known], y[known])
        best = np.argsort(-model.decision_function(x[here]))[: max(1, round(SHARE * here.sum()))]
        came = y[here]
        found.append((came[best].mean(), came[best].sum() / max(1, came.sum())))
    precision, recall = np.mean(found, axis=0)
    return Done(
        features=built - began,
        models=time.perf_counter() - built,
        rows=rows.height,
        precision=float(precision),
        recall=float(recall),
    )


def rows_of(register: Register, ends: Sequence[int]) -> pl.DataFrame:
    """Cases, the 60 columns and the label at every cutoff: matter_id, cutoff, columns, label."""
    zone = register.time_zone
    events = register.events.with_columns(at=_wall("occurred_at", zone))
    returns = _returns(events)
    used = events.filter(pl.col("kind").is_in(KINDS))
    opened = events.group_by("matter_id").agg(pl.col("occurred_at").min().alias("opened"))
    parts: list[pl.DataFrame] = []
    for end in ends:
        now = wall_us(end, zone)
        cases = opened.filter((pl.col("opened") < end) & (pl.col("opened") >= end - COHORT_DAYS * DAY_US))
        seen = used.filter(
            (pl.col("known_from") < end)
            & (pl.col("known_until").is_null() | (pl.col("known_until") >= end))
            & (pl.col("at") < now)
        )
        columns: list[pl.Expr] = []
        for kind in KINDS:
            # What our own appointment or a remedy brought about counts nowhere.
            mine = (pl.col("kind") == kind) & (pl.col("caused_by").is_null() if kind in CONTACTS else True)
            for days in WINDOWS:
                inside = mine if days is None else mine & (pl.col("at") >= now - days * DAY_US)
                columns.append(inside.sum().cast(pl.Float64).alias(f"{kind}_{days}"))
        for kind in KINDS:
            mine = (pl.col("kind") == kind) & (pl.col("caused_by").is_null() if kind in CONTACTS else True)
            since = (now - pl.col("at").filter(mine).max()) / DAY_US
            columns.append(since.clip(upper_bound=EMPTY_DAYS).alias(f"{kind}_since"))
        came = returns.filter((pl.col("at") >= now) & (pl.col("at") < now + _HORIZON_DAYS * DAY_US))
        counted = seen.group_by("matter_id").agg(columns)
        parts.append(
            cases.select("matter_id", cutoff=pl.lit(end, pl.Int64))
            .join(counted, on="matter_id", how="left")
            .with_columns(label=pl.col("matter_id").is_in(came["matter_id"].unique().implode()).cast(pl.Int8))
        )
    rows = pl.concat(parts)
    return rows.with_columns(
        pl.col(name).fill_null(EMPTY_DAYS if name.endswith("_since") else 0.0)
        for name in rows.columns
        if name not in ("matter_id", "cutoff", "label")
    )


def _returns(events: pl.DataFrame) -> pl.DataFrame:
    """What makes a label positive: raised again from day 8 on, or rated not solved; matter_id and at."""
    standing = events.filter(pl.col("known_until").is_null()).with_columns(day=pl.col("at") // DAY_US)
    registered = (
        standing.filter(pl.col("kind").is_in(["registered", "transferred_in"]))
        .group_by("matter_id")
        .agg(pl.col("day").min().alias("registered"))
    )
    standing = standing.join(registered, on="matter_id")
    since, own = pl.col("day") - pl.col("registered"), pl.col("caused_by").is_null()
    copies = (
        standing.filter((pl.col("kind") == "forwarded_from_above") & own & (since < 30))
        .sort("occurred_at", "seq", "event_id")
        .unique("matter_id", keep="first")
    )
    raised = ["letter", "visit", "online", "call", "joint_submission", "assigned_from_above", "forwarded_from_above"]
    again = pl.col("kind").is_in(raised) & own & (since >= 8) & ~pl.col("event_id").is_in(copies["event_id"].implode())
    unsolved = (pl.col("kind") == "rated") & (pl.col("solved") == "no")
    return standing.filter(again | unsolved).select("matter_id", "at")


def _wall(column: str, zone: str) -> pl.Expr:
    local = pl.from_epoch(column, "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return local.dt.replace_time_zone(None).dt.epoch("us")
