"""Is every value of a stored feature log held to the same one built again, and a difference named."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
from polars.testing import assert_frame_equal

from data.contract import Register
from data.settings import Settings
from monitoring.check import Severity, Watch
from monitoring.skew import Comparison, check_skew

LOG = pl.DataFrame({"matter_id": ["a", "b", "c"], "idle": [1.0, 2.0, None], "replies": [0.0, 1.0, 2.0]})


def _watch(register: Register, *again: pl.DataFrame, stored: Sequence[pl.DataFrame] = (LOG,)) -> Watch:
    compared = Comparison("s1", iter(stored))
    for part in again:
        compared.add(part)
    return Watch(
        register=register,
        settings=Settings(),
        as_of=register.observed_until,
        rebuilt=compared.done(),
        feature_names={"idle": ("间隔", "idle days")},
    )


def test_equal_logs_in_any_order_say_nothing(empty_register: Register) -> None:
    outcome = check_skew(_watch(empty_register, LOG.reverse()))
    assert outcome.rows == []
    assert outcome.findings == []
    assert outcome.totals == {"screening_id": "s1", "matters": 3, "columns": 2}


def test_one_bit_in_one_matter_is_severe_and_named(empty_register: Register) -> None:
    again = LOG.with_columns(idle=pl.Series([1.0, 2.0000000000000004, None]))
    assert_frame_equal(again, LOG)  # what a tolerant comparison would let pass
    outcome = check_skew(_watch(empty_register, again))
    assert [(row["name"], row["en"], row["matters"]) for row in outcome.rows] == [("idle", "idle days", 1)]
    assert [(one.code, one.severity) for one in outcome.findings] == [("log_differs", Severity.SEVERE)]


def test_a_value_that_was_missing_a_lost_column_and_a_lost_matter_differ(empty_register: Register) -> None:
    filled = LOG.with_columns(pl.col("idle").fill_null(0.0)).drop("replies").head(3)
    assert {row["name"]: row["matters"] for row in check_skew(_watch(empty_register, filled)).rows} == {
        "idle": 1,
        "replies": 3,
    }
    assert {row["name"]: row["matters"] for row in check_skew(_watch(empty_register, LOG.head(2))).rows} == {
        "matter_id": 1
    }


def test_logs_in_parts_are_compared_wherever_they_are_cut(empty_register: Register) -> None:
    again = LOG.with_columns(idle=pl.Series([1.5, 2.0, None]))
    cuts = [LOG.head(1), LOG.slice(1, 1), LOG.tail(1)]
    for stored in ([LOG], cuts, cuts[::-1]):
        for parts in ([again], [again.tail(2), again.head(1)], [again.head(2), again.tail(1)]):
            outcome = check_skew(_watch(empty_register, *parts, stored=stored))
            assert {row["name"]: row["matters"] for row in outcome.rows} == {"idle": 1}
            assert outcome.totals == {"screening_id": "s1", "matters": 3, "columns": 2}


def test_nothing_built_again_says_nothing(empty_register: Register) -> None:
    outcome = check_skew(replace(_watch(empty_register, LOG), rebuilt=None))
    assert outcome.rows == []
    assert outcome.totals is None
