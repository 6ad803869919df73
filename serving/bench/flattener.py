"""How long timeseriesflattener takes for counts in windows; run by an interpreter that has it: events, times, out."""

import json
import sys
import time
from datetime import timedelta

import polars as pl


def main(events_path: str, times_path: str, windows: list[int]) -> dict[str, float]:
    """Seconds for counts of every kind of events in windows of days before each of the times, and how many values."""
    import timeseriesflattener as flat  # pyright: ignore[reportMissingImports]

    events, times = pl.read_parquet(events_path), pl.read_parquet(times_path)
    kinds = sorted(events["kind"].unique())
    specs = [
        flat.PredictorSpec(
            value_frame=flat.ValueFrame(
                init_df=events.filter(pl.col("kind") == kind).select("matter_id", "at", pl.lit(1).alias(kind)),
                entity_id_col_name="matter_id",
                value_timestamp_col_name="at",
            ),
            lookbehind_distances=[timedelta(days=days) for days in windows],
            aggregators=[flat.CountAggregator()],
            fallback=0,
        )
        for kind in kinds
    ]
    frame = flat.PredictionTimeFrame(init_df=times, entity_id_col_name="matter_id", timestamp_col_name="cutoff")
    began = time.perf_counter()
    found = flat.Flattener(predictiontime_frame=frame).aggregate_timeseries(specs=specs).df
    seconds = time.perf_counter() - began
    found = found.lazy().collect()
    total = found.select(pl.col("^pred_.*$")).sum_horizontal().sum()
    return {"seconds": seconds, "values": float(len(found) * len(kinds) * len(windows)), "total": float(total)}


if __name__ == "__main__":
    found = main(sys.argv[1], sys.argv[2], [int(days) for days in sys.argv[3].split(",")])
    sys.stdout.write(json.dumps(found) + "\n")
