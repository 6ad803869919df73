"""How fast windows are beside timeseriesflattener: the same counts at the same times, totals held equal first."""

import gc
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from data.contract import Register
from features.build import build_features
from features.feature import FeatureSet
from features.measures import Count
from serving.bench import flattener
from serving.bench.result import Measured

#: The other one takes minutes for all matters; its time a value hardly falls with their number.
MATTERS = 20_000


def beside_flattener(register: Register, cutoffs: list[int], counts: FeatureSet, interpreter: str) -> list[Measured]:
    """Seconds a value of `counts` (kinds in windows of days) both ways: at all cutoffs, and at the last one alone.

    On at most MATTERS matters, and of their entries only what timeseriesflattener can express: none late, corrected or
    caused by us. Raises ValueError where the two do not count the same.
    """
    name = "ratio, timeseriesflattener / ours, per feature value"
    part = _plain_part(register, counts)
    snapshots = part.matters.select("matter_id").join(pl.DataFrame({"cutoff": cutoffs}), how="cross")
    figures: list[Measured] = []
    for times, words, goal in ((cutoffs, "", 10.0), (cutoffs[-1:], ", at one cutoff", None)):
        rows = snapshots.filter(pl.col("cutoff").is_in(times))
        theirs, problem = _theirs(part, rows, counts, interpreter)
        if problem:
            return [Measured(name=name, value=None, unit="times", goal=10.0, note=problem)]
        total = float(build_features(part, rows, counts).select(counts.names).to_numpy().sum())
        if total != theirs["total"]:
            raise ValueError(f"timeseriesflattener counts {theirs['total']} entries in windows, ours {total}")
        each = theirs["seconds"] / theirs["values"]
        own = median_seconds(lambda rows=rows: build_features(part, rows, counts)) / len(rows) / len(counts)
        note = f"{len(part.matters)} matters × {len(times)} cutoffs × {len(counts)} windows, equal totals"
        figures += [
            Measured(name=f"timeseriesflattener, per feature value{words}", value=each * 1e9, unit="ns", note=note),
            Measured(name=f"ours, per feature value{words}", value=own * 1e9, unit="ns"),
            Measured(name=name + words, value=each / own, unit="times", goal=goal),
        ]
    return figures


def median_seconds(run: Callable[[], object]) -> float:
    """The median wall time of three runs, in seconds."""
    times: list[float] = []
    for _ in range(3):
        gc.collect()
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _measures(counts: FeatureSet) -> list[Count]:
    return [one.measure for one in counts if isinstance(one.measure, Count)]


def _plain_part(register: Register, counts: FeatureSet) -> Register:
    """Some matters with what both ways can express: each entry known when it happened, and never corrected."""
    matters = register.matters.head(MATTERS)
    kinds = {kind for measure in _measures(counts) for kind in measure.kinds}
    mine = pl.col("matter_id").is_in(matters["matter_id"].implode())
    told = pl.col("kind").is_in(sorted(kinds)) & pl.col("caused_by").is_null() & pl.col("known_until").is_null()
    events = register.events.filter(mine & told).with_columns(known_at="occurred_at", known_from="occurred_at")
    return replace(register, matters=matters, events=events, attributes=register.attributes.clear())


def _theirs(
    part: Register, rows: pl.DataFrame, counts: FeatureSet, interpreter: str
) -> tuple[dict[str, Any], str | None]:
    """What its script found, or why it found nothing."""
    windows = sorted({measure.days for measure in _measures(counts) if measure.days is not None})
    # Its windows hold both ends, ours the first alone: a microsecond later an entry stands on neither.
    at = pl.from_epoch(pl.col("occurred_at") + 1, "us").alias("at")
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / "events.parquet"), str(Path(folder) / "times.parquet")]
        part.events.select("matter_id", "kind", at).write_parquet(paths[0])
        rows.select("matter_id", pl.from_epoch("cutoff", "us")).write_parquet(paths[1])
        done = subprocess.run(  # noqa: S603
            [interpreter, flattener.__file__, *paths, ",".join(map(str, windows))],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        missing = "timeseriesflattener" in done.stderr
        return {}, "not installed: make compare" if missing else done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout.strip().splitlines()[-1]), None
