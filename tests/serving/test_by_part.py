"""However a register is cut, a sweep of it gives the same list, entries and feature log, and so does a model."""

import io
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.contract import Register
from data.mapping import Task
from data.settings import ImpactSettings, Settings
from data.store import arrow, register, screenings, snapshots
from data.store.engine import Store, open_store
from features.catalog import CATALOG
from features.context import context_counts, context_rows, office_context
from serving.champion import Champion
from serving.ranking import Asked, look_at, ranked
from serving.screening import Sweep, screen
from serving.stages import Reached
from tests.drawn import many
from tests.histories import at, register_of, seen
from tests.serving.conftest import make_scorecard
from tests.stored import batch_of
from training.sweep_list import list_hash

SETTINGS = Settings(impact=ImpactSettings(assessment_id="PIA-1", approver="A"))
OFFICES = ("T01", "T02")
CUTOFF = seen("2025-11-30")
NUMBERS = 60


def drawn(seed: int = 7, count: int = NUMBERS) -> Register:
    _, histories, facts = many(seed, count)
    offices = {number: OFFICES[place % 2] for place, number in enumerate(histories)}
    return register_of(histories, attributes=facts, observed_until="2026-04-01", offices=offices)


WHOLE = drawn()


def cut(whole: Register, keys: list[int]) -> list[Register]:
    """The register cut into parts: matter `n` goes to part `keys[n]`; some may be empty."""
    part_of = dict(zip(whole.matters["matter_id"], keys, strict=True))

    def of(frame: pl.DataFrame, part: int) -> pl.DataFrame:
        return frame.filter(pl.Series([part_of[one] == part for one in frame["matter_id"]], dtype=pl.Boolean))

    return [
        replace(whole, matters=of(whole.matters, at), events=of(whole.events, at), attributes=of(whole.attributes, at))
        for at in range(5)
    ]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=NUMBERS, max_size=NUMBERS), st.booleans())
def test_the_list_and_the_offices_context_do_not_depend_on_the_parts(keys: list[int], by_model: bool) -> None:
    ends = [seen("2025-08-31"), seen("2025-10-31")]
    context = office_context(WHOLE, ends, Task(), SETTINGS.cohort)
    parts = cut(WHOLE, keys)
    counts = [context_counts(part, ends, Task(), SETTINGS.cohort) for part in parts]
    assert context_rows(counts).equals(context)
    champion = Champion(version=1, scorecard=make_scorecard(), feature_set=CATALOG) if by_model else None
    desk = {WHOLE.matters["matter_id"][3]: {"handler_changes": 2}}
    asked = Asked(cutoff=CUTOFF, offices=OFFICES, champion=champion, settings=SETTINGS, desk=desk)
    one = look_at(WHOLE, context, asked)
    several = [look_at(part, context, asked) for part in parts]
    expected = ranked(WHOLE, [one.candidates], asked)
    found = ranked(WHOLE, [looked.candidates for looked in several], asked)
    assert list_hash(found.entries) == list_hash(expected.entries)
    assert found.entries.equals(expected.entries)
    assert found.cohort_sizes == expected.cohort_sizes
    assert pl.concat([looked.log for looked in several]).sort("matter_id").equals(one.log.sort("matter_id"))


def swept(store: Store, state: Path, at_once: int, reached: list[Reached]) -> Sweep:
    return screen(
        store,
        SETTINGS,
        state,
        b"k" * 32,
        cutoff=CUTOFF,
        scope="T01",
        clock=lambda: at("2026-04-02"),
        by="job",
        at_once=at_once,
        progress=reached.append,
    )


def told(store: Store, state: Path, found: Sweep) -> dict[str, Any]:
    """Everything a run left, without its id and its seconds."""
    screening_id = found.screening.screening_id
    [log] = screenings.feature_logs(store, screening_id)
    rows = pl.read_parquet(io.BytesIO((state / log.path).read_bytes()))
    assert log.rows == rows.height
    return {
        "hash": found.screening.list_hash,
        "summary": {name: value for name, value in found.summary.items() if name != "seconds"},
        "entries": [asdict(entry) for entry in screenings.read_entries(store, screening_id)],
        "log": rows.sort("matter_id").to_dicts(),
        "seen": sorted(snapshots.read_snapshots(store).select("matter_id", "listed").iter_rows()),
        "context": register.read_context(store).to_dicts(),
    }


@pytest.mark.parametrize("in_bulk", [False, True])
def test_a_sweep_by_parts_leaves_what_a_sweep_of_the_whole_leaves(
    sqlite_store: Store, migrated_file: Path, tmp_path: Path, in_bulk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = drawn(count=30)
    register.write_register(sqlite_store, made, batch_of(made))
    sqlite_store.close()
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "register.db").write_bytes((tmp_path / "register.db").read_bytes())
    whole, apart = list[Reached](), list[Reached]()
    expected = told(sqlite_store, tmp_path, swept(sqlite_store, tmp_path, 10_000, whole))
    if in_bulk:
        monkeypatch.setattr(arrow, "BULK_ROWS", 1)
    other = open_store(f"sqlite:///{copy}/register.db")
    found = swept(other, copy, 100, apart)
    assert told(other, copy, found) == expected
    other.close()
    assert all(one.part is None for one in whole)
    parts = [one.part for one in apart if one.stage.code == "features"]
    assert len(parts) > 1
    assert parts == [(number, len(parts)) for number in range(1, len(parts) + 1)]
    assert f"第1/{len(parts)}部分" in next(one.zh for one in apart if one.part == (1, len(parts)))
