"""How entries stand to the lists before: new, stayed, worse, back."""

from data.store import screenings
from data.store.screenings import ListEntry
from serving.since_last import flagged_before, since
from tests.serving.conftest import CUTOFF, OFFICES, Desk

DAY = 86_400_000_000
TREE = {office: parent for office, _, parent, _ in OFFICES} | {"C2": "M1"}


def made(desk: Desk, scope: str, cutoff: int, *entries: tuple[str, str, str], later: int = 0) -> None:
    begun = screenings.begin_screening(
        desk.store,
        cutoff=cutoff,
        scope=scope,
        batch_id=1,
        model_version=None,
        settings={},
        now=cutoff + later,
        by="operator",
        demo=False,
    )
    rows = [
        ListEntry(office_id=office, matter_id=desk.matter(number), part="points", rank=rank, band=band)
        for rank, (office, number, band) in enumerate(entries, 1)
    ]
    screenings.write_entries(desk.store, begun.screening_id, rows)
    screenings.issue_draft(desk.store, begun.screening_id, list_hash="ab" * 32, summary={})


def test_counties_that_were_swept_apart_are_all_looked_back_on(desk: Desk) -> None:
    before, earlier = CUTOFF - 30 * DAY, CUTOFF - 60 * DAY
    made(desk, "C1", before, ("C1", "A-1", "larger"))
    made(desk, "C2", before, ("C2", "B-1", "major"))
    made(desk, "P1", earlier, ("C1", "A-2", "general"), ("C2", "B-2", "general"))
    found = flagged_before(desk.store, ["C1", "C2"], CUTOFF, TREE)
    assert found == [
        {desk.matter("A-1"): ("points", "larger"), desk.matter("B-1"): ("points", "major")},
        {desk.matter("A-2"): ("points", "general"), desk.matter("B-2"): ("points", "general")},
    ]
    assert flagged_before(desk.store, ["C2"], before, TREE) == [{desk.matter("B-2"): ("points", "general")}]


def test_of_two_lists_of_one_cutoff_the_last_made_counts(desk: Desk) -> None:
    before = CUTOFF - 30 * DAY
    made(desk, "C1", before, ("C1", "A-1", "larger"))
    made(desk, "P1", before, ("C1", "A-2", "general"), ("C2", "B-1", "major"), later=1)
    (found,) = flagged_before(desk.store, ["C1", "C2"], CUTOFF, TREE)
    assert found == {desk.matter("A-2"): ("points", "general"), desk.matter("B-1"): ("points", "major")}


def test_each_entry_is_told_apart() -> None:
    last = {"a": ("model", "larger"), "b": ("model", "larger"), "c": ("points", "general"), "e": ("must_act", "major")}
    older = {"d": ("model", "larger"), "a": ("model", "larger")}
    entries = [
        {"matter_id": "a", "part": "model", "band": "larger"},
        {"matter_id": "b", "part": "model", "band": "major"},
        {"matter_id": "c", "part": "must_act", "band": "general"},
        {"matter_id": "d", "part": "model", "band": "larger"},
        {"matter_id": "e", "part": "model", "band": "larger"},
        {"matter_id": "f", "part": "model", "band": "larger"},
        {"matter_id": "f", "part": "spot", "band": None},
    ]
    assert since(entries, [last, older]) == ["stayed", "worse", "worse", "back", "stayed", "new", None]


def test_without_a_list_before_nothing_is_new() -> None:
    assert since([{"matter_id": "a", "part": "model", "band": "larger"}], []) == [None]
