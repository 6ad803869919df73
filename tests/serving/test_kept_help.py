"""A screening keeps every matter it looked at, a later run who was helped, and training reads both."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.settings import ImpactSettings, LabelSettings, LearningSettings, Settings
from data.store import register, screenings
from data.store.engine import Store
from data.store.snapshots import read_snapshots
from data.task import Task
from features.catalog import CATALOG
from serving.kept_help import waiting_for_help
from serving.screening import Sweep, screen
from tests.histories import OFFICE, at, event, register_of, seen
from tests.measured import NO_CONTEXT
from tests.stored import batch_of
from training.dataset import make_dataset
from training.help_given import help_columns

SETTINGS = Settings(impact=ImpactSettings(assessment_id="PIA-1", approver="A"))
DAY = "2027-01-31"


def _bring(store: Store, helped_on: str | None, until: str) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        f"A-{number}": [event(day, "letter"), event(day, "registered")]
        for number, day in enumerate(["2026-12-01"] * 3 + ["2027-01-28"] * 3)  # the earlier are owed a reply: must-act
    }
    if helped_on is not None:
        rows["A-2"].append(event(helped_on, "aid_paid"))
    made = register_of(rows, observed_until=until)
    batch = batch_of(made)
    register.write_register(store, made, batch)


def _screen(store: Store, state: Path, day: str = DAY) -> Sweep:
    return screen(
        *(store, SETTINGS, state, b"k" * 32),
        cutoff=seen(day),
        scope=OFFICE,
        clock=lambda: at("2028-04-02"),
        by="job",
    )


def test_every_matter_of_a_screening_is_kept_with_whether_it_was_listed(sqlite_store: Store, tmp_path: Path) -> None:
    _bring(sqlite_store, "2027-02-10", "2027-02-20")
    found = _screen(sqlite_store, tmp_path)
    kept = read_snapshots(sqlite_store)
    among = {
        one.matter_id
        for one in screenings.read_entries(sqlite_store, found.screening.screening_id)
        if one.part in ("model", "points")
    }
    assert kept.height == found.summary["cohort"] == 6
    assert set(kept.filter("listed")["matter_id"]) == among != set()
    assert kept["helped_after"].null_count() == 6  # 30 days and the lag have not passed
    assert waiting_for_help(sqlite_store, SETTINGS.label, register.read_register(sqlite_store), cutoff=None).keep() == 0
    assert not _screen(sqlite_store, tmp_path).made
    assert read_snapshots(sqlite_store).equals(kept)


@pytest.mark.parametrize(("helped_on", "helped"), [("2027-02-10", 1), ("2027-03-15", 0), ("2027-01-20", 0), (None, 0)])
def test_the_next_run_keeps_who_was_helped_as_it_is_read_off_the_register(
    sqlite_store: Store, tmp_path: Path, helped_on: str | None, helped: int
) -> None:
    _bring(sqlite_store, helped_on, "2027-06-01")
    _screen(sqlite_store, tmp_path)
    kept = read_snapshots(sqlite_store).sort("matter_id")
    assert kept["helped_after"].sum() == helped
    whole = register.read_register(sqlite_store)
    derived = help_columns(whole, kept.select("matter_id", "cutoff"), Task(), LabelSettings()).sort("matter_id")
    assert kept["helped_after"].to_list() == derived["helped_after"].to_list()
    assert waiting_for_help(sqlite_store, SETTINGS.label, whole, cutoff=None).keep() == 0


def test_training_reads_what_was_kept_and_the_register_for_months_before(sqlite_store: Store, tmp_path: Path) -> None:
    _bring(sqlite_store, "2027-02-10", "2027-06-01")
    _screen(sqlite_store, tmp_path)
    whole = register.read_register(sqlite_store)
    kept = read_snapshots(sqlite_store)
    # As if the ledger had been changed since: what was kept counts, and what nothing was kept of is read off it.
    other = kept.with_columns(helped_after=~pl.col("helped_after"))
    settings = SETTINGS.model_copy(update={"learning": LearningSettings(min_link_checks=0.0)})
    made = make_dataset(
        *(whole, NO_CONTEXT, Task(), settings),
        feature_set=CATALOG,
        cutoffs=[seen("2026-12-31"), seen(DAY)],
        bench_only=False,
        kept=other,
    ).rows
    here = made.filter(cutoff=seen(DAY)).join(kept, on=["matter_id", "cutoff"], suffix="_kept")
    assert here.height == 6
    assert here["listed"].to_list() == here["listed_kept"].to_list()
    assert (here["helped_after"] != here["helped_after_kept"]).all()
    assert made.filter(cutoff=seen("2026-12-31"))["listed"].sum() == 0
    bare = make_dataset(
        *(whole, NO_CONTEXT, Task(), settings), feature_set=CATALOG, cutoffs=[seen(DAY)], bench_only=False
    ).rows
    assert (bare["listed"].sum(), bare["helped_after"].sum()) == (0, 1)
