"""How fast features are built: beside the plain way on the same windows, the whole catalog, and one matter alone."""

import statistics
import sys
import time
from dataclasses import replace

import numpy as np
import polars as pl

from data.contract import OfficeContext, Register
from data.times import DAY_US, wall_us
from features.build import build_features, one_matter
from features.catalog import CATALOG
from features.feature import Feature, FeatureSet
from features.history import make_history
from features.measures import Count, DaysSince
from features.stored_context import stored_context
from serving.bench import large
from serving.bench.apart import apart
from serving.bench.beside import beside_flattener, median_seconds
from serving.bench.registers import BASE, base_register, copies_of
from serving.bench.result import BenchResult, Measured
from training.labels import months_of

CONTACTS = ("letter", "visit", "online", "call", "assigned_from_above")
KINDS = (*CONTACTS, "procedural_reply", "progress_reply", "explanation")
WINDOWS = (30, 90, 180, 365, None)
CUTOFFS = 16


def windows() -> FeatureSet:
    """Counts of eight kinds in five windows and days since each: what both ways can express."""
    counts = [_feature(f"{kind}_{days}", Count((kind,), days)) for kind in KINDS for days in WINDOWS]
    since = [_feature(f"{kind}_since", DaysSince((kind,), empty=-1.0, cap=1e9)) for kind in KINDS]
    return FeatureSet(features=(*counts, *since))


def _counts() -> FeatureSet:
    """Those of `windows` that timeseriesflattener can express: counts in windows of days."""
    finite = [one for one in windows() if isinstance(one.measure, Count) and one.measure.days is not None]
    return FeatureSet(features=tuple(finite))


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


def run_features(
    *, seed: int, matters: int, large_matters: int, growth: tuple[int, int], interpreter: str | None = None
) -> BenchResult:
    """Time features beside other ways, for a large register, as it grows, and for one matter.

    Sizes are in matters, rounded to copies of a base register (`serving.bench.registers`); `interpreter` is
    one that has timeseriesflattener, by default this one.
    """
    size = min(BASE, matters, large_matters, growth[0])
    base = base_register(seed, size)
    each = len(base.matters)
    figures = [
        *_windows(copies_of(base, range(_copies(matters, each))), interpreter or sys.executable),
        *_large(seed, size, _copies(large_matters, each)),
        *_growth(seed, size, _copies(growth[0], each), _copies(growth[1], each)),
        *_alone(base),
    ]
    return BenchResult(bench="features", seed=[seed], figures=figures)


def _copies(matters: int, each: int) -> int:
    return max(1, round(matters / each))


def _windows(register: Register, interpreter: str) -> list[Measured]:
    """Goal 1: the same counts and recencies both ways, medians of three runs, held equal before anything is timed."""
    cutoffs = months_of(register)[-CUTOFFS:]
    snapshots = register.matters.select("matter_id").join(pl.DataFrame({"cutoff": cutoffs}), how="cross")
    shared = windows()
    check_equal(build_features(register, snapshots, shared), plain_way(register, cutoffs), shared, cutoffs)
    ours = median_seconds(lambda: build_features(register, snapshots, shared))
    plain = median_seconds(lambda: plain_way(register, cutoffs))
    arrays = median_seconds(lambda: make_history(register))
    catalog = sum(_catalog_seconds(register, snapshots, part) for part in _parts(register))
    late = register.events.filter(pl.col("known_at") - pl.col("occurred_at") > 3 * DAY_US)
    corrected = register.events.filter(pl.col("known_until").is_not_null())
    values = len(snapshots) * len(shared)
    return [
        Measured(name="matters", value=len(register.matters), unit="matters"),
        Measured(name="events", value=len(register.events), unit="versions"),
        Measured(name="known more than 3 days late", value=len(late) / len(register.events), unit="share", goal=0.10),
        Measured(name="corrected", value=len(corrected) / len(register.events), unit="share", goal=0.02),
        Measured(name=f"{len(shared)} windows, {CUTOFFS} cutoffs, ours", value=ours, unit="s"),
        Measured(name="of which arrays, all kinds", value=arrays, unit="s", note="ours reads the kinds it needs only"),
        Measured(
            name=f"{len(shared)} windows, {CUTOFFS} cutoffs, the plain way",
            value=plain,
            unit="s",
            note=f"polars on {pl.thread_pool_size()} threads",
        ),
        Measured(name="ratio, plain / ours, same windows", value=plain / ours, unit="times", goal=5.0),
        Measured(name="same windows, per feature value", value=ours / values * 1e9, unit="ns"),
        Measured(name=f"catalog ({len(CATALOG)} features), {CUTOFFS} cutoffs", value=catalog, unit="s"),
        Measured(name="catalog, per feature value", value=catalog / len(snapshots) / len(CATALOG) * 1e9, unit="ns"),
        *beside_flattener(register, cutoffs, _counts(), interpreter),
        Measured(
            name="featuretools with cutoff times",
            value=None,
            unit="times",
            note="does not run beside pandas 3 (WoodworkNotInitError)",
        ),
    ]


