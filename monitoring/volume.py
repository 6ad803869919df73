"""How much is usual in a window of thirty days, and do offices still register what comes in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from data.times import DAY_US, wall_us
from monitoring.check import Finding, Severity, Watch
from monitoring.part import Part

#: Windows of one length, so that months and their weekends weigh alike; twelve of them are "usual".
WINDOW_DAYS = 30
USUAL_WINDOWS = 12
_LEAST_WINDOWS = USUAL_WINDOWS // 2
#: With so many offices the others tell what the season does.
_OFFICES_FOR_SEASON = 4
#: The row of all offices together has no name of its own.
ALL_OFFICES = ("全部单位", "all offices")
#: Share of false findings among those reported.
_FALSE_SHARE = 0.05


def in_windows(events: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """With the `window` (0 is the last one) of each event, of those that were known when it closed.

    `events` have `occurred` and `known` as wall-clock microseconds like `as_of` itself.  That every window counts only
    what was known when it closed keeps late entry from looking like a fall.
    """
    length = WINDOW_DAYS * DAY_US
    return events.with_columns(window=(as_of - 1 - pl.col("occurred")) // length).filter(
        (pl.col("window") <= USUAL_WINDOWS)
        & (pl.col("occurred") < as_of)
        & (pl.col("known") < as_of - pl.col("window") * length)
    )


def registered(part: Part, watch: Watch) -> pl.DataFrame:
    """Registrations by office_id and window: `len`."""
    return (
        in_windows(part.registrations, wall_us(watch.as_of, part.register.time_zone))
        .join(part.offices, on="matter_id", how="inner")
        .group_by("office_id", "window")
        .len()
    )


def office_volumes(watch: Watch) -> list[dict[str, Any]]:
    """Per office, and with four or more for all together: registrations of the last window, the usual, and chance."""
    from scipy import stats  # most verbs never come here

    placed = watch.found(registered)
    windows: dict[str, list[int]] = {}
    for office, window, count in placed.iter_rows():
        windows.setdefault(office, [0] * (USUAL_WINDOWS + 1))[window] += count
    # Too young an office, and what is usual is not known.
    windows = {office: counts for office, counts in windows.items() if np.count_nonzero(counts[1:]) >= _LEAST_WINDOWS}
    total = [sum(column) for column in zip(*windows.values(), strict=True)]
    many = len(windows) >= _OFFICES_FOR_SEASON
    names = dict(watch.register.offices.select("office_id", "name").iter_rows())
    rows = [_row("", "", total, 1.0)] if many else []
    for office, counts in sorted(windows.items()):
        # A holiday month is low everywhere: what is expected here falls as the other offices fell, and rises with none.
        season = (total[0] - counts[0]) / (usual(total) - usual(counts)) if many else 1.0
        rows.append(_row(office, names.get(office, office), counts, min(1.0, season)))
    if rows:
        corrected = stats.false_discovery_control([row["p"] for row in rows])
        for row, p in zip(rows, corrected, strict=True):
            row["p_corrected"] = float(p)
    return rows


def _row(office_id: str, office: str, counts: list[int], season: float) -> dict[str, Any]:
    silent = next((place for place, count in enumerate(counts) if count), 0)
    # Who has been silent for several windows is held against what was usual before, not against the silence.
    before = counts[max(silent, 1) :]
    expected = sum(before) / len(before)
    return {
        "office_id": office_id,
        "office": office,
        "registered": counts[0],
        "usual": expected,
        "p": chance_of_so_few([0, *before], season, windows=silent) if silent else chance_of_so_few(counts, season),
    }


def usual(counts: Sequence[float]) -> float:
    """How many a window before the last one has."""
    return sum(counts[1:]) / (len(counts) - 1)


def chance_of_so_few(counts: Sequence[float], season: float = 1.0, *, windows: int = 1) -> float:
    """The chance of at most `counts[0]` in so many last windows, given the windows before and the season's share."""
    from scipy import stats

    expected = usual(counts) * season * windows
    if expected <= 0:
        return 1.0
    return float(stats.nbinom.cdf(counts[0], *_flow(expected, _spread(counts) * season * windows)))


def chance_of_so_many(counts: Sequence[float]) -> float:
    """The chance of at least `counts[0]`, given the windows before."""
    from scipy import stats

    expected = usual(counts)
    return float(stats.nbinom.sf(counts[0] - 1, *_flow(expected, _spread(counts)))) if expected > 0 else 1.0


def chance_of_rise(now: int, expected: float, variance: float) -> float:
    """The chance of at least `now` in a window that differs from `expected` by chance alone.

    How much windows differ is itself known from twelve of them only, so that Student's t with eleven degrees of freedom
    tells, not the normal curve: for one figure a month, of counts of thirty and more.
    """
    from scipy import stats

    error = float(np.sqrt(max(expected, variance) * (1 + 1 / USUAL_WINDOWS)))
    return float(stats.t.sf((now - 0.5 - expected) / error, USUAL_WINDOWS - 1))


def _spread(counts: Sequence[float]) -> float:
    return float(np.var(counts[1:], ddof=1))


def _flow(expected: float, spread: float) -> tuple[float, float]:
    """The size and success share of the negative binomial a window's count follows; `expected` above 0.

    Counts differ from a Poisson flow: the spread seen is the spread believed, and the usual mean is itself an
    estimate, which adds a twelfth of the variance.
    """
    variance = max(expected, spread) * (1 + 1 / USUAL_WINDOWS)
    size = expected * expected / (variance - expected)
    return size, size / (size + expected)


def volume_findings(rows: list[dict[str, Any]]) -> list[Finding]:
    """What fell below half of the usual beyond chance; nothing at all in a window is severe."""
    return [
        _finding(row) for row in rows if row["registered"] <= row["usual"] / 2 and row["p_corrected"] < _FALSE_SHARE
    ]


def _finding(row: dict[str, Any]) -> Finding:
    silent = row["registered"] == 0
    zh, en = (row["office"] or name for name in ALL_OFFICES)
    return Finding(
        code="office_silent" if silent else "registrations_fall",
        severity=Severity.SEVERE if silent else Severity.WARNING,
        title_zh=f"{zh}：" + ("近30天没有登记" if silent else "登记数明显减少"),
        title_en=f"{en}: " + ("nothing registered in 30 days" if silent else "registrations fell"),
        text_zh=f"近{WINDOW_DAYS}天登记 {row['registered']} 件，此前十二期平均 {row['usual']:.1f} 件"
        f"（校正后 p {row['p_corrected']:.1g}）。",
        text_en=f"{row['registered']} registered in {WINDOW_DAYS} days, {row['usual']:.1f} on average in the "
        f"twelve periods before (corrected p {row['p_corrected']:.1g}).",
        remedy_zh="核对台账是否漏导、登记入口是否畅通；来件应登尽登。",
        remedy_en="Check for a missing import and that intake is open: whatever comes in is to be registered.",
        numbers=row,
    )
