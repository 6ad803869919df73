"""The scorecard equals the trees, sums exactly, and refuses anything malformed."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from data.errors import NotAllowed
from features.feature import Feature, FeatureSet
from training import calibrate, collapse, estimators, scorecard


@dataclass(frozen=True)
class Given:
    """Stands in the place of a measure: these tests bring their own matrices."""

    column: str

    def evaluate(self, view: Any) -> Any:
        raise NotImplementedError


def feature_set(*signs: int, empty: float = 0.0, contact: tuple[int, ...] = ()) -> FeatureSet:
    return FeatureSet(
        features=tuple(
            Feature(
                name=f"f{position}",
                zh=f"特征{position}",
                en=f"feature {position}",
                unit="days",
                group="reply",
                measure=Given(f"f{position}"),
                sign=sign,
                empty=empty,
                high=10.0,
                source="test",
                contact_term=position in contact,
            )
            for position, sign in enumerate(signs)
        )
    )


def make_rows(n: int, p: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)).round(2)
    x[:, 1] = 3.0
    x[:, 2] = rng.integers(0, 3, n)
    x[:, 3] = rng.exponential(1e6, n)
    logit = -1.5 + x[:, 0] - 0.4 * x[:, 2] + 0.3 * np.sin(3 * x[:, 4])
    return x, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(np.int8)


def made(
    n: int = 6000, seed: int = 1, pairs: estimators.Pairs = ()
) -> tuple[Any, scorecard.Scorecard, np.ndarray, FeatureSet]:
    features = feature_set(1, 0, -1, 0, 0, 1, empty=0.5, contact=(0,))
    x, y = make_rows(n, len(features), seed)
    stock = estimators.additive_boosting(signs=features.signs, rows=n, seed=seed, pairs=pairs)
    model = estimators.fit(stock, x, y)
    card = collapse.collapse(
        model,
        features,
        calibration=calibrate.raw_calibration(),
        bands=scorecard.Bands(larger=0, major=1),
        label="unresolved_return_90d",
        horizon_days=90,
        bench_only=False,
        cohort="test",
    )
    return model, card, x, features


#: Features 2–5 in pairs; the first is a contact term, which no pair holds.
PAIRS: estimators.Pairs = ((2, 4), (2, 5), (3, 5), (4, 5))


def unseen_rows(card: scorecard.Scorecard, x: np.ndarray, rows: int, seed: int) -> np.ndarray:
    """Seen rows, rows far outside, codes never seen, extreme numbers, and rows on and beside every threshold."""
    rng = np.random.default_rng(seed)
    far = rng.normal(size=(rows // 2, x.shape[1])) * 20
    far[:, 2] = rng.integers(-3, 40, far.shape[0])
    mixed = np.stack([rng.permutation(x[:, column]) for column in range(x.shape[1])], axis=1)
    parts = [x, far, np.resize(mixed, (max(rows - far.shape[0] - x.shape[0], 1), x.shape[1]))]
    parts.append(np.array([[1e300, -1e300, 99.0, -5.0, 0.0, 1e-300], [-1e308, 1e308, -0.0, 5e-324, 1e308, -1e308]]))
    sides = [(position, step.thresholds) for position, step in enumerate(card.steps)]
    sides += [(pair.first, pair.first_thresholds) for pair in card.pairs]
    sides += [(pair.second, pair.second_thresholds) for pair in card.pairs]
    for position, thresholds in sides:
        edge = x[rng.integers(0, x.shape[0], 2 * thresholds.size)]
        edge[:, position] = np.concatenate([thresholds, np.nextafter(thresholds, np.inf) + 1e-8])
        parts.append(edge)
    return np.concatenate(parts)


def worst(model: Any, card: scorecard.Scorecard, rows: np.ndarray) -> float:
    """The largest distance of scorecard and trees, per part of the margin."""
    ours = scorecard.margin(card, rows) / scorecard.NANO
    return float(np.abs(ours - estimators.log_odds(model, rows)).max() / (len(card.columns) + 1))


@pytest.mark.parametrize("pairs", [(), PAIRS], ids=["steps", "pairs"])
def test_scorecard_equals_the_trees_on_200_000_seen_and_unseen_rows(pairs: estimators.Pairs) -> None:
    model, card, x, _ = made(pairs=pairs)
    assert bool(card.pairs) == bool(pairs)
    rows = unseen_rows(card, x, 200_000, seed=9)
    assert rows.shape[0] >= 200_000
    assert worst(model, card, rows) <= 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [(), PAIRS], ids=["steps", "pairs"])
def test_scorecard_equals_the_trees_on_millions_of_rows(pairs: estimators.Pairs) -> None:
    model, card, x, _ = made(n=40_000, seed=3, pairs=pairs)
    assert max(worst(model, card, unseen_rows(card, x, 500_000, seed)) for seed in range(6)) <= 1e-9


def test_each_pair_equals_its_trees_within_a_nano_unit() -> None:
    """The trees of one pair alone, summed, are that pair's column; no tree is told under another name."""
    model, card, x, features = made(pairs=PAIRS)
    rows = unseen_rows(card, x, 20_000, seed=4)
    parts = scorecard.contributions(card, rows)
    for place, pair in enumerate(card.pairs, start=len(card.steps)):
        nodes = [stage[0] for stage in model._predictors]
        own = [
            one
            for one in nodes
            if set(one.nodes["feature_idx"][one.nodes["is_leaf"] == 0]) == {pair.first, pair.second}
        ]
        assert own
        at_empty = np.array([features.empty])

        def total(points: np.ndarray, trees: list[Any] = own) -> np.ndarray:
            known = np.zeros((0, 8), dtype=np.uint32)
            return sum(tree.predict(np.ascontiguousarray(points), known, np.zeros(0, np.uint32), 1) for tree in trees)

        theirs = total(rows) - total(at_empty)
        assert np.abs(parts[:, place] / scorecard.NANO - theirs).max() <= 1.1e-9


