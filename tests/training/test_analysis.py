"""The further parts, each against what was built in: help without effect, offices that differ, what lists miss."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.settings import LabelSettings, SweepSettings
from data.task import Task
from tests.histories import event, register_of, seen, snapshots
from training import contrasts, metrics, panel
from training.estimators import READABLE
from training.help_given import help_columns, help_given
from training.offices import office_level, office_support
from training.run import TrainingOutcome

BEGUN = (event("2025-01-10", "letter"), event("2025-01-10", "registered"))


def _help(*history: dict[str, Any], last_day: str = "2025-02-28", until: str = "2030-01-01") -> dict[str, Any]:
    register = register_of({"A1": [*BEGUN, *history]}, observed_until=until)
    return help_columns(register, snapshots(register, seen(last_day)), Task(), LabelSettings()).row(0, named=True)


@pytest.mark.parametrize(("day", "helped"), [("2025-02-28", False), ("2025-03-01", True), ("2025-03-30", True)])
def test_help_counts_in_the_thirty_days_from_the_cutoff(day: str, helped: bool) -> None:
    found = _help(event(day, "aid_paid"))
    assert found["helped_aid"] is helped
    assert found["helped_after"] is helped
    assert found["helped_hearing"] is False
    assert _help(event("2025-03-31", "aid_paid"))["helped_after"] is False
    assert _help(event(day, "aid_screened"))["helped_after"] is False


@pytest.mark.parametrize(("day", "later"), [("2025-03-30", 0), ("2025-03-31", 1), ("2025-06-28", 1), ("2025-06-29", 0)])
def test_the_outcome_is_looked_at_after_the_help(day: str, later: int) -> None:
    assert _help(event(day, "letter"))["returned_later"] == later
    assert _help(event(day, "letter"), until="2025-07-01")["returned_later"] is None


def test_help_that_went_to_the_frailest_shows_no_effect_once_made_alike(make_invented: Any) -> None:
    data = make_invented(matters=1500, seed=5)
    rng = np.random.default_rng(2)
    n = data.rows.height
    late = data.rows["late_replies"].to_numpy()
    helped = rng.random(n) < np.clip(0.02 + 0.15 * late, 0, 0.6)
    rows = data.rows.with_columns(
        helped_after=pl.Series(helped),
        helped_aid=pl.Series(helped),
        returned_later=pl.Series((rng.random(n) < np.clip(0.05 + 0.12 * late, 0, 0.9)).astype(np.int8)),
    )
    found = help_given(rows, data.feature_set, seed=1)
    assert found is not None
    aid = next(row for row in found.rows if row.code == "aid")
    assert aid.with_help.low is not None
    assert aid.without.high is not None
    assert aid.with_help.low > aid.without.high  # looks harmful
    assert found.adjusted is not None
    assert not found.adjusted.difference.shown  # and is not
    assert found.adjusted.worst_after < found.adjusted.worst_before


def test_no_help_no_part(invented: Any) -> None:
    rows = invented.rows.with_columns(helped_after=pl.lit(value=False))
    assert help_given(rows, invented.feature_set, seed=1) is None
    assert help_given(invented.rows.drop("returned_later"), invented.feature_set, seed=1) is None


def test_offices_that_differ_show_it_and_change_no_list(outcome: TrainingOutcome, invented: Any) -> None:
    alike = office_level(invented.rows, outcome.test, invented.feature_set)
    assert alike is not None
    assert not alike.helps
    rng = np.random.default_rng(4)
    busy = pl.col("office_id").is_in(["office-0", "office-1"])
    flipped = (
        pl.when(busy & pl.Series(rng.random(invented.rows.height) < 0.4))
        .then(pl.lit(1, pl.Int8))
        .otherwise(pl.col("label"))
    )
    rows = invented.rows.with_columns(label=pl.when(pl.col("label").is_not_null()).then(flipped))
    made = outcome.test.panel
    changed = made.rows.select("matter_id", "cutoff").join(
        rows.select("matter_id", "cutoff", "label"), on=["matter_id", "cutoff"], how="left", maintain_order="left"
    )["label"]
    test = replace(outcome.test, panel=replace(made, label=changed.cast(pl.Float64).fill_null(np.nan).to_numpy()))
    apart = office_level(rows, test, invented.feature_set)
    assert apart is not None
    assert apart.helps
    assert apart.spread > 0.3


def test_one_office_has_no_level_of_its_own(outcome: TrainingOutcome, invented: Any) -> None:
    rows = outcome.test.panel.rows.with_columns(office_id=pl.lit("x"))
    alone = replace(outcome.test, panel=replace(outcome.test.panel, rows=rows))
    assert office_level(invented.rows, alone, invented.feature_set) is None


def test_a_small_office_can_tell_little(outcome: TrainingOutcome) -> None:
    found = office_support(outcome.test, SweepSettings())
    assert [one.matters for one in found[:4]] == [85, 150, 210, 1000]
    assert {one.office for one in found[4:]} == {f"office-{number}" for number in range(5)}
    widths = [one.high - one.low for one in found[:4]]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0.15
    years = [one.years for one in found[:4]]
    assert all(one is not None for one in years)
    assert years == sorted(years, reverse=True)  # pyright: ignore[reportArgumentType]


def test_the_top_of_the_list_is_contrasted_with_the_rest(outcome: TrainingOutcome, invented: Any) -> None:
    found = contrasts.top_and_rest(outcome.test, invented.feature_set)
    above = outcome.test.above[READABLE]
    assert found.one == int(above.sum())
    assert found.one + found.other == int(outcome.test.panel.candidate.sum())
    leading = found.features[0]
    rows = outcome.test.panel.rows
    assert leading.one == pytest.approx(rows.filter(pl.Series(above))[leading.name].mean())
    strata = [share for share in found.shares if share.column == "stratum"]
    told = [share.one for share in strata if share.one is not None]
    assert sum(told) == found.one if len(told) == len(strata) else sum(told) <= found.one - 10


def test_what_is_missed_adds_up(outcome: TrainingOutcome, invented: Any) -> None:
    found = contrasts.missed(outcome.test, invented.feature_set)
    recall = outcome.test.result(READABLE).pooled["episode_recall"].value
    assert found.caught / found.episodes == pytest.approx(recall)
    assert found.contrast.one == found.episodes - found.caught
    assert found.median_place is not None
    assert 0 < found.median_place < 1


def test_the_rule_costs_what_recall_without_it_gains(outcome: TrainingOutcome) -> None:
    found = contrasts.price_of_rule(outcome.test)
    pooled = outcome.test.result(READABLE).pooled
    free, ruled = pooled["recall_without_signed_rule"].value, pooled["episode_recall"].value
    assert free is not None
    assert ruled is not None
    assert found.difference.value == pytest.approx(free - ruled)
    assert found.kept_off > 0


def test_a_group_of_noise_adds_nothing(outcome: TrainingOutcome, invented: Any) -> None:
    groups = outcome.analysis.groups
    assert groups is not None
    assert sum(group.features for group in groups) == len(invented.feature_set)
    noise = next(group for group in groups if group.group == "attributes")
    assert not noise.lost["average_precision"].shown
    assert groups[0].lost["average_precision"].shown


def test_lead_time_stability_and_ties_by_hand() -> None:
    day = 86_400_000_000
    cutoffs = [seen("2025-01-31"), seen("2025-02-28")]
    rows = pl.DataFrame(
        {
            "matter_id": ["a", "b", "c", "a", "b", "c"],
            "office_id": ["x"] * 6,
            "cutoff": [cutoffs[0]] * 3 + [cutoffs[1]] * 3,
            "label": pl.Series([1, 0, 0, 1, 0, 0], dtype=pl.Int8),
            "must_act": [False] * 5 + [True],
            "unmet_duty": [True] * 6,
            "help_open": [False] * 6,
            "due_in_days": [1.0, 2.0, 3.0, 1.0, 2.0, 3.0],
        }
    )
    episodes = pl.DataFrame(
        {"matter_id": ["a"], "office_id": ["x"], "episode_start": [cutoffs[1] + 10 * day], "first": [True]}
    )
    made = panel.make_panel(
        rows, episodes, {cutoffs[0]: 0, cutoffs[1]: 1}, SweepSettings(k=2), time_zone="Asia/Shanghai"
    )
    weights = metrics.matter_weights(made.matters, 20, 1)
    score = np.array([3.0, 1.0, 1.0, 3.0, 1.0, 1.0])
    above = panel.above_line(made, score)
    assert above.tolist() == [True, True, False, True, True, False]
    assert panel.lead_days(made, above, weights).value == 38.0  # flagged on 1 February, back on 11 March
    assert panel.lead_days(made, above, weights, made.fold == 1).value == 10.0
    assert made.next_row.tolist() == [3, 4, -1, -1, -1, -1]
    assert panel.stability(made, above, weights).value == 1.0
    assert panel.stability(made, np.array([True, True, False, False, True, False]), weights).value == 0.5
    # In January b and c are level and c is left out: one of four places is the tie rule's.
    assert panel.tied_share(made, score, above, weights).value == 0.25
    assert panel.snapshot_recall(made, above, weights).value == 1.0


def test_g13_no_small_cell_of_a_crosstab_follows_from_its_totals() -> None:
    rng = np.random.default_rng(3)
    for _ in range(2000):
        rows = int(rng.integers(1, 9))
        counts = [(int(a), int(b)) for a, b in rng.choice([0, 0, 1, 4, 9, 10, 11, 40, 300], size=(rows, 2))]
        hidden = contrasts.hidden_rows(counts)
        left = [pair for pair, own in zip(counts, hidden, strict=True) if own]
        shown = [pair for pair, own in zip(counts, hidden, strict=True) if not own]
        assert not any(0 < count < 10 for pair in shown for count in pair)
        assert all(hidden) or not left or len(left) > 1
        for side in (0, 1):  # what a reader gets by taking the told values from the total
            rest = sum(pair[side] for pair in left)
            assert all(hidden) or not 0 < rest < 10
        if not any(0 < count < 10 for pair in counts for count in pair):
            assert not any(hidden)
