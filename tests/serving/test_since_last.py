"""How entries stand to the lists before: new, stayed, worse, back."""

from serving.since_last import since


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