def test_a_pair_keeps_both_signs_and_vanishes_at_the_empty_values() -> None:
    _, card, _, features = made(pairs=PAIRS)
    assert (scorecard.contributions(card, np.array([features.empty])) == 0).all()
    for pair in card.pairs:
        for axis, position in enumerate((pair.first, pair.second)):
            if features.signs[position]:
                assert (np.diff(pair.values, axis=axis) * features.signs[position] >= 0).all()
    rows = np.repeat([[0.1, 3.0, 1.0, 5.0, 0.2, 0.3]], 200, axis=0)
    rows[:, 5] = np.linspace(-4, 4, 200)
    assert (np.diff(scorecard.margin(card, rows)) >= 0).all()


def test_a_scorecard_with_pairs_comes_back_byte_for_byte_and_one_without_keeps_the_first_format() -> None:
    _, card, x, _ = made(pairs=PAIRS)
    content = scorecard.to_json(card)
    assert json.loads(content)["format"] == "petition-risk-scorecard/2"
    back = scorecard.from_json(content)
    assert scorecard.to_json(back) == content
    assert (scorecard.margin(back, x) == scorecard.margin(card, x)).all()
    old = json.loads(_CONTENT)
    assert old["format"] == "petition-risk-scorecard/1"
    assert "pairs" not in old
    assert scorecard.from_json(_CONTENT).pairs == ()


def test_contributions_sum_exactly_to_the_margin_and_vanish_at_the_empty_values() -> None:
    _, card, x, features = made()
    parts = scorecard.contributions(card, x)
    assert (card.intercept + parts.sum(axis=1) == scorecard.margin(card, x)).all()
    assert (scorecard.contributions(card, np.array([features.empty])) == 0).all()


def test_signs_hold_and_constant_features_stay_silent() -> None:
    _, card, _, _ = made()
    assert (np.diff(card.steps[0].values) >= 0).all()
    assert (np.diff(card.steps[2].values) <= 0).all()
    assert card.steps[1].thresholds.size == 0
    assert card.steps[0].thresholds.size > 3


def test_same_data_same_seed_same_bytes_and_they_come_back() -> None:
    _, card, x, _ = made()
    _, again, _, _ = made()
    content = scorecard.to_json(card)
    assert content == scorecard.to_json(again)
    back = scorecard.from_json(content)
    assert scorecard.to_json(back) == content
    assert scorecard.sha256(back) == scorecard.sha256(card)
    assert (scorecard.margin(back, x) == scorecard.margin(card, x)).all()