def _parts(register: Register) -> list[pl.Series]:
    """The matters in parts whose matrix of all cutoffs fits any machine."""
    ids = register.matters["matter_id"]
    return [ids.slice(start, 20_000) for start in range(0, len(ids), 20_000)]


def _catalog_seconds(register: Register, snapshots: pl.DataFrame, ids: pl.Series) -> float:
    """Seconds for the whole catalog at all cutoffs of some matters, their frames cut out beforehand."""
    mine = pl.col("matter_id").is_in(ids.implode())
    part = replace(
        register,
        matters=register.matters.filter(mine),
        events=register.events.filter(mine),
        attributes=register.attributes.filter(mine),
    )
    rows = snapshots.filter(mine)
    began = time.perf_counter()
    build_features(part, rows, CATALOG, context=OfficeContext.create_empty())
    return time.perf_counter() - began


def _large(seed: int, size: int, copies: int) -> list[Measured]:
    """Goal 2: one cutoff, the full catalog, read from SQLite; the goal is for 8.3 M events, less for fewer."""
    run = large.large_run(seed, size, copies)
    share = min(1.0, run.versions / 8.3e6)
    note = "" if share == 1.0 else f"the goal of 8 s for 1 M matters of 8.3 M events, by their number: {run.versions}"
    return [
        Measured(name="large register: matters", value=run.matters, unit="matters"),
        Measured(name="large register: events", value=run.versions, unit="versions"),
        Measured(name="large register: read from SQLite", value=run.reading, unit="s"),
        Measured(
            name="large register: catalog at one cutoff",
            value=run.building,
            unit="s",
            goal=8.0 * share,
            above=False,
            note=note,
        ),
        Measured(name="large register: peak memory", value=run.peak_gib, unit="GiB", goal=3.0, above=False),
    ]


def _growth(seed: int, size: int, few: int, many: int) -> list[Measured]:
    """Goal 3: time per event and memory as the register grows tenfold, partition by partition."""
    small, big = (apart(large.in_partitions, seed, size, copies) for copies in (few, many))
    each = [run.building / run.versions * 1e9 for run in (small, big)]
    return [
        Measured(name=f"per event, {small.matters} matters", value=each[0], unit="ns"),
        Measured(name=f"per event, {big.matters} matters", value=each[1], unit="ns"),
        Measured(name="growth of time per event", value=each[1] / each[0] - 1, unit="share", goal=0.15, above=False),
        Measured(name=f"peak memory, {small.matters} matters", value=small.peak_gib, unit="GiB"),
        Measured(name=f"peak memory, {big.matters} matters", value=big.peak_gib, unit="GiB"),
        Measured(
            name="growth of peak memory", value=big.peak_gib / small.peak_gib - 1, unit="share", goal=0.15, above=False
        ),
    ]


def _alone(register: Register) -> list[Measured]:
    """Goal 4: one matter at a time, from its arrays to its values."""
    median, worst = one_by_one(register)
    return [
        Measured(name="one matter, catalog, median", value=median, unit="ms", goal=0.3, above=False),
        Measured(name="one matter, catalog, p99", value=worst, unit="ms", goal=1.0, above=False),
    ]


def check_equal(ours: pl.DataFrame, plain: pl.DataFrame, shared: FeatureSet, cutoffs: list[int]) -> None:
    """Raise ValueError where the two ways differ anywhere: figures of unequal work would say nothing."""
    for cutoff in cutoffs:
        at = pl.col("cutoff") == cutoff
        both = ours.filter(at).join(plain.filter(at), on="matter_id", how="left", suffix=":plain")
        for name in shared.names:
            nothing = -1.0 if name.endswith("_since") else 0.0
            difference = (both[name] - both[f"{name}:plain"].fill_null(nothing)).abs().max()
            if difference is None or float(str(difference)) > 1e-9:
                raise ValueError(f"the two ways differ in {name} by {difference}")


def one_by_one(register: Register) -> tuple[float, float]:
    """Median and p99 milliseconds of the whole catalog for one matter at a time, from its arrays to its values."""
    history = make_history(register)
    context = OfficeContext.create_empty()
    step = max(1, len(history.matter_ids) // 1000)
    blocks = [history.block(matter, matter + 1) for matter in range(0, len(history.matter_ids), step)]
    offices = register.matters.filter(pl.col("matter_id").is_in([block.matter_ids[0] for block in blocks]))
    stored = [stored_context(offices, block, context) for block in blocks]
    times: list[float] = []
    for block, rows in zip(blocks * 2, stored * 2, strict=True):
        began = time.perf_counter()
        one_matter(block, register.observed_until, stored=rows)
        times.append((time.perf_counter() - began) * 1000)
    times = times[len(blocks) :]  # the first round was for warming up
    return statistics.median(times), float(np.quantile(times, 0.99))
