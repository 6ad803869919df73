"""Who counts as a candidate, which episodes could have been caught, and what the list's line is."""

import numpy as np
import polars as pl

from data.settings import SweepSettings
from data.times import DAY_US
from training import metrics, panel

ZONE = "Asia/Shanghai"
FIRST = 1_704_038_400_000_000  # 2024-01-01 00:00 in Shanghai
SECOND = FIRST + 31 * DAY_US


def small() -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = pl.DataFrame(
        {
            "matter_id": ["a", "b", "c", "d", "a", "b"],
            "office_id": ["x"] * 6,
            "cutoff": [FIRST] * 4 + [SECOND] * 2,
            "label": pl.Series([1, 0, 1, None, 0, 0], dtype=pl.Int8),
            "must_act": [False, False, True, False, False, False],
            "unmet_duty": [True, False, True, True, True, False],
            "help_open": [False, False, False, False, False, True],
            "due_in_days": [3.0, None, -1.0, 9.0, 4.0, 1.0],
        }
    )
    episodes = pl.DataFrame(
        {
            "matter_id": ["a", "c", "z", "b", "a", "b"],
            "office_id": ["x"] * 6,
            "episode_start": [
                FIRST,  # at the cutoff itself: half-open, it counts
                FIRST + 5 * DAY_US,
                FIRST + 6 * DAY_US,  # never in a cohort
                SECOND + 89 * DAY_US,
                SECOND + 91 * DAY_US,  # too late for any cutoff
                FIRST - 1,  # before every cutoff
            ],
            "first": [True, True, True, False, False, True],
        }
    )
    return rows, episodes


def test_episodes_are_parted_into_candidates_must_acts_and_outside() -> None:
    rows, episodes = small()
    made = panel.make_panel(rows, episodes, {FIRST: 0, SECOND: 1}, SweepSettings(k=1), time_zone=ZONE)
    assert made.episode_matter.size == 2  # a at the first cutoff, b after the second
    assert made.episode_first.tolist() == [True, False]
    assert made.episodes_must_act == 1
    assert made.episodes_outside == 1
    assert made.k.tolist() == [1, 1]
    assert made.fold.tolist() == [0, 0, 0, 0, 1, 1]


def test_an_episode_is_caught_when_its_matter_stood_above_the_line_before_it() -> None:
    rows, episodes = small()
    made = panel.make_panel(rows, episodes, {FIRST: 0, SECOND: 1}, SweepSettings(k=1), time_zone=ZONE)
    weights = metrics.matter_weights(made.matters, 10, 0)
    by_matter = {name: np.array(made.rows["matter_id"] == name) for name in "abcd"}
    assert panel.episode_recall(made, by_matter["a"], weights).value == 0.5
    assert panel.episode_recall(made, by_matter["a"] | by_matter["b"], weights).value == 1.0
    assert panel.episode_recall(made, by_matter["c"] | by_matter["d"], weights).value == 0.0
    only_first = made.fold == 0
    assert panel.episode_recall(made, by_matter["a"], weights, rows=only_first).value == 1.0


def test_g8_the_signed_rule_passes_over_quiet_rows_and_refills() -> None:
    rows, episodes = small()
    made = panel.make_panel(rows, episodes, {FIRST: 0, SECOND: 1}, SweepSettings(k=2), time_zone=ZONE)
    score = np.array([{"a": 1.0, "b": 9.0, "c": 99.0, "d": 0.5}[name] for name in made.rows["matter_id"]])
    above = panel.above_line(made, score)
    listed = made.rows.filter(pl.Series(above)).select("cutoff", "matter_id").rows()
    assert sorted(listed) == [(FIRST, "a"), (FIRST, "d"), (SECOND, "a"), (SECOND, "b")]
    free = panel.above_line(made, score, signed_rule=False)
    assert sorted(made.rows.filter(pl.Series(free)).select("cutoff", "matter_id").rows()) == [
        (FIRST, "a"),
        (FIRST, "b"),
        (SECOND, "a"),
        (SECOND, "b"),
    ]


def test_precision_counts_known_labels_only_and_ties_go_to_the_nearest_due() -> None:
    rows, episodes = small()
    made = panel.make_panel(rows, episodes, {FIRST: 0, SECOND: 1}, SweepSettings(k=1), time_zone=ZONE)
    weights = metrics.matter_weights(made.matters, 10, 0)
    above = panel.above_line(made, np.zeros(6))
    assert made.rows.filter(pl.Series(above))["matter_id"].to_list() == ["a", "b"]
    assert panel.precision(made, above, weights).value == 0.5
    unknown = np.array(made.rows["matter_id"] == "d")
    assert metrics.figure(panel.precision(made, unknown, weights)).value is None


def test_the_order_of_rows_changes_nothing(invented) -> None:
    cutoffs = sorted(invented.rows["cutoff"].unique())[12:15]
    folds = dict.fromkeys(cutoffs, 0)
    sweep = SweepSettings()
    one = panel.make_panel(invented.rows, invented.episodes, folds, sweep, time_zone=ZONE)
    shuffled = invented.rows.sample(fraction=1, shuffle=True, seed=4)
    two = panel.make_panel(shuffled, invented.episodes.reverse(), folds, sweep, time_zone=ZONE)
    weights = metrics.matter_weights(one.matters, 20, 0)
    score = one.rows["days_idle"].to_numpy()
    assert one.rows.equals(two.rows)
    for made in (one, two):
        assert panel.above_line(made, score).sum() == panel.above_line(one, score).sum()
    first, second = (panel.episode_recall(made, panel.above_line(made, score), weights) for made in (one, two))
    assert first.value == second.value
    assert (first.draws == second.draws).all()
