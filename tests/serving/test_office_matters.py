"""The matters of an office are found, and kept from people, by the same rules as one matter is."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from data.contract import Matters
from data.store import register
from serving.card import place_of
from serving.erasing import erase
from serving.journal import audit_key
from serving.office_matters import office_matters, seen_by, sought_by
from serving.permissions import Scope
from serving.seek import sought
from tests.serving.conftest import Desk

COLUMNS = ("matter_no", "office_id", "department", "handler", "respondent_post", "category", "cause")
MAYBE = st.sampled_from([None, "handler", "leader"])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A-1", "检〔2026〕12号", "b-2"]),
        st.sampled_from(["C1", "C2", "M1"]),
        st.sampled_from([None, "刑事检察部", "民事检察部"]),
        st.sampled_from([None, "S1", "S2"]),
        MAYBE,
        st.sampled_from([None, "criminal_appeal", "own-Category"]),
        st.sampled_from([None, "injury", "other_than_known"]),
    ),
    min_size=1,
    max_size=12,
)
SCOPES = st.builds(
    Scope,
    offices=st.sampled_from([("C1",), ("M1", "C1", "C2")]),
    department=st.sampled_from([None, "刑事检察部"]),
    handler=st.sampled_from([None, "S1"]),
    not_post=MAYBE,
)
TYPED = st.sampled_from(["", " ", "a-", "12", "B-2", "刑事", "INJURY", "申诉", "own-c", "known", "号"])


@given(rows=ROWS, scope=SCOPES, typed=TYPED)
def test_g16_a_frame_is_narrowed_as_each_row_is(rows: list[tuple[str | None, ...]], scope: Scope, typed: str) -> None:
    types = Matters.create_empty().schema
    frame = pl.DataFrame(rows, schema={name: types[name] for name in COLUMNS}, orient="row").with_row_index()
    found = frame.filter(seen_by(scope), sought_by(typed))["index"].to_list()
    one_by_one = [row for row in frame.to_dicts() if scope.holds(place_of(row)) and sought(row, typed)]
    assert found == [row["index"] for row in one_by_one]


def test_what_is_kept_is_what_the_register_says_after_it_changed(desk: Desk) -> None:
    first = office_matters(desk.store, "C1")
    assert office_matters(desk.store, "C1") is first
    assert first.equals(register.matters_of_office(desk.store, "C1").sort("matter_no", "matter_id"))
    key = audit_key(desk.state_dir)
    erase(
        desk.store,
        desk.state_dir,
        key,
        desk.settings,
        matter_no="A-3",
        office_id="C1",
        by="petition_head",
        reason="到期",
        now=desk.clock(),
    )
    assert "A-3" not in office_matters(desk.store, "C1")["matter_no"].to_list()
    with desk.store.write():
        assert office_matters(desk.store, "C1") is not office_matters(desk.store, "C1")
