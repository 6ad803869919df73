"""Training again is proposed where inputs moved, the order fell and enough came since; never on one of them alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from data.settings import Settings
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.figures import pooled_order, ranking_power
from monitoring.performance import check_past_lists
from monitoring.retraining import propose_retraining
from monitoring.tables import audit_tables
from tests.monitoring.test_harm import CUTOFF, flagged_watch

UNTIL = 1_000
REFERENCE = {"columns": {}, "version": 3, "fit_until": UNTIL, "order": {"area": 0.80, "error": 0.01, "lists": 12}}


def sample(seed: int, *, lists: int = 6, matters: int = 300) -> tuple[Any, ...]:
    """Scores, hits, lists and matters; half of a matter's score and of its fate stay with it from list to list."""
    draw = np.random.default_rng(seed)
    matter = np.tile(np.arange(matters), lists)
    own = draw.normal(size=matters)[matter]
    scores = np.round(own + draw.normal(size=matter.size), 1)
    hits = draw.random(matter.size) < 1 / (1 + np.exp(2.0 - 0.5 * scores - own))
    return scores, hits, np.repeat(np.arange(lists), matters), matter


def _by_ranks(scores: Any, hits: Any) -> float:
    """The area by the sum of ranks, as the textbook has it."""
    high = int(hits.sum())
    ranks = rankdata(scores)[hits].sum()
    return float((ranks - high * (high + 1) / 2) / (high * (len(hits) - high)))


def test_the_order_of_one_list_is_the_area_under_the_curve_with_its_ties() -> None:
    scores, hits, lists, matters = sample(1, lists=1)
    found = pooled_order(scores, hits, lists, matters)
    power = ranking_power(scores, hits)
    assert found is not None
    assert power is not None
    assert found[0] == pytest.approx(roc_auc_score(hits, scores), abs=1e-12)
    assert found[0] == pytest.approx(power[0], abs=1e-12)
    assert found[1] == pytest.approx((power[2] - power[0]) / 1.959964, rel=0.02)


def test_lists_are_pooled_by_their_pairs_and_the_error_is_that_of_a_bootstrap_over_matters() -> None:
    scores, hits, lists, matters = sample(2)

    def plain(scores: Any, hits: Any, lists: Any) -> float:
        areas = [_by_ranks(scores[lists == one], hits[lists == one]) for one in range(6)]
        pairs = [hits[lists == one].sum() * (~hits[lists == one]).sum() for one in range(6)]
        return float(np.average(areas, weights=pairs))

    found = pooled_order(scores, hits, lists, matters)
    assert found is not None
    assert found[0] == pytest.approx(plain(scores, hits, lists), abs=1e-12)
    draw = np.random.default_rng(5)
    drawn: list[float] = []
    for _ in range(300):
        chosen = draw.integers(0, 300, 300)
        rows = (np.arange(6)[:, None] * 300 + chosen).ravel()
        drawn.append(plain(scores[rows], hits[rows], lists[rows]))
    assert found[1] == pytest.approx(np.std(drawn), rel=0.15)


def test_too_few_of_either_kind_say_nothing() -> None:
    scores, hits, lists, matters = sample(3, lists=1, matters=40)
    few = np.zeros(40, dtype=bool)
    few[:9] = True
    assert pooled_order(scores, few, lists, matters) is None
    assert pooled_order(scores, ~few, lists, matters) is None
    assert pooled_order(scores[:0], hits[:0], lists[:0], matters[:0]) is None


def _found(code: str, **numbers: Any) -> Finding:
    text = dict.fromkeys(("title_zh", "title_en", "text_zh", "text_en", "remedy_zh", "remedy_en"), "说 said")
    return Finding(code=code, severity=Severity.WARNING, numbers=numbers, **text)


def _checked(*, drift: int, area: float | None, codes: tuple[str, ...] = (), version: str = "3") -> list[Outcome]:
    moved = [_found("feature_drift", name=f"f{number}") for number in range(drift)]
    order = {} if area is None else {version: {"area": area, "error": 0.02, "lists": 5}}
    return [
        Outcome(name="drift", rows=[], findings=moved),
        Outcome(name="past_lists", rows=[], findings=[_found(code) for code in codes], totals={"order": order}),
    ]


@pytest.fixture
def watch() -> Watch:
    """Sixty matters raised again after a list later than the training, and as many after an earlier one."""
    labels = pl.DataFrame(
        {
            "matter_id": [f"m{number}" for number in range(60)] * 3,
            "cutoff": [UNTIL - 1] * 60 + [UNTIL + 1] * 60 + [UNTIL + 2] * 60,
            "label": pl.Series([1] * 60 + [1] * 60 + [None] * 60, dtype=pl.Int8),
        }
    )
    made = flagged_watch(matters=20)
    past = tuple(replace(one, version=3) for one in made.past)
    return replace(made, reference=REFERENCE, labels=labels, past=past)


