"""Are emptied columns found by name, by the chance scipy gives, and are cells as ever left alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from scipy import stats

from data.contract import Attributes, Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant
from monitoring.check import Outcome, Severity, Watch
from monitoring.missingness import check_missingness

LAST = date(2026, 6, 30)
DAYS = [LAST - timedelta(days=back) for back in range(480)]
AS_OF = cutoff_instant(LAST, "Asia/Shanghai")


def _register(build: Callable[..., Register], *, empty_now: float, empty_before: float) -> Register:
    """Two replies a day, each with a document number but for a share of them, before and after 90 days ago."""
    register = build([("a", day) for day in DAYS for _ in range(2)], observed=LAST + timedelta(days=1))
    recent = pl.col("occurred_at") >= AS_OF - 90 * DAY_US
    empty = pl.when(recent).then(empty_now).otherwise(empty_before) > (pl.col("seq") * 37 % 100 / 100)
    replies = register.events.with_columns(
        kind=pl.lit("substantive_reply"),
        event_id="r" + pl.col("event_id"),
        document_no=pl.when(~empty).then(pl.lit("No 1")),
    )
    kinds = {"registered": "intake", "substantive_reply": "reply"}
    return replace(register, events=pl.concat([register.events, replies]), roles=kinds)


def _look(register: Register) -> Outcome:
    return check_missingness(Watch(register=register, settings=Settings(), as_of=AS_OF))


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (0.30, 0.30, []),
        (0.36, 0.30, []),  # beyond no limit
        (0.60, 0.30, [("values_missing", Severity.WARNING)]),
        (1.00, 0.30, [("values_gone", Severity.SEVERE)]),
        (1.00, 0.80, [("values_missing", Severity.WARNING)]),  # seldom filled in before
    ],
)
def test_a_column_left_empty_more_often_is_told(
    build: Callable[..., Register], now: float, before: float, told: list[tuple[str, Severity]]
) -> None:
    outcome = _look(_register(build, empty_now=now, empty_before=before))
    assert [(one.code, one.severity) for one in outcome.findings] == told
    if told:
        assert (outcome.findings[0].numbers["code"], outcome.findings[0].numbers["column"]) == (
            "substantive_reply",
            "document_no",
        )


def test_the_chance_is_that_of_scipy_s_exact_test(build: Callable[..., Register]) -> None:
    row = _look(_register(build, empty_now=0.4, empty_before=0.3)).rows[0]
    assert (row["of"], row["of_before"]) == (180, 730)
    table = [[row["empty"], row["of"] - row["empty"]], [row["empty_before"], row["of_before"] - row["empty_before"]]]
    # One column is judged (nothing else was ever filled in): nothing to correct.
    _, p = stats.fisher_exact(table, alternative="greater")
    assert row["p_corrected"] == pytest.approx(p, rel=1e-9)


def test_a_fact_of_matters_known_too_late_counts_as_empty(build: Callable[..., Register]) -> None:
    register = build([("a", day) for day in DAYS for _ in range(2)], observed=LAST + timedelta(days=1))
    since = AS_OF - 120 * DAY_US
    late = pl.when(pl.col("occurred_at") >= since).then(pl.lit(31 * DAY_US)).otherwise(pl.lit(2 * DAY_US))
    facts = register.events.select(
        "matter_id",
        "occurred_at",
        name=pl.lit("category"),
        text=pl.lit("report"),
        number=pl.lit(None, pl.Int64),
        known_at=pl.col("occurred_at") + late,
        known_from=pl.col("occurred_at") + late,
        known_until=pl.lit(None, pl.Int64),
        recorded_at=pl.col("occurred_at"),
        batch_id=pl.lit(1, pl.Int64),
        seq=pl.col("seq"),
        assumed=pl.lit(value=False),
        usable=pl.lit(value=True),
    ).select(Attributes.column_names())
    findings = _look(replace(register, attributes=facts)).findings
    assert [(one.code, one.numbers["column"]) for one in findings] == [("values_gone", "category")]


def test_how_people_came_is_no_column(build: Callable[..., Register]) -> None:
    register = _register(build, empty_now=1.0, empty_before=0.0)
    roles = {"registered": "intake", "substantive_reply": "contact"}
    assert _look(replace(register, roles=roles)).rows == []


def test_an_empty_register_has_no_columns(empty_register: Register) -> None:
    assert _look(empty_register).rows == []
