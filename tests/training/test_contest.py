"""Challenger and champion are held to the same months, with and without what was listed; counted again in loops."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.errors import NotAllowed
from data.settings import LearningSettings, Settings
from features.feature import FeatureSet
from tests.training.conftest import declare, make_dataset
from training import contest, run
from training.contest import ALL, CHALLENGER, CHAMPION, UNLISTED, UNSEEN, WITHOUT_LISTED, Contest
from training.estimators import READABLE
from training.panel import above_line
from training.run import TrainingOutcome
from training.score import score

SETTINGS = Settings(learning=LearningSettings(bootstrap=50))


@pytest.fixture(scope="module")
def once_listed() -> Any:
    """The invented months, a tenth of whose snapshots had stood on a list; those were helped and did not come back."""
    invented = make_dataset(matters=350)
    listed = np.random.default_rng(4).random(invented.rows.height) < 0.1
    rows = invented.rows.with_columns(
        listed=pl.Series(listed), label=pl.when(pl.Series(listed)).then(0).otherwise(pl.col("label")).cast(pl.Int8)
    )
    return SimpleNamespace(**{**vars(invented), "rows": rows})


@pytest.fixture(scope="module")
def outcome(once_listed: Any) -> TrainingOutcome:
    return run.train(once_listed, SETTINGS, seed=1, candidates=(READABLE,))


def _compare(dataset: Any, outcome: TrainingOutcome, *, seen_until: int) -> Contest:
    return contest.compare(
        dataset,
        outcome.test,
        champion=outcome.scorecard,
        features=outcome.feature_set,
        version=7,
        seen_until=seen_until,
        seed=1,
    )


@pytest.fixture(scope="module")
def compared(once_listed: Any, outcome: TrainingOutcome) -> Contest:
    return _compare(once_listed, outcome, seen_until=outcome.test.folds[0].test[0])


def _precision(outcome: TrainingOutcome, given: Any, *, unlisted: bool) -> float:
    made = outcome.test.panel
    above, listed = above_line(made, given), made.rows["listed"].to_list()
    hits = of = 0
    for at in range(made.label.size):
        if above[at] and made.candidate[at] and made.label[at] == made.label[at] and not (unlisted and listed[at]):
            of, hits = of + 1, hits + int(made.label[at])
    return hits / of


def test_figures_are_those_of_counting_one_by_one(outcome: TrainingOutcome, compared: Contest) -> None:
    made = outcome.test.panel
    margins = score(outcome.scorecard, made.rows, outcome.feature_set)["margin_nano"].to_numpy() / 1e9
    for who, given in ((CHALLENGER, outcome.test.scores[READABLE]), (CHAMPION, margins)):
        for over in (ALL, UNLISTED):
            (found,) = [one for one in compared.standings if (one.who, one.over) == (who, over)]
            expected = _precision(outcome, given, unlisted=over == UNLISTED)
            assert found.figures["precision_at_k"].value == pytest.approx(expected, abs=1e-12)
    assert compared.listed == int((made.rows["listed"].to_numpy() & made.candidate).sum())
    champion = {one.over: one for one in compared.standings if one.who == CHAMPION}
    for one in compared.standings:
        for name, lead in one.lead.items():
            value, other = one.figures[name].value, champion[one.over].figures[name].value
            assert value is not None
            assert other is not None
            assert lead.value == pytest.approx(value - other, abs=1e-12)


def test_months_the_champion_may_have_learnt_from_are_counted_and_judged_apart(
    once_listed: Any, outcome: TrainingOutcome, compared: Contest
) -> None:
    months = sorted({cutoff for fold in outcome.test.folds for cutoff in fold.test})
    assert compared.months == len(months)
    assert 0 < compared.seen < compared.months
    assert compared.decisive.over == UNSEEN
    whole = _compare(once_listed, outcome, seen_until=months[-1])
    assert (whole.seen, whole.decisive.over, whole.behind) == (whole.months, ALL, False)
    none = _compare(once_listed, outcome, seen_until=0)
    assert (none.seen, none.decisive.over) == (0, ALL)


def test_a_challenger_learnt_without_what_was_listed_stands_beside(
    compared: Contest, once_listed: Any, outcome: TrainingOutcome
) -> None:
    found = {one.over: one for one in compared.standings if one.who == WITHOUT_LISTED}
    assert set(found) == {ALL, UNLISTED, UNSEEN}
    learnt = {one.over: one for one in compared.standings if one.who == CHALLENGER}
    assert found[ALL].figures != learnt[ALL].figures
    assert compared.listed_learnt > 100
    # A register of which no list was ever issued.
    rows = once_listed.rows.with_columns(listed=pl.lit(value=False))
    made = outcome.test.panel
    test = replace(outcome.test, panel=replace(made, rows=made.rows.with_columns(listed=pl.lit(value=False))))
    plain = SimpleNamespace(**{**vars(once_listed), "rows": rows})
    bare = _compare(plain, replace(outcome, test=test), seen_until=0)
    assert (bare.listed, bare.listed_learnt) == (0, 0)
    assert {one.who for one in bare.standings} == {CHALLENGER, CHAMPION}
    assert {one.over for one in bare.standings} == {ALL}


def test_it_is_told_in_both_languages_and_as_plain_json(compared: Contest) -> None:
    import json

    told = json.loads(json.dumps(compared.as_dict()))
    for language, words in (("zh", "第 7 版"), ("en", "v7")):
        text = contest.markdown(told, language)
        assert words in text
        table = [line for line in text.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in table}) == 1
        assert len(table) == 2 + 3 * len(compared.standings)


def test_a_register_without_what_the_champion_reads_is_refused(once_listed: Any, outcome: TrainingOutcome) -> None:
    wider = FeatureSet(features=(*outcome.feature_set, declare("gone_from_the_ledger")))
    with pytest.raises(NotAllowed) as caught:
        contest.compare(
            once_listed, outcome.test, champion=outcome.scorecard, features=wider, version=7, seen_until=0, seed=1
        )
    assert caught.value.code == "champion_not_comparable"
