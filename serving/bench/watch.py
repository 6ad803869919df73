"""What the monitors say of a stored bench-only log month by month, and whether what came agrees with what was expected.

Nothing here knows which log it is: days, cohort and label come from the options and the mapping.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.as_known import as_known
from data.errors import UsageError
from data.times import cutoff_day, cutoff_instant
from features.declared import joined_set
from monitoring.check import Severity
from monitoring.report import MonitorReport
from monitoring.run import monitor
from serving.bench.reference import pin_log
from serving.bench.result import BenchResult, Measured
from serving.bench.watched import look, make_lists, train_by
from serving.cli.session import Session
from training.labels import month_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The first cutoff to learn from, the day learning ends, and the first and last cutoff watched (month-ends)."""

    first: date
    train_until: date
    watch_from: date
    watch_until: date


def run_watch(session: Session, days: Days, *, seed: int, mapping: str | None) -> BenchResult:
    """The readable model on what was known at `days.train_until`; then a list and a look at every month-end.

    Each look sees the log as it stood that day.  What is expected of a month's unlisted matters is taken from the look
    at its own month-end, before any outcome; what came, from the last day the log reaches.
    Raises UsageError where the days are not in order, InputRefused as `pin_log`, TooLittleData where nothing can be
    learnt.
    """
    if not days.first < days.train_until <= days.watch_from <= days.watch_until:
        raise UsageError(
            "days",
            "须 首个截止日 < 学习截止 ≤ 首个监测日 ≤ 最后监测日",
            "the days must be first < train-until <= watch-from <= watch-until",
        )
    pinned, settings = pin_log(session, mapping)
    register = pinned.register
    zone, until = register.time_zone, cutoff_instant(days.train_until, register.time_zone)
    trained = train_by(
        register,
        until,
        settings,
        seed=seed,
        task=pinned.mapping.task,
        feature_set=joined_set(pinned.mappings, as_known(register, until), until),
        first=cutoff_instant(days.first, zone),
        bench_only=True,
    )
    ends = month_ends(until, cutoff_instant(days.watch_until, zone), zone)
    watched = make_lists(register, trained, ends, settings)
    asked = [end for end in ends if end >= cutoff_instant(days.watch_from, zone)]
    reports = {
        cutoff_day(end, zone).isoformat(): monitor(look(watched, trained, end, settings), model="bench")
        for end in asked
    }
    last = monitor(look(watched, trained, register.observed_until, settings), model="bench")
    return BenchResult(bench="watch", seed=[seed], figures=watch_figures(reports, last))


def watch_figures(reports: Mapping[str, MonitorReport], last: MonitorReport) -> list[Measured]:
    """The figures of `reports`, by the day of the month-end looked at, and of `last`, the look at the log's end."""
    came = _by_day(last, "calibration")
    figures: list[Measured] = []
    inside: list[bool] = []
    for day, report in reports.items():
        figures.append(_said(day, report))
        row = _by_day(report, "calibration").get(day)
        if row is None:
            continue
        low, high = row["interval"]
        figures.append(
            Measured(name=f"{day} expected", value=row["estimate"], unit="share of unlisted", low=low, high=high)
        )
        later = came[day]
        if not later["mature"] or later["came"]["share"] is None:
            continue
        share, of = later["came"]["share"], later["came"]["of"]
        inside.append(low <= share <= high)
        figures.append(
            Measured(
                name=f"{day} came",
                value=share,
                unit="share of unlisted",
                note=f"{'inside' if inside[-1] else 'outside'}; of {of}; ranking power expected "
                f"{_short(row['order_estimate'])}, came {_short(later['order_came'])}",
            )
        )
    figures.append(
        Measured(
            name="months whose matured figure lies in the interval",
            value=sum(inside) / len(inside) if inside else None,
            unit="share of months",
            note=f"{sum(inside)} of {len(inside)} matured, {len(reports)} watched; intervals are 95 %",
        )
    )
    return [*figures, *_at_the_end(last), *_by_code(reports)]


def _by_day(report: MonitorReport, check: str) -> dict[str, dict[str, Any]]:
    [outcome] = (one for one in report.outcomes if one.name == check)
    return {row["cutoff"]: row for row in outcome.rows}


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _said(day: str, report: MonitorReport) -> Measured:
    """How many findings a month-end has, and how many of each code by severity."""
    told = [
        f"{severity.value}: {', '.join(f'{code} {codes[code]}' for code in sorted(codes))}"
        for severity in (Severity.SEVERE, Severity.WARNING, Severity.INFO)
        if (codes := Counter(one.code for one in report.findings if one.severity is severity))
    ]
    return Measured(
        name=f"{day} findings", value=len(report.findings), unit="findings", note="; ".join(told) or "nothing"
    )


def _at_the_end(last: MonitorReport) -> list[Measured]:
    """What all matured lists come to, as the look at the log's end has it."""
    totals = {one.name: one.totals for one in last.outcomes}
    figures: list[Measured] = []
    calibration, past = totals["calibration"], totals["past_lists"]
    for name, told, lists in (
        ("came against expected among unlisted", "ratio", "lists"),
        ("calibration slope among unlisted", "slope", "order_lists"),
    ):
        if calibration is not None and calibration[told] is not None:
            low, high = calibration[f"{told}_interval"]
            note = f"last {calibration[lists]} matured lists"
            figures.append(Measured(name=name, value=calibration[told], unit="", low=low, high=high, note=note))
    if past is not None:
        returned = past["returned"]
        low, high = returned["interval"] or (None, None)
        figures.append(
            Measured(
                name="came among listed",
                value=returned["share"],
                unit="share of places",
                low=low,
                high=high,
                note=f"{returned['of']} places on {past['lists']} matured lists",
            )
        )
    return figures


def _by_code(reports: Mapping[str, MonitorReport]) -> list[Measured]:
    """In how many months each finding was made, by code and severity, and in which."""
    months: dict[tuple[str, str], list[str]] = {}
    for day, report in reports.items():
        for code, severity in sorted({(one.code, one.severity.value) for one in report.findings}):
            months.setdefault((code, severity), []).append(day[:7])
    return [
        Measured(
            name=f"{code} ({severity})",
            value=len(days),
            unit="months",
            note=f"every month of {len(reports)}" if len(days) == len(reports) else _runs(days, list(reports)),
        )
        for (code, severity), days in sorted(months.items())
    ]


def _runs(days: Sequence[str], all_days: Sequence[str]) -> str:
    """Months with those next to each other drawn together, as 2006-02–2006-05."""
    place = {day[:7]: number for number, day in enumerate(all_days)}
    runs: list[list[str]] = []
    for day in days:
        if runs and place[day] == place[runs[-1][-1]] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
