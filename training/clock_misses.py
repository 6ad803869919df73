"""What else followed a cutoff: whether one of our own clocks was missed in the next 30 days (never gates)."""

from dataclasses import replace

import numpy as np
import polars as pl

from data.contract import Register
from data.settings import LabelSettings
from data.times import DAY_US, wall_us
from features import clocks
from features.history import make_history
from features.kernel import View
from features.snapshots import view_of
from features.timing import SHIPPED, Timing
from training.labels import wall_column

NAME = "clock_miss_30d"
HORIZON_DAYS = 30
#: Matters worked on at a time; bounds memory, changes nothing.
_BLOCK = 50_000


def clock_misses(
    register: Register, snapshots: pl.DataFrame, settings: LabelSettings, *, timing: Timing = SHIPPED
) -> pl.DataFrame:
    """The secondary label of each (matter_id, cutoff): columns matter_id, cutoff, clock_label (Int8).

    1 where some clock of the matter is missed with its due instant in (cutoff, cutoff + 30 d]: by what had happened
    then, as known at the register's end.  Duties missed by the cutoff do not count.  Null until 30 days and the
    reporting lag lie within what the batches cover.
    """
    zone = register.time_zone
    rows = snapshots.select("matter_id", "cutoff").unique()
    later = rows.select("matter_id", pl.col("cutoff").alias("at"), cutoff=_days_on(pl.col("cutoff"), zone))
    both = pl.concat([rows, later.select("matter_id", "cutoff")]).unique()
    history = make_history(_in_hindsight(register))
    count = len(history.matter_ids)
    blocks = (history.block(first, min(first + _BLOCK, count)) for first in range(0, max(count, 1), _BLOCK))
    counted = pl.concat(_missed(*view_of(block, both, timing=timing)) for block in blocks)
    names = [name for name in counted.columns if name not in ("matter_id", "cutoff")]
    found = later.join(counted, on=["matter_id", "cutoff"], how="left").join(
        counted, left_on=["matter_id", "at"], right_on=["matter_id", "cutoff"], how="left", suffix="_before"
    )
    more = pl.any_horizontal(pl.col(name) > pl.col(f"{name}_before") for name in names)
    needed = (HORIZON_DAYS + settings.reporting_lag_days) * DAY_US
    ripe = wall_column(pl.col("at"), zone) + needed <= wall_us(register.observed_until, zone)
    return found.select("matter_id", cutoff="at", clock_label=pl.when(ripe).then(more.cast(pl.Int8))).sort(
        "matter_id", "cutoff"
    )


def _missed(view: View, at: pl.DataFrame) -> pl.DataFrame:
    """How often each clock that feeds features was missed: those a remedy starts stand in no label (G26)."""
    found = clocks.instances(view, for_features=True)
    total = np.zeros((len(found.rules), view.rows), dtype=np.int64)
    np.add.at(total, (found.clock, found.row), found.times)
    return at.with_columns(pl.Series(rule.code, column) for rule, column in zip(found.rules, total, strict=True))


def _in_hindsight(register: Register) -> Register:
    """The register as if everything that stands at its end had been entered the moment it happened."""

    def standing(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("known_until").is_null()).with_columns(
            known_at=pl.col("occurred_at"), known_from=pl.col("occurred_at")
        )

    return replace(register, events=standing(register.events), attributes=standing(register.attributes))


def _days_on(column: pl.Expr, zone: str) -> pl.Expr:
    """The same local wall-clock time 30 days later, as an instant."""
    local = pl.from_epoch(column, "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return local.dt.offset_by(f"{HORIZON_DAYS}d").dt.convert_time_zone("UTC").dt.epoch("us")