def test_all_three_together_are_proposed_with_their_numbers(watch: Watch) -> None:
    outcome = propose_retraining(watch, _checked(drift=2, area=0.70))
    (finding,) = outcome.findings
    assert (finding.code, finding.severity) == ("retraining_proposed", Severity.WARNING)
    assert "drift in 2 features" in finding.text_en
    assert "matured discrimination fell by +0.100 (95 % interval +0.056 to +0.144, 5 matured lists)" in finding.text_en
    assert "60 new mature positives" in finding.text_en
    assert "petition-risk retrain" in finding.remedy_zh
    verdict = outcome.rows[-1]
    assert (verdict["met"], verdict["lacking"], len(verdict["grounds"])) == (True, [], 3)
    for language in ("zh", "en"):
        ((_, header, cells),) = audit_tables("retraining", outcome.rows, language)
        assert len(cells) == 4
        assert {len(row) for row in cells} == {len(header)}


@pytest.mark.parametrize(
    ("drift", "area", "codes", "positives", "lacks"),
    [
        (0, 0.70, (), 50, ["drift in 0"]),
        (1, 0.79, (), 50, ["fell by +0.010"]),
        (1, None, (), 50, ["too few to compare"]),
        (1, 0.70, (), 61, ["60 new mature"]),
        (1, 0.79, ("order_decays",), 50, []),
        (0, 0.85, (), 100, ["drift in 0", "did not fall, -0.050", "60 new mature"]),
    ],
)
def test_each_part_that_is_lacking_is_named(
    watch: Watch, drift: int, area: float | None, codes: tuple[str, ...], positives: int, lacks: list[str]
) -> None:
    monitor = Settings().monitor.model_copy(update={"retrain_positives": positives})
    asked = replace(watch, settings=Settings().model_copy(update={"monitor": monitor}))
    outcome = propose_retraining(asked, _checked(drift=drift, area=area, codes=codes))
    verdict = outcome.rows[-1]
    assert [text in one["en"] for text, one in zip(lacks, verdict["lacking"], strict=True)] == [True] * len(lacks)
    assert bool(outcome.findings) == verdict["met"] == (not lacks)


def test_lists_of_another_version_are_not_held_against_this_one(watch: Watch) -> None:
    assert propose_retraining(watch, _checked(drift=1, area=0.6, version="2")).rows[1]["figures"] is None


def test_by_rules_or_of_a_version_that_kept_nothing_it_is_said_so(watch: Watch) -> None:
    bare = propose_retraining(replace(watch, reference=None), [])
    assert [(row["name"], row["met"]) for row in bare.rows] == [("proposal", False)]
    assert "rules-only" in bare.rows[0]["said_en"]
    old = propose_retraining(replace(watch, reference={"columns": {}}), _checked(drift=1, area=0.6))
    assert not old.findings
    assert len(old.rows[-1]["lacking"]) == 2


def test_matured_lists_give_the_order_of_their_version() -> None:
    made = flagged_watch()
    draw = np.random.default_rng(1)
    ids = made.past[0].candidates["matter_id"]
    score = made.past[0].candidates["margin"].to_numpy()
    hits = draw.random(len(ids)) < 1 / (1 + np.exp(1 - score))
    labels = pl.DataFrame({"matter_id": ids, "cutoff": CUTOFF, "label": pl.Series(hits).cast(pl.Int8)})
    past = tuple(replace(one, version=3) for one in made.past)
    totals = check_past_lists(replace(made, past=past, labels=labels)).totals
    assert totals is not None
    off = set(ids) - set(past[0].entries.filter(pl.col("part") != "spot")["matter_id"])
    free = ids.is_in(list(off)).to_numpy()
    assert totals["order"]["3"]["area"] == pytest.approx(roc_auc_score(hits[free], score[free]), abs=1e-12)
    assert totals["order"]["3"]["lists"] == 1


def test_a_model_that_has_just_taken_over_answers_for_no_list_of_the_one_before(watch: Watch) -> None:
    checked = _checked(drift=1, area=None, codes=("calibration_off",))
    (finding,) = propose_retraining(watch, checked).findings
    assert "more or fewer came than the model says (calibration_off)" in finding.text_en
    before = replace(watch, past=tuple(replace(one, version=2) for one in watch.past))
    outcome = propose_retraining(before, checked)
    assert outcome.findings == []
    (lacking,) = outcome.rows[-1]["lacking"]
    assert "calibration_off" not in lacking["en"]


def test_what_was_known_when_it_was_trained_is_nothing_new(watch: Watch) -> None:
    until = watch.register.observed_until
    assert watch.labels is not None
    since = watch.labels.with_columns(cutoff=pl.when(pl.col("cutoff") > UNTIL).then(CUTOFF).otherwise("cutoff"))
    for known, proposed in ((CUTOFF, True), (until, False)):
        told = replace(watch, labels=since, reference=REFERENCE | {"known_until": known})
        outcome = propose_retraining(told, _checked(drift=1, area=0.70))
        assert bool(outcome.findings) is proposed
        assert outcome.rows[2]["count"] == (60 if proposed else 0)
