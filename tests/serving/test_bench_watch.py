"""A bench-only log watched month by month: what came is what the log says, and other registers are refused."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputRefused, UsageError
from data.ingest.run import ingest
from data.mapping import load_mapping
from data.times import cutoff_instant
from monitoring.check import Finding, Outcome, Severity
from monitoring.report import MonitorReport
from serving.bench.watch import Days, run_watch, watch_figures
from serving.cli.session import Session

ZONE = "Europe/Rome"
MAPPING = """
name = "cases"
time_zone = "Europe/Rome"
numbering = "per_matter"
coverage = "full"
layout = "event_per_row"
bench_only = true
[columns]
matter = "case"
occurred = "day"
kind = "code"
[lag]
default_days = 0
[kinds]
"Open" = "registered"
"Notice" = { added = "notified", role = "intake" }
"Appeal" = { added = "appeal", role = "remedy" }
[attributes.owed]
column = "owed"
dtype = "money"
dated = true
owner = "bench"
reason = "what is owed"
source = "register"
[task]
horizon_days = 90
label = ["appeal"]
first_only = true
cohort = "age_days <= 300 AND appealed = 0"
[task.measures]
age_days = { days_since = "registered" }
appealed = { count = ["appeal"] }
"""
DAYS = Days(
    first=date(2022, 1, 31),
    train_until=date(2023, 1, 31),
    watch_from=date(2023, 1, 31),
    watch_until=date(2023, 4, 30),
)
WATCHED = (date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30))
END = date(2023, 6, 30)
Case = tuple[str, date, date, date | None, int]


def invented_cases() -> list[Case]:
    """Cases with the days of opening, notice and appeal, if any, and what is owed: dear ones appeal more."""
    drawn = random.Random(7)
    cases: list[Case] = []
    for number in range(700):
        opened = date(2021, 1, 1) + timedelta(days=drawn.randrange(900))
        notice = opened + timedelta(days=drawn.randrange(5, 60))
        owed = drawn.choice((30, 60, 300))
        appeal = notice + timedelta(days=drawn.randrange(1, 150)) if drawn.random() < owed / 600 else None
        cases.append((f"C{number:04d}", opened, notice, appeal, owed))
    return cases


def stored(state: Path, cases: list[Case], toml: str = MAPPING) -> Session:
    rows = [(opened, case, "Open", owed) for case, opened, _, _, owed in cases]
    rows += [(notice, case, "Notice", "") for case, _, notice, _, _ in cases]
    rows += [(appeal, case, "Appeal", "") for case, _, _, appeal, _ in cases if appeal is not None]
    log, mapping = state / "log.csv", state / "cases.toml"
    told = [f"{case},{day},{code},{owed}" for day, case, code, owed in sorted(rows, key=str) if day <= END]
    log.write_text("\n".join(["case,day,code,owed", *told]) + "\n", encoding="utf-8")
    mapping.write_text(toml, encoding="utf-8")
    session = Session(config=None, state=str(state), lang="en")
    until = cutoff_instant(END, ZONE)
    ingest(session.store, log, load_mapping(str(mapping)), now=until, user="bench", observed_until=until)
    return session


def counted(cases: list[Case], cutoff: date) -> tuple[int, int]:
    """Of the matters looked at on the evening of `cutoff`: how many appealed in the 90 days after it, and all."""
    start = cutoff + timedelta(days=1)
    looked_at = [
        appeal
        for _, opened, _, appeal, _ in cases
        if opened <= cutoff and (start - opened).days <= 300 and (appeal is None or appeal >= start)
    ]
    return sum(one is not None and one < start + timedelta(days=90) for one in looked_at), len(looked_at)


def test_each_month_is_expected_before_it_came_and_what_came_is_what_the_log_says(tmp_path: Path) -> None:
    cases = invented_cases()
    session = stored(tmp_path, cases)
    result = run_watch(session, DAYS, seed=1, mapping=str(tmp_path / "cases.toml"))
    assert result.bench == "watch"
    named = {figure.name: figure for figure in result.figures}
    for day in WATCHED:
        expected = named[f"{day} expected"]
        assert 0 <= expected.low < expected.value < expected.high <= 1  # type: ignore[operator]
        assert f"{day} findings" in named
    # The last month-end's 90 days are not over when the log ends.
    matured = WATCHED[:3]
    assert [day for day in WATCHED if f"{day} came" in named] == list(matured)
    came, of = zip(*(counted(cases, day) for day in matured), strict=True)
    unlisted = [int(named[f"{day} came"].note.split("of ")[1].split(";")[0]) for day in matured]
    hits = [round((named[f"{day} came"].value or 0) * count) for day, count in zip(matured, unlisted, strict=True)]
    listed = named["came among listed"]
    places = int(listed.note.split(" ")[0])
    assert places + sum(unlisted) == sum(of)
    assert round((listed.value or 0) * places) + sum(hits) == sum(came)
    inside = [named[f"{day} came"].note.startswith("inside") for day in matured]
    share = named["months whose matured figure lies in the interval"]
    assert share.value == pytest.approx(sum(inside) / 3)
    # All entry times are assumed, and that is said; of our duties, which this log does not have, nothing is.
    assert named["times_assumed (warning)"].value == 4
    ours = ("group_", "figures_", "flag_", "help_", "plans_", "look_back", "overrides", "behind_baseline", "list_uns")
    assert not [name for name in named if name.startswith(ours)]

    with pytest.raises(UsageError):
        run_watch(
            session,
            Days(first=DAYS.first, train_until=DAYS.train_until, watch_from=DAYS.first, watch_until=DAYS.watch_until),
            seed=1,
            mapping=None,
        )


def test_an_offices_register_is_not_watched_as_a_log(tmp_path: Path) -> None:
    ours = MAPPING[: MAPPING.index('"Notice"')].replace("bench_only = true", '[office]\nid = "P1"\nname = "示例省院"')
    session = stored(tmp_path, invented_cases()[:20], ours)
    with pytest.raises(InputRefused, match="bench backtest"):
        run_watch(session, DAYS, seed=1, mapping=str(tmp_path / "cases.toml"))


def _finding(code: str, severity: Severity) -> Finding:
    text = dict.fromkeys(("title_zh", "title_en", "text_zh", "text_en", "remedy_zh", "remedy_en"), "")
    return Finding(code=code, severity=severity, **text)


def _report(day: str, row: dict[str, Any], *findings: Finding) -> MonitorReport:
    tables = (
        Outcome(name="calibration", rows=[{"cutoff": day, "order_estimate": 0.7, **row}], findings=[]),
        Outcome(name="past_lists", rows=[], findings=[]),
    )
    return MonitorReport(as_of=day, model="bench", findings=findings, outcomes=tables)


def test_a_matured_figure_outside_the_interval_is_said_and_months_are_drawn_together() -> None:
    days = ("2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30")
    drift, silent = _finding("score_drift", Severity.SEVERE), _finding("office_silent", Severity.WARNING)
    said = {"2023-01-31": (drift, drift), "2023-02-28": (drift, silent), "2023-03-31": (), "2023-04-30": (drift,)}
    row = {"estimate": 0.02, "interval": [0.01, 0.03]}
    reports = {day: _report(day, row, *said[day]) for day in days}
    later = [
        {"cutoff": day, "mature": True, "came": {"share": share, "of": 100}, "order_came": None}
        for day, share in zip(days[:3], (0.02, 0.05, 0.01), strict=True)
    ]
    later.append({"cutoff": days[3], "mature": False})
    tables = (
        Outcome(name="calibration", rows=later, findings=[]),
        Outcome(name="past_lists", rows=[], findings=[]),
    )
    last = MonitorReport(as_of="2023-06-30", model="bench", findings=(), outcomes=tables)
    named = {figure.name: figure for figure in watch_figures(reports, last)}
    assert named["2023-01-31 came"].note.startswith("inside")
    assert named["2023-02-28 came"].note.startswith("outside")
    assert named["2023-03-31 came"].note.startswith("inside")
    assert "2023-04-30 came" not in named
    share = named["months whose matured figure lies in the interval"]
    assert (share.value, share.note[:12]) == (pytest.approx(2 / 3), "2 of 3 matur")
    assert named["2023-01-31 findings"].note == "severe: score_drift 2"
    assert named["2023-02-28 findings"].note == "severe: score_drift 1; warning: office_silent 1"
    assert named["2023-03-31 findings"].note == "nothing"
    assert (named["score_drift (severe)"].value, named["score_drift (severe)"].note) == (3, "2023-01–2023-02, 2023-04")