def test_a_model_with_interactions_does_not_collapse() -> None:
    features = feature_set(1, 0, 0, 0, 0, 0)
    x, y = make_rows(3000, 6, 2)
    model = estimators.fit(estimators.make(estimators.FULL, features, rows=3000, seed=0), x, y)
    with pytest.raises(ValueError, match="at most two features"):
        collapse.collapse(
            model,
            features,
            calibration=calibrate.raw_calibration(),
            bands=scorecard.Bands(larger=0, major=1),
            label="l",
            horizon_days=90,
            bench_only=False,
            cohort="",
        )


_CONTENT = scorecard.to_json(made(1500)[1])
_PAIRED = scorecard.to_json(made(3000, pairs=PAIRS)[1])


@pytest.mark.parametrize(
    "change",
    [
        lambda pair, tree: pair.update(first=tree["steps"][0]["name"]),  # a contact term
        lambda pair, tree: pair.update(first="unknown"),
        lambda pair, tree: pair.update(first=pair["second"], second=pair["first"]),
        lambda pair, tree: pair.update(first=pair["second"]),
        lambda pair, tree: pair["first_thresholds"].reverse(),
        lambda pair, tree: pair.update(second_thresholds=[], values=[row[:1] for row in pair["values"]]),
        lambda pair, tree: pair["values"].pop(),
        lambda pair, tree: pair["values"][0].pop(),
        lambda pair, tree: pair["values"][0].__setitem__(0, 0.5),
        lambda pair, tree: pair.update(values=[[value + 1 for value in row] for row in pair["values"]]),
        lambda pair, tree: pair["values"].reverse(),
        lambda pair, tree: pair.update(note=1),
        lambda pair, tree: tree.update(pairs=tree["pairs"] * 2),
        lambda pair, tree: tree.update(pairs=[]),
        lambda pair, tree: tree.update(pairs={}),
        lambda pair, tree: tree.update(format="petition-risk-scorecard/1"),
        lambda pair, tree: tree.pop("pairs"),
    ],
)
def test_g8_a_malformed_pair_or_one_with_a_contact_term_is_refused(change: Any) -> None:
    tree = json.loads(_PAIRED)
    change(next(pair for pair in tree["pairs"] if pair["first"] == "f2" and len(pair["first_thresholds"]) > 1), tree)
    with pytest.raises(NotAllowed) as caught:
        scorecard.from_json(json.dumps(tree).encode())
    assert caught.value.code == "scorecard_refused"


def _break(tree: dict[str, Any], how: str) -> None:
    step = next(item for item in tree["steps"] if len(item["thresholds"]) > 2)
    calibration = tree["calibration"]
    changes: dict[str, Any] = {
        "unknown key": lambda: tree.update(note="x"),
        "missing key": lambda: tree.pop("label"),
        "format": lambda: tree.update(format="petition-risk-scorecard/2"),
        "unsorted": lambda: step["thresholds"].reverse(),
        "length": lambda: step["values"].pop(),
        "float value": lambda: step["values"].__setitem__(0, 0.5),
        "huge": lambda: step["values"].__setitem__(0, 10**30),
        "bool as int": lambda: tree.update(intercept=True),
        "text as flag": lambda: tree.update(bench_only="false"),
        "twice": lambda: tree["steps"].append(tree["steps"][0]),
        "sign": lambda: tree["steps"][0].update(sign=-tree["steps"][0]["sign"]),
        "empty": lambda: step.update(values=[value + 1 for value in step["values"]]),
        "bands": lambda: tree["bands"].update(larger=5, major=4),
        "negative slope": lambda: calibration.update(b=-1.0),
        "infinite": lambda: calibration.update(a=float("inf")),
        "table": lambda: calibration["high"].append(1),
        "no list": lambda: tree.update(steps={}),
    }
    changes[how]()


@pytest.mark.parametrize(
    "how",
    [
        *[
            "unknown key",
            "missing key",
            "format",
            "unsorted",
            "length",
            "float value",
            "huge",
            "bool as int",
            "text as flag",
        ],
        *["twice", "sign", "empty", "bands", "negative slope", "infinite", "table", "no list"],
    ],
)
def test_a_malformed_scorecard_is_refused(how: str) -> None:
    tree = json.loads(_CONTENT)
    _break(tree, how)
    with pytest.raises(NotAllowed) as caught:
        scorecard.from_json(json.dumps(tree).encode())
    assert caught.value.code == "scorecard_refused"


@pytest.mark.parametrize("content", [b"", b"\x80\x04N.", b"null", b"[" * 5000, b'{"a":1,"a":2}'])
def test_foreign_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(NotAllowed):
        scorecard.from_json(content)
