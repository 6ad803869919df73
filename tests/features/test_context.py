"""The stored office rows: exact for large cells, shrunk below twenty, and blind to what came later."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from data.contract import Register
from data.settings import CohortSettings
from data.task import Task
from features.context import SHRINK_BELOW, office_context
from features.timing import Timing
from tests.drawn import Fact, facts_of, many, one_event
from tests.histories import at, event, register_of, seen

END = "2025-06-30"


def _context(register: Register, *ends: str) -> pl.DataFrame:
    return office_context(register, [seen(end) for end in ends or (END,)], Task(), CohortSettings())


def _matter(
    start: str, *, late: bool = False, back: str | None = None, closed: str | None = None
) -> list[dict[str, Any]]:
    """A matter with every duty done but, where `late`, the three-month reply."""
    rows = [event(start, "registered"), event(start, "procedural_reply")]
    rows += [] if late else [event(start, "substantive_reply")]
    rows += [] if back is None else [event(back, "letter")]
    return rows + ([] if closed is None else [event(closed, "closed")])


def _facts(numbers: Sequence[str], category: str) -> list[Fact]:
    return [(number, "category", category, "2025-01-10") for number in numbers]


def test_a_cell_of_twenty_is_counted_as_it_is() -> None:
    """Twenty matters of one category: 19 open, 5 overdue; of the 20 in the cohort 90 days before, 8 came back."""
    matters = {
        f"A{n:02d}": _matter(
            "2025-01-10",
            late=n < 5,
            back="2025-05-20" if 5 <= n < 13 else None,
            closed="2025-06-20" if n == 19 else None,
        )
        for n in range(SHRINK_BELOW)
    }
    row = _context(register_of(matters, attributes=_facts(list(matters), "report"))).row(0, named=True)
    assert (row["category"], row["month_end"], row["open_matters"]) == ("report", seen(END), 19)
    assert (row["overdue_permille"], row["return_permille"]) == (250, 400)


def test_a_smaller_cell_is_drawn_to_the_whole_register() -> None:
    """Ten of `minors`, all overdue, beside thirty of `report`, none: (10 + 20 · 10/40) / (10 + 20) = 500 ‰."""
    small = {f"M{n}": _matter("2025-01-10", late=True) for n in range(10)}
    large = {f"R{n}": _matter("2025-01-10") for n in range(30)}
    facts = _facts(list(small), "minors") + _facts(list(large), "report")
    found = _context(register_of(small | large, attributes=facts)).select(
        "category", "open_matters", "overdue_permille"
    )
    assert found.rows() == [("minors", 10, 500), ("report", 30, 0)]


def test_a_return_counts_from_ninety_days_before_on() -> None:
    """The 90 days that end with 30 June begin on 2 April."""
    for day, expected in (("2025-04-01", 0), ("2025-04-02", 1000), (END, 1000), ("2025-07-01", 0)):
        register = register_of({"A1": _matter("2025-01-10", back=day)})
        assert _context(register)["return_permille"].to_list() == [expected], day


def test_offices_and_months_have_rows_of_their_own() -> None:
    matters = {"A1": _matter("2025-01-10"), "B1": _matter("2025-05-10", late=True), "B2": _matter("2025-05-10")}
    register = register_of(matters, offices={"B1": "T02", "B2": "T02"})
    found = _context(register, "2025-05-31", "2025-04-30").select("office_id", "month_end", "open_matters")
    april, may = seen("2025-04-30"), seen("2025-05-31")
    assert found.rows() == [("T01", april, 1), ("T01", may, 1), ("T02", may, 2)]


def test_without_a_category_a_matter_counts_as_other() -> None:
    assert _context(register_of({"A1": _matter("2025-01-10")}))["category"].to_list() == ["other"]


def test_no_month_ends_no_rows() -> None:
    register = register_of({"A1": _matter("2025-01-10")})
    assert office_context(register, [], Task(), CohortSettings()).is_empty()
    assert _context(register, "2024-12-31").is_empty()


def test_what_became_known_later_changes_no_row() -> None:
    """Events, corrections and categories known after the month's end are not in its rows."""
    chance, histories, facts = many(11, 300)
    edge = "2025-07-01"
    changed = {
        number: [row | {"until": edge} if row["until"] is None and chance.random() < 0.3 else row for row in history]
        for number, history in histories.items()
    }
    changed = {number: [row for row in history if row["known"] < edge] for number, history in changed.items()}
    for history in changed.values():
        late = [one_event(chance, ["letter", "closed", "substantive_reply", "registered"]) for _ in range(2)]
        history += [row | {"known": max(row["known"], edge), "until": None} for row in late]
    later = [fact for number in histories for fact in facts_of(chance, number)]
    known = [fact for fact in facts if fact[3] < edge]
    known += [(number, name, value, max(day, edge)) for number, name, value, day in later]
    known += [(number, "category", "minors", edge) for number in list(histories)[::3]]
    one = _context(register_of(histories, attributes=facts))
    two = _context(register_of(changed, attributes=known))
    assert one.height > 5
    assert one.equals(two)


def test_a_category_is_the_one_known_at_the_months_end() -> None:
    facts: list[Fact] = [("A1", "category", "report", "2025-01-10"), ("A1", "category", "minors", "2025-06-10")]
    register = register_of({"A1": _matter("2025-01-10")}, attributes=facts)
    found = _context(register, "2025-05-31", "2025-06-30")
    assert found["category"].to_list() == ["report", "minors"]


def test_working_days_reach_the_overdue_share() -> None:
    """Received on 28 September before the long holiday: seven days are over on 5 October, working ones on the 14th."""
    register = register_of({"A1": [event("2025-09-28", "registered")]}, observed_until="2025-11-01")
    ends = [at("2025-10-10")]
    for working, expected in ((False, 1000), (True, 0)):
        found = office_context(register, ends, Task(), CohortSettings(), timing=Timing(working_days=working))
        assert found["overdue_permille"].to_list() == [expected]
