"""How fast features are built: beside the plain way on the same windows, the whole catalog, and one matter alone."""

import gc
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from data.contract import OfficeContext, Register
from data.synthetic import bench_plan, make_register
from data.times import DAY_US, wall_us
from features.build import build_features, one_matter
from features.catalog import CATALOG
from features.feature import Feature, FeatureSet
from features.history import make_history
from features.measures import Count, DaysSince
from features.stored_context import stored_context
from serving.bench.result import BenchResult, Measured
from training.labels import month_ends

CONTACTS = ("letter", "visit", "online", "call", "assigned_from_above")
KINDS = (*CONTACTS, "procedural_reply", "progress_reply", "explanation")
WINDOWS = (30, 90, 180, 365, None)
CUTOFFS = 16


def windows() -> FeatureSet:
    """Counts of eight kinds in five windows and days since each: what both ways can express."""
    counts = [_feature(f"{kind}_{days}", Count((kind,), days)) for kind in KINDS for days in WINDOWS]
    since = [_feature(f"{kind}_since", DaysSince((kind,), empty=-1.0, cap=1e9)) for kind in KINDS]
    return FeatureSet(features=(*counts, *since))


def _feature(name: str, measure: Count | DaysSince) -> Feature:
    return Feature(
        name=name, zh=name, en=name, unit="", group="bench", measure=measure, low=-1.0, high=1e9, source="bench"
    )


def plain_way(register: Register, cutoffs: list[int]) -> pl.DataFrame:
    """The same counts and recencies by one filtered group-by per cutoff, as a user would write it in polars.

    Columns matter_id, cutoff and those of `windows()`, only matters with an event seen.
    """
    zone = register.time_zone
    local = pl.from_epoch("occurred_at", "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    events = register.events.filter(pl.col("kind").is_in(list(KINDS))).with_columns(
        occurred=local.dt.replace_time_zone(None).dt.epoch("us")
    )
    parts: list[pl.DataFrame] = []
    for cutoff in cutoffs:
        now = wall_us(cutoff, zone)
        seen = events.filter(
            (pl.col("known_from") < cutoff)
            & (pl.col("known_until").is_null() | (pl.col("known_until") >= cutoff))
            & (pl.col("occurred") < now)
        )
        columns: list[pl.Expr] = []
        for kind in KINDS:
            mine = pl.col("kind") == kind
            # What our own appointment or a remedy brought about counts nowhere.
            if kind in CONTACTS:
                mine = mine & pl.col("caused_by").is_null()
            for days in WINDOWS:
                inside = mine if days is None else mine & (pl.col("occurred") >= now - days * DAY_US)
                columns.append(inside.sum().cast(pl.Float64).alias(f"{kind}_{days}"))
            since = (now - pl.col("occurred").filter(mine).max()) / DAY_US
            columns.append(since.fill_null(-1.0).alias(f"{kind}_since"))
        parts.append(seen.group_by("matter_id").agg(columns).with_columns(cutoff=pl.lit(cutoff)))
    return pl.concat(parts)


def run_features(*, matters: int, seed: int) -> BenchResult:
    """Time both ways on an invented register of about `matters` matters, then the catalog and one matter alone.

    Figures are medians of three runs; before anything is timed the two ways are held equal, value by value.
    """
    register = make_register(bench_plan(seed, matters)).register
    first = int(str(register.events["occurred_at"].min()))
    cutoffs = month_ends(first, register.observed_until, register.time_zone)[-CUTOFFS:]
    snapshots = register.matters.select("matter_id").join(pl.DataFrame({"cutoff": cutoffs}), how="cross")
    shared = windows()
    check_equal(build_features(register, snapshots, shared), plain_way(register, cutoffs), shared)
    ours = median_seconds(lambda: build_features(register, snapshots, shared))
    plain = median_seconds(lambda: plain_way(register, cutoffs))
    empty = OfficeContext.create_empty()
    whole = median_seconds(lambda: build_features(register, snapshots, CATALOG, context=empty))
    arrays = median_seconds(lambda: make_history(register))
    alone = one_by_one(register)
    cells = len(snapshots) * len(CATALOG)
    late = register.events.filter(pl.col("known_at") - pl.col("occurred_at") > 3 * DAY_US)
    corrected = register.events.filter(pl.col("known_until").is_not_null())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    figures = [
        Measured(name="matters", value=len(register.matters), unit="matters"),
        Measured(name="events", value=len(register.events), unit="versions"),
        Measured(name="known more than 3 days late", value=len(late) / len(register.events), unit="share", goal=0.10),
        Measured(name="corrected", value=len(corrected) / len(register.events), unit="share", goal=0.02),
        Measured(name=f"{len(shared)} windows, {CUTOFFS} cutoffs, ours", value=ours, unit="s"),
        Measured(name=f"{len(shared)} windows, {CUTOFFS} cutoffs, the plain way", value=plain, unit="s"),
        Measured(name="ratio, plain / ours, same windows", value=plain / ours, unit="times", goal=5.0),
        Measured(name=f"catalog ({len(CATALOG)} features), {CUTOFFS} cutoffs", value=whole, unit="s"),
        Measured(name="of which arrays from frames", value=arrays, unit="s"),
        Measured(name="catalog, per feature value", value=whole / cells * 1e9, unit="ns"),
        Measured(name="one matter, catalog, median", value=alone[0], unit="ms", goal=0.3, above=False),
        Measured(name="one matter, catalog, p99", value=alone[1], unit="ms", goal=1.0, above=False),
        Measured(name="peak memory of the process", value=peak, unit="GiB"),
    ]
    return BenchResult(bench="features", seed=[seed], figures=figures)


def check_equal(ours: pl.DataFrame, plain: pl.DataFrame, shared: FeatureSet) -> None:
    """Raise ValueError where the two ways differ anywhere: figures of unequal work would say nothing."""
    both = ours.join(plain, on=["matter_id", "cutoff"], how="left", suffix=":plain")
    for name in shared.names:
        nothing = -1.0 if name.endswith("_since") else 0.0
        difference = (both[name] - both[f"{name}:plain"].fill_null(nothing)).abs().max()
        if difference is None or float(str(difference)) > 1e-9:
            raise ValueError(f"the two ways differ in {name} by {difference}")


def one_by_one(register: Register) -> tuple[float, float]:
    """Median and p99 milliseconds of the whole catalog for one matter at a time, from its arrays to its values."""
    history = make_history(register)
    context = OfficeContext.create_empty()
    times: list[float] = []
    for matter in range(0, len(history.matter_ids), max(1, len(history.matter_ids) // 500)):
        block = history.block(matter, matter + 1)
        stored = stored_context(register.matters.filter(pl.col("matter_id").is_in(block.matter_ids)), block, context)
        began = time.perf_counter()
        one_matter(block, register.observed_until, stored=stored)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), float(np.quantile(times, 0.99))


def median_seconds(run: Callable[[], object]) -> float:
    """The median wall time of three runs, in seconds."""
    times: list[float] = []
    for _ in range(3):
        gc.collect()
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
