"""What the office carried at its last month-end: the stored row, and no other, is read."""

from typing import Any

import polars as pl

from data.contract import OfficeContext
from features.build import build_features
from tests.drawn import Fact
from tests.histories import OFFICE, event, register_of, seen, snapshots

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
APPEAL = ("A1", "category", "criminal_appeal", "2025-01-10")


def _row(month: str, category: str, load: int, office: str = OFFICE) -> dict[str, Any]:
    return {
        "office_id": office,
        "category": category,
        "month_end": seen(month),
        "open_matters": load,
        "overdue_permille": 2 * load,
        "return_permille": 3 * load,
    }


STORED = OfficeContext.validate(
    pl.DataFrame(
        [
            _row("2025-01-31", "criminal_appeal", 10),
            _row("2025-02-28", "criminal_appeal", 20),
            _row("2025-02-28", "other", 50),
            _row("2025-03-31", "criminal_appeal", 30),
            _row("2025-02-28", "criminal_appeal", 99, office="T99"),
        ]
    )
)


def _read(last_day: str, *facts: Fact) -> list[float]:
    register = register_of({"A1": OPENED}, attributes=facts)
    frame = build_features(register, snapshots(register, seen(last_day)), context=STORED)
    return list(frame.select("office_open_matters", "office_overdue_permille", "office_return_permille").row(0))


def test_a_snapshot_reads_the_latest_month_end_at_or_before_it() -> None:
    assert _read("2025-02-27", APPEAL) == [10, 20, 30]
    assert _read("2025-02-28", APPEAL) == [20, 40, 60]
    assert _read("2025-03-30", APPEAL) == [20, 40, 60]


def test_before_the_first_stored_row_there_is_nothing() -> None:
    assert _read("2025-01-30", APPEAL) == [0, 0, 0]


def test_the_row_is_that_of_the_category_known_by_then() -> None:
    assert _read("2025-03-15") == [50, 100, 150]
    assert _read("2025-03-15", ("A1", "category", "criminal_appeal", "2025-03-16")) == [50, 100, 150]
    assert _read("2025-03-15", ("A1", "category", "criminal_appeal", "2025-03-15")) == [20, 40, 60]


def test_a_category_without_a_row_reads_nothing_of_another() -> None:
    assert _read("2025-03-15", ("A1", "category", "minors", "2025-01-10")) == [0, 0, 0]
