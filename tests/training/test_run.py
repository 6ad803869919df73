"""A run from snapshots to a gated scorecard: deterministic, honest about signal, refused below the floors."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.errors import NotAllowed, TooLittleData
from data.settings import LearningSettings, Settings
from data.times import DAY_US
from training import dataset, final_fit, run, score
from training import scorecard as cards
from training.estimators import FULL, LOGISTIC, READABLE
from training.fit import matrix
from training.run import TrainingOutcome

SETTINGS = Settings(demo=True, learning=LearningSettings(bootstrap=200))


def test_every_candidate_and_baseline_stands_in_one_table(outcome: TrainingOutcome) -> None:
    codes = [result.scorer.code for result in outcome.test.results]
    assert codes == [READABLE, LOGISTIC, FULL, "B0", "B1", "B2", "B3", "B4", "B5", "B6"]
    lists = {code: int(above.sum()) for code, above in outcome.test.above.items()}
    assert len(set(lists.values())) == 1  # the same list length for all
    recall = outcome.test.result(READABLE).pooled["episode_recall"]
    assert recall.low is not None
    assert recall.value is not None
    assert recall.low < recall.value
    assert len(outcome.test.result("B1").folds) == SETTINGS.learning.folds


def test_g11_a_model_with_signal_passes_and_one_without_does_not(outcome: TrainingOutcome, make_invented: Any) -> None:
    assert outcome.gate.passed, outcome.gate.reasons
    assert set(outcome.gate.differences) == {"B1", "B6"}
    shuffled = run.train(make_invented(signal=0.0, seed=8), SETTINGS, seed=1, candidates=(READABLE,))
    assert not shuffled.gate.passed
    assert any("B6" in en for _, en in shuffled.gate.reasons)
    assert "not shown to be better" in shuffled.markdown("en")
    assert "未显示更好" in shuffled.markdown("zh")


def test_same_data_and_seed_give_the_same_bytes_in_any_order_of_rows(outcome: TrainingOutcome, invented: Any) -> None:
    split = outcome.final
    rows = invented.rows.sample(fraction=1, shuffle=True, seed=3)
    again, _ = final_fit.fit_scorecard(rows, invented, split, seed=1)
    assert cards.to_json(again) == cards.to_json(outcome.scorecard)
    assert dataset.data_fingerprint(rows, invented.feature_set) == outcome.facts.data


def test_no_fitting_window_reaches_the_calibration_block(outcome: TrainingOutcome, invented: Any) -> None:
    reach = invented.horizon_us + 14 * DAY_US
    assert outcome.final.fit[-1] + reach <= outcome.final.calibration[0]
    assert outcome.final.calibration[-1] + reach <= invented.observed_until


def test_bands_hold_their_share_of_the_last_validation_block(outcome: TrainingOutcome, invented: Any) -> None:
    block = invented.rows.filter(pl.col("cutoff").is_in(outcome.final.calibration))
    margins = score.score(outcome.scorecard, block, invented.feature_set)["margin_nano"]
    assert (margins >= outcome.scorecard.bands.major).mean() <= 0.012
    assert (margins >= outcome.scorecard.bands.larger).mean() <= 0.052


def test_scored_rows_sum_and_bands_follow_the_thresholds(outcome: TrainingOutcome, invented: Any) -> None:
    frame = invented.rows.head(500)
    card = outcome.scorecard
    found = score.score(card, frame, invented.feature_set)
    assert found.columns == ["matter_id", "cutoff", "margin_nano", "band", "per_hundred_low", "per_hundred_high"]
    parts = score.contribution_frame(card, frame, invented.feature_set)
    total = parts.select(pl.sum_horizontal(invented.feature_set.names) + card.intercept).to_series()
    assert (total == found["margin_nano"]).all()
    assert (found["per_hundred_low"] <= found["per_hundred_high"]).all()
    one = score.score(card, frame[7:8], invented.feature_set)
    assert one.rows() == found[7:8].rows()
    values = matrix(frame, invented.feature_set)
    for at, (row, added) in enumerate(zip(found.rows(named=True), parts.select(card.columns).rows(), strict=True)):
        alone = score.score_one(card, values[at], invented.feature_set)
        assert (alone.margin_nano, alone.band, alone.added) == (row["margin_nano"], row["band"], added)
        assert alone.per_hundred == (row["per_hundred_low"], row["per_hundred_high"])


def test_g8_contact_terms_alone_lift_nothing_above_the_lowest_band(outcome: TrainingOutcome, invented: Any) -> None:
    frame = invented.rows.filter(pl.col("cutoff").is_in(outcome.final.calibration))
    names = invented.feature_set.names
    card = outcome.scorecard
    quiet = frame.with_columns(
        days_idle=pl.lit(0.0), late_replies=pl.lit(0.0), explained=pl.lit(1.0), contacts_before=pl.lit(50.0)
    )
    low_line = replace(card, bands=cards.Bands(larger=0, major=1))
    x = matrix(quiet, invented.feature_set)
    margins = cards.margin(card, x)
    handling = margins - cards.contributions(card, x)[:, names.index("contacts_before")]
    assert (handling < margins).any()
    between = cards.Bands(larger=int(handling.max()) + 1, major=int(margins.max()))
    lifted = replace(card, bands=between)
    assert set(score.score(lifted, quiet, invented.feature_set)["band"]) == {"general"}
    assert set(score.score(low_line, frame, invented.feature_set)["band"]) <= {"general", "larger", "major"}


def test_another_feature_set_is_refused(outcome: TrainingOutcome, invented: Any) -> None:
    fewer = type(invented.feature_set)(features=invented.feature_set.features[:-1])
    with pytest.raises(NotAllowed) as caught:
        score.score(outcome.scorecard, invented.rows.head(3), fewer)
    assert caught.value.code == "feature_set_differs"


def test_g6_a_worse_history_never_lowers_the_margin(outcome: TrainingOutcome, invented: Any) -> None:
    frame = invented.rows.sample(800, seed=1)
    base = score.score(outcome.scorecard, frame, invented.feature_set)["margin_nano"].to_numpy()
    for name in ("days_idle", "late_replies", "contacts_before"):
        worse = frame.with_columns(pl.col(name) + 2)
        after = score.score(outcome.scorecard, worse, invented.feature_set)["margin_nano"].to_numpy()
        assert (after >= base).all()
    explained = frame.with_columns(explained=pl.lit(1.0))
    after = score.score(outcome.scorecard, explained, invented.feature_set)["margin_nano"].to_numpy()
    assert (after <= base).all()


def test_g10_too_few_positives_or_labels_are_refused_with_the_numbers(make_invented: Any) -> None:
    few = make_invented(matters=60, offices=2)
    with pytest.raises(TooLittleData) as caught:
        run.train(few, SETTINGS, seed=1)
    assert "50" in caught.value.text("zh")
    assert "raised again" in caught.value.text("en")
    assert caught.value.exit_code == 12
    plenty = make_invented()
    rows = plenty.rows
    plenty.rows = rows.with_columns(
        label=pl.when(pl.Series(np.random.default_rng(0).random(rows.height)) < 0.5).then("label")
    )
    with pytest.raises(TooLittleData) as caught:
        run.train(plenty, SETTINGS, seed=1)
    assert "60%" in caught.value.text("zh")


def test_g26_a_bench_only_label_is_evaluated_and_never_passes(make_invented: Any) -> None:
    bench = make_invented()
    bench.bench_only = True
    found = run.train(bench, SETTINGS, seed=1, candidates=(READABLE,))
    assert found.scorecard.bench_only
    assert not found.gate.passed
    assert "Bench only" in found.markdown("en")


def test_a_reference_task_tests_the_given_months_only(invented: Any) -> None:
    cutoffs = sorted(invented.rows.filter(pl.col("label").is_not_null())["cutoff"].unique())
    oracle = invented.rows.select("matter_id", "cutoff", hazard=pl.col("days_idle"))
    found = run.train(invented, SETTINGS, seed=1, first_test=cutoffs[-4], oracles=oracle, candidates=(READABLE,))
    assert len(found.test.folds) == 1
    assert list(found.test.folds[0].test) == cutoffs[-4:]
    assert found.test.result("hazard").scorer.kind == "oracle"
    assert not found.gate.passed  # one fold is too few


def test_mostly_assumed_times_need_acceptance(invented: Any, outcome: TrainingOutcome) -> None:
    from training.select import decide

    found = decide(outcome.test, SETTINGS.gate, assumed_share=0.51, bench_only=False)
    assert found.needs_acceptance
    assert found.passed


def test_the_gate_goes_by_its_settings(outcome: TrainingOutcome) -> None:
    from training.select import decide

    def of(model: str, **changes: Any) -> Any:
        gate = SETTINGS.gate.model_copy(update=changes)
        return decide(outcome.test, gate, assumed_share=0.4, bench_only=False, model=model)

    assert not of(READABLE).needs_acceptance
    assert of(READABLE, max_assumed_share=0.3).needs_acceptance
    # Of two baselines one is worse than the other in some fold.
    worse = min(("B1", "B6"), key=lambda code: min(of(code).worst_folds.values()))
    assert any("one fold is" in en for _, en in of(worse, worst_fold=0.0).reasons)
    assert not any("one fold is" in en for _, en in of(worse, worst_fold=1.0).reasons)


def test_g10_the_floors_are_settings() -> None:
    from training.floors import Support, check_support

    thin = Support(snapshots=100, labelled=55, positive_snapshots=90, positive_matters=45)
    check_support(thin, LearningSettings(min_positives=45, min_label_coverage=0.55))
    for less in (LearningSettings(min_positives=46, min_label_coverage=0.55), LearningSettings(min_positives=45)):
        with pytest.raises(TooLittleData):
            check_support(thin, less)


def test_g11_a_group_below_its_floor_blocks(outcome: TrainingOutcome) -> None:
    from training.select import decide

    gate = SETTINGS.gate.model_copy(update={"recall_floor": 1.0, "group_min_positives": 10})
    strict = decide(outcome.test, gate, assumed_share=0.0, bench_only=False)
    verdicts = {group.verdict for group in strict.groups}
    assert verdicts <= {"ok", "below", "small"}
    assert strict.passed == ("below" not in verdicts)
    assert all(
        group.verdict == "small" for group in outcome.gate.groups if group.episodes < SETTINGS.gate.group_min_positives
    )


def test_the_outcome_is_plain_json_and_the_card_says_what_stays_outside(outcome: TrainingOutcome) -> None:
    tree = outcome.as_dict()
    assert json.loads(json.dumps(tree, allow_nan=False)) == tree
    assert {"scorers", "differences", "gate", "support", "folds", "strata"} <= set(tree)
    for language, word in (("zh", "代码之外"), ("en", "What remains outside the code")):
        text = outcome.card(language)
        assert word in text
        assert cards.sha256(outcome.scorecard) in text
    assert "必办事项" in outcome.markdown("zh")
