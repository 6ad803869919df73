"""Is each way to make figures look better found, with its threshold, and nothing where there is none (G22)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.contract import Attributes, Events, Matters, Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant
from data.vocabulary import KINDS
from monitoring.check import Finding, Severity, Watch
from monitoring.gaming import SIGNALS, check_gaming
from monitoring.tables import audit_tables

ZONE = "Asia/Shanghai"
AS_OF = cutoff_instant(date(2026, 10, 31), ZONE)
#: Days of the year and a half looked at; cases after this day lie in the last 90 settled ones.
DAYS = 520
Put = Callable[..., None]
Story = Callable[[Put, np.random.Generator, bool], None]


def _register(story: Story, *, pressed: tuple[str, ...] = (), matters: int = 1200, offices: int = 6) -> Register:
    """Offices with one kind of history; `pressed` ones tell it otherwise from 150 days before the end."""
    draw = np.random.default_rng(4)
    rows, events = [], []
    for i in range(matters):
        office, begin = f"o{i % offices}", float(draw.uniform(0, DAYS))
        rows.append({"matter_id": f"m{i:04}", "source": "t", "office_id": office, "matter_no": str(i)})

        def put(
            kind: str, day: float, *, known: float = 0.0, begin: float = begin, i: int = i, **extra: object
        ) -> None:
            occurred = AS_OF - DAYS * DAY_US + int((begin + day) * DAY_US)
            events.append(
                {"event_id": f"e{len(events)}", "matter_id": f"m{i:04}", "kind": kind, "occurred_at": occurred}
                | dict.fromkeys(("known_at", "known_from", "recorded_at"), occurred + int(known * DAY_US))
                | {"batch_id": 1, "seq": len(events), "assumed": False, "people_band": 0, **extra}
            )

        story(put, draw, office in pressed and begin > DAYS - 150)
    names = [f"o{i}" for i in range(offices)]
    return Register(
        offices=pl.DataFrame({"office_id": names, "name": names, "level": "county"}),
        matters=pl.DataFrame(rows, schema=dict.fromkeys(Matters.column_names(), pl.String)),
        events=pl.DataFrame(events, schema=Events.create_empty().schema),
        attributes=Attributes.create_empty(),
        observed_until=AS_OF,
        time_zone=ZONE,
        roles={kind.code: str(kind.role) for kind in KINDS},
    )


def _found(register: Register, settings: Settings | None = None) -> list[Finding]:
    return check_gaming(Watch(register=register, settings=settings or Settings(), as_of=AS_OF)).findings


def _not_counted(put: Put, draw: np.random.Generator, pressed: bool) -> None:
    put("letter", 0)
    put("letter", 3, caused_by="our_appointment" if draw.random() < (0.7 if pressed else 0.2) else None)


def _unrated(put: Put, draw: np.random.Generator, pressed: bool) -> None:
    put("closed", 1)
    if draw.random() < (0.1 if pressed else 0.6):
        put("rated", 5, known=3, solved="yes")


def _terminated(put: Put, draw: np.random.Generator, pressed: bool) -> None:
    put("terminated" if draw.random() < (0.5 if pressed else 0.03) else "closed", 1)


def _undocumented(put: Put, draw: np.random.Generator, pressed: bool) -> None:
    put("substantive_reply", 0, document_no=None if draw.random() < (0.7 if pressed else 0.05) else "d1")
    put("resolved", 2)


def _hasty(put: Put, draw: np.random.Generator, pressed: bool) -> None:
    put("aid_paid", 0)
    put("accepted_by_person", 5 if draw.random() < (0.8 if pressed else 0.05) else 30)


def _reception(put: Put, draw: np.random.Generator, pressed: bool) -> None:
    put("leader_reception", 0)
    if not pressed:
        put("explanation", 1)
    put("withdrawn", 5)


STORIES: list[tuple[str, Story]] = [
    ("not_counted", _not_counted),
    ("unrated", _unrated),
    ("terminated", _terminated),
    ("undocumented", _undocumented),
    ("hasty", _hasty),
    ("hasty_reception", _reception),
]


@pytest.mark.parametrize(("signal", "story"), STORIES)
def test_g22_an_office_that_presses_its_figures_is_found_alone(signal: str, story: Story) -> None:
    found = _found(_register(story, pressed=("o2",)))
    assert [(one.numbers["signal"], one.numbers["office_id"]) for one in found] == [(signal, "o2")]
    limited = signal in ("undocumented", "hasty", "hasty_reception")
    assert found[0].severity == (Severity.SEVERE if limited else Severity.WARNING)


@pytest.mark.parametrize(("signal", "story"), STORIES)
def test_g22_offices_that_go_on_as_before_give_no_finding(signal: str, story: Story) -> None:
    assert _found(_register(story)) == [], signal


@pytest.mark.parametrize(("signal", "story"), STORIES)
def test_g22_each_threshold_is_a_setting(signal: str, story: Story) -> None:
    name = signal.removesuffix("_reception")
    off = {f"rise_{name}": 1.0} | ({f"limit_{name}": 1.0} if name in ("undocumented", "hasty") else {})
    settings = Settings.model_validate({"monitor": off})
    assert _found(_register(story, pressed=("o2",)), settings) == []
    assert _found(_register(story, pressed=("o2",)), Settings.model_validate({"monitor": {"false_share": 1e-60}})) == []


def test_g22_an_office_that_always_pressed_is_found_by_the_limit() -> None:
    def always(put: Put, draw: np.random.Generator, _: bool) -> None:
        _hasty(put, draw, pressed=True)

    found = _found(_register(always, offices=1, matters=300))
    assert [(one.code, one.numbers["limit"]) for one in found] == [("figures_pressed_over", 0.2)]


def test_g22_aid_followed_by_giving_up_is_found_where_many_give_up_for_other_reasons() -> None:
    def many(put: Put, draw: np.random.Generator, pressed: bool) -> None:
        if draw.random() < 0.1:
            _hasty(put, draw, pressed=pressed)
        else:
            put("withdrawn", 30)

    found = _found(_register(many, pressed=("o2", "o3"), matters=2400))
    assert {one.numbers["signal"] for one in found} == {"hasty"}


def test_g22_every_signal_is_counted_once_per_case_and_by_office() -> None:
    register = _register(_undocumented, offices=1, matters=300)
    (row,) = [
        row
        for row in check_gaming(Watch(register=register, settings=Settings(), as_of=AS_OF)).rows
        if row["signal"] == "undocumented"
    ]
    ends = register.events.filter(pl.col("kind") == "resolved")["occurred_at"]
    until, span = AS_OF - 14 * DAY_US, 90 * DAY_US
    assert row["now"]["of"] == ((ends < until) & (ends >= until - span)).sum()
    assert row["before"]["of"] == ((ends < until - span) & (ends >= until - span - 365 * DAY_US)).sum()


def test_g22_late_entry_of_ratings_is_no_fall_of_ratings() -> None:
    def slow(put: Put, draw: np.random.Generator, _: bool) -> None:
        put("closed", 1)
        if draw.random() < 0.7:
            put("rated", 5, known=45, solved="yes")

    assert _found(_register(slow)) == []


def test_g13_small_counts_of_an_office_stand_in_no_row_and_no_finding_across_offices() -> None:
    outcome = check_gaming(Watch(register=_register(_terminated, pressed=("o2",)), settings=Settings(), as_of=AS_OF))
    for row in outcome.rows:
        for share in (row["now"], row["before"]):
            assert share["masked"] or min(share["hits"], share["of"] - share["hits"]) >= 10
        assert row["p_rise"] is None or not (row["now"]["masked"] or row["before"]["masked"])
    assert [one.numbers["office_id"] for one in outcome.findings] == ["o2"]
    for finding in outcome.findings:
        if finding.numbers["before_hits"] is None:
            assert "p " not in finding.text_en
            assert "not shown" in finding.text_en


def test_the_table_has_every_office_and_signal() -> None:
    register = _register(_terminated)
    outcome = check_gaming(Watch(register=register, settings=Settings(), as_of=AS_OF))
    ((_, header, cells),) = audit_tables("gaming", outcome.rows, "zh")
    assert len(cells) == 7  # all offices together stand last
    assert cells[-1][0] == "全部单位"
    assert header[1:] == [signal.zh for signal in SIGNALS if signal.name in ("unrated", "terminated")]
    assert (
        check_gaming(
            Watch(register=replace(register, events=register.events.clear()), settings=Settings(), as_of=AS_OF)
        ).rows
        == []
    )
