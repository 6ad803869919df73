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


def made(n: int = 6000, seed: int = 1) -> tuple[Any, scorecard.Scorecard, np.ndarray, FeatureSet]:
    features = feature_set(1, 0, -1, 0, 0, 1, empty=0.5, contact=(0,))
    x, y = make_rows(n, len(features), seed)
    model = estimators.fit(estimators.make(estimators.READABLE, features, rows=n, seed=seed), x, y)
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


def test_scorecard_equals_the_trees_on_seen_and_unseen_rows() -> None:
    model, card, x, _ = made()
    rng = np.random.default_rng(9)
    unseen = np.concatenate(
        [
            x,
            rng.normal(size=(60_000, x.shape[1])) * 20,
            np.repeat([[1e300, -1e300, 99.0, -5.0, 0.0, 1e-300]], 5, axis=0),
        ]
    )
    for step_position, step in enumerate(card.steps):  # rows exactly on a threshold, and just beside it
        if step.thresholds.size:
            edge = np.repeat(x[:1], 2 * step.thresholds.size, axis=0)
            edge[:, step_position] = np.concatenate([step.thresholds, np.nextafter(step.thresholds, np.inf) + 1e-8])
            unseen = np.concatenate([unseen, edge])
    ours = scorecard.margin(card, unseen) / scorecard.NANO
    theirs = estimators.log_odds(model, unseen)
    assert np.abs(ours - theirs).max() <= 1e-9 * (x.shape[1] + 1)


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
    with pytest.raises(ValueError, match="one feature each"):
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
