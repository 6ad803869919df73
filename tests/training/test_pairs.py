"""Tables of two features are taken where they earn it before any test month, and not where chance alone speaks."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from training import pairs, splits

REACH = 104 * 86_400_000_000


def with_labels(invented: Any, logit: Any, seed: int) -> pl.DataFrame:
    rows = invented.rows
    p = 1 / (1 + np.exp(-logit(rows)))
    drawn = np.random.default_rng(seed).random(rows.height) < p
    return rows.with_columns(label=pl.Series(drawn).cast(pl.Int8))


def together(rows: pl.DataFrame) -> np.ndarray:
    """Late replies matter only where our office stood idle long: what no sum of two steps can say."""
    idle, late = rows["days_idle"].to_numpy() > 25, rows["late_replies"].to_numpy() > 0
    return -2.6 + 2.2 * (idle & late) + 0.8 * (rows["contacts_before"].to_numpy() > 1) * (rows["noise"].to_numpy() > 0)


def apart(rows: pl.DataFrame) -> np.ndarray:
    return -2.2 + 0.02 * rows["days_idle"].to_numpy() + 0.5 * rows["late_replies"].to_numpy()


def choose(invented: Any, rows: pl.DataFrame, cutoffs: list[int], seed: int = 1) -> pairs.Chosen:
    return pairs.choose_pairs(
        rows, invented.feature_set, cutoffs, reach_us=REACH, time_zone=invented.time_zone, seed=seed
    )


@pytest.fixture(scope="module")
def larger(make_invented: Any) -> Any:
    return make_invented(seed=5, matters=2500)


def test_a_pair_that_belongs_together_is_found_and_a_contact_term_is_in_none(larger: Any) -> None:
    cutoffs = sorted(larger.rows["cutoff"].unique())
    found = choose(larger, with_labels(larger, together, 1), cutoffs)
    names = [{larger.feature_set.names[first], larger.feature_set.names[second]} for first, second in found.pairs]
    assert {"days_idle", "late_replies"} in names
    assert found.gain > 0
    assert all(first < second for first, second in found.pairs)
    assert not any("contacts_before" in pair or "kind_of_case" in pair for pair in names)


def test_where_effects_only_add_up_there_is_no_pair(larger: Any) -> None:
    cutoffs = sorted(larger.rows["cutoff"].unique())
    taken = [bool(choose(larger, with_labels(larger, apart, seed), cutoffs).pairs) for seed in range(4)]
    assert sum(taken) <= 1


def test_what_comes_later_chooses_nothing(larger: Any) -> None:
    """The choice reads its own months alone: other labels after them change nothing."""
    rows = with_labels(larger, together, 1)
    cutoffs = sorted(rows["cutoff"].unique())
    early = cutoffs[:20]
    spoilt = rows.with_columns(label=pl.when(pl.col("cutoff") > early[-1]).then(1 - pl.col("label")).otherwise("label"))
    assert choose(larger, rows, early) == choose(larger, spoilt, early)
    held = early[15:]
    assert max(splits.embargoed(early, held[0], reach_us=REACH, time_zone=larger.time_zone)) + REACH <= held[0]


def test_too_few_months_or_positives_choose_nothing(invented: Any) -> None:
    cutoffs = sorted(invented.rows["cutoff"].unique())
    assert choose(invented, invented.rows, cutoffs[:2]) == pairs.NONE
    assert choose(invented, invented.rows.head(300), cutoffs) == pairs.NONE


def test_the_order_of_rows_changes_no_choice(larger: Any) -> None:
    rows = with_labels(larger, together, 1)
    cutoffs = sorted(rows["cutoff"].unique())
    assert choose(larger, rows, cutoffs) == choose(larger, rows.sample(fraction=1, shuffle=True, seed=2), cutoffs)
