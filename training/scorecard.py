"""What a boosted model says, as plain data: step functions and small tables, exact to the nano-unit."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import NotAllowed
from training import plain_json
from training.plain_json import flag, integer, items, keys, number, text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Without tables of two features a scorecard is written in the first format, byte for byte as it always was.
FORMAT = "petition-risk-scorecard/1"
FORMAT_WITH_PAIRS = "petition-risk-scorecard/2"
MOST_PAIRS = 10
NANO = 1_000_000_000
_TOP = ("format", "intercept", "feature_set", "label", "horizon_days", "bench_only", "cohort", "bands", "calibration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One feature's step function: `values[i]` (nano log-odds) holds for `thresholds[i-1] < x <= thresholds[i]`.

    Values are relative to the feature's empty value, where the function is 0.  `contact_term` marks contact and
    joint features, which alone lift nothing above the lowest band (G8).
    """

    name: str
    sign: int
    empty: float
    contact_term: bool
    thresholds: Floats
    values: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A table over two features: `values[i, j]` (nano log-odds) holds in interval i of the first and j of the second.

    `first` and `second` are positions in `Scorecard.steps`, the smaller first; intervals are those of a `Step`.  The
    value at both empty values is 0, each sign holds along its own side, and neither feature is a contact term.
    """

    first: int
    second: int
    first_thresholds: Floats
    second_thresholds: Floats
    values: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """probability = logistic(a + b·margin), and its 2.5–97.5 % range as a table over the margin.

    `knots` are margins in nano-units, ascending; `low` and `high` are probabilities in millionths at the knots.
    """

    a: float
    b: float
    knots: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Margins (nano-units) from which a matter is 较大 (`larger`) and 重大 (`major`)."""

    larger: int
    major: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A model version as data: margin = intercept + the steps' and the pairs' values, all in nano log-odds."""

    steps: tuple[Step, ...]
    intercept: int
    feature_set: str
    calibration: Calibration
    bands: Bands
    label: str
    horizon_days: int
    bench_only: bool
    cohort: str
    pairs: tuple[Pair, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What the columns of `contributions` are called: each feature, then each pair as "first × second"."""
        return (*(step.name for step in self.steps), *(" × ".join(names) for names in self.pair_names))

    @property
    def pair_names(self) -> tuple[tuple[str, str], ...]:
        """The two features of each pair."""
        return tuple((self.steps[pair.first].name, self.steps[pair.second].name) for pair in self.pairs)

    @property
    def contact_columns(self) -> NDArray[np.bool_]:
        """Which of `columns` are about contacts alone (G8). A pair never is."""
        return np.array([step.contact_term for step in self.steps] + [False] * len(self.pairs), dtype=bool)


def contributions(scorecard: Scorecard, features: Floats) -> Ints:
    """Each part of the margin against the empty values, nano log-odds: (n, p) → (n, p + pairs), as `columns`."""
    out = np.empty((features.shape[0], len(scorecard.columns)), dtype=np.int64)
    for position, step in enumerate(scorecard.steps):
        out[:, position] = step.values[step.thresholds.searchsorted(features[:, position])]
    for position, pair in enumerate(scorecard.pairs, start=len(scorecard.steps)):
        out[:, position] = _at(pair, features)
    return out


def margin(scorecard: Scorecard, features: Floats) -> Ints:
    """The log-odds in nano-units: the intercept plus all contributions, exactly. (n, p) → (n,)."""
    total = np.full(features.shape[0], scorecard.intercept, dtype=np.int64)
    for position, step in enumerate(scorecard.steps):
        if step.thresholds.size:  # a feature without steps is 0 everywhere
            total += step.values[step.thresholds.searchsorted(features[:, position])]
    for pair in scorecard.pairs:
        total += _at(pair, features)
    return total


def _at(pair: Pair, features: Floats) -> Ints:
    return pair.values[
        pair.first_thresholds.searchsorted(features[:, pair.first]),
        pair.second_thresholds.searchsorted(features[:, pair.second]),
    ]


def to_json(scorecard: Scorecard) -> bytes:
    """The canonical bytes: sorted keys, no spaces, UTF-8, shortest floats. Equal scorecards have equal bytes."""
    calibration = scorecard.calibration
    tree: dict[str, Any] = {
        "format": FORMAT_WITH_PAIRS if scorecard.pairs else FORMAT,
        "intercept": scorecard.intercept,
        "feature_set": scorecard.feature_set,
        "label": scorecard.label,
        "horizon_days": scorecard.horizon_days,
        "bench_only": scorecard.bench_only,
        "cohort": scorecard.cohort,
        "bands": {"larger": scorecard.bands.larger, "major": scorecard.bands.major},
        "calibration": {
            "a": calibration.a,
            "b": calibration.b,
            "knots": calibration.knots.tolist(),
            "low": calibration.low.tolist(),
            "high": calibration.high.tolist(),
        },
        "steps": [
            {
                "name": step.name,
                "sign": step.sign,
                "empty": step.empty,
                "contact_term": step.contact_term,
                "thresholds": step.thresholds.tolist(),
                "values": step.values.tolist(),
            }
            for step in scorecard.steps
        ],
    }
    if scorecard.pairs:
        tree["pairs"] = [
            {
                "first": scorecard.steps[pair.first].name,
                "second": scorecard.steps[pair.second].name,
                "first_thresholds": pair.first_thresholds.tolist(),
                "second_thresholds": pair.second_thresholds.tolist(),
                "values": pair.values.tolist(),
            }
            for pair in scorecard.pairs
        ]
    return plain_json.canonical(tree)


def sha256(scorecard: Scorecard) -> str:
    """The identity of a scorecard: SHA-256 of its canonical bytes, in hex."""
    return hashlib.sha256(to_json(scorecard)).hexdigest()


def from_json(content: bytes) -> Scorecard:
    """The scorecard of its bytes.

    Raises NotAllowed("scorecard_refused") on anything but a well-formed scorecard of this format: unknown or
    missing keys, wrong types, non-finite numbers, unsorted thresholds, lengths or signs that do not fit, more than
    MOST_PAIRS pairs, a pair with a contact term.
    """
    try:
        return _scorecard(plain_json.read(content))
    except (ValueError, RecursionError, OverflowError) as problem:
        raise NotAllowed(
            "scorecard_refused",
            f"评分卡文件不符合格式，未启用：{problem}",
            f"the scorecard file does not have the right form and is not used: {problem}",
        ) from None


def _scorecard(tree: Any) -> Scorecard:
    with_pairs = isinstance(tree, dict) and "pairs" in tree
    top = keys(tree, [*_TOP, "steps", *(["pairs"] if with_pairs else [])], "scorecard")
    if top["format"] != (FORMAT_WITH_PAIRS if with_pairs else FORMAT):
        raise ValueError("unknown format")
    bands = keys(top["bands"], ["larger", "major"], "bands")
    made = Bands(larger=integer(bands["larger"]), major=integer(bands["major"]))
    if made.larger > made.major:
        raise ValueError("bands are not in order")
    steps = tuple(_step(item) for item in items(top["steps"]))
    places = {step.name: place for place, step in enumerate(steps)}
    if len(places) != len(steps):
        raise ValueError("a feature occurs twice")
    pairs = tuple(_pair(item, steps, places) for item in items(top["pairs"])) if with_pairs else ()
    if with_pairs and not 0 < len({(pair.first, pair.second) for pair in pairs}) == len(pairs) <= MOST_PAIRS:
        raise ValueError(f"1 to {MOST_PAIRS} different pairs")
    return Scorecard(
        steps=steps,
        intercept=integer(top["intercept"]),
        feature_set=text(top["feature_set"]),
        calibration=_calibration(top["calibration"]),
        bands=made,
        label=text(top["label"]),
        horizon_days=integer(top["horizon_days"]),
        bench_only=flag(top["bench_only"]),
        cohort=text(top["cohort"]),
        pairs=pairs,
    )


def _pair(tree: Any, steps: tuple[Step, ...], places: Mapping[str, int]) -> Pair:
    item = keys(tree, ["first", "second", "first_thresholds", "second_thresholds", "values"], "pair")
    names = text(item["first"]), text(item["second"])
    where = " × ".join(names)
    if names[0] not in places or names[1] not in places or places[names[0]] >= places[names[1]]:
        raise ValueError(f"{where}: two features of the card, in its order, are needed")
    first, second = places[names[0]], places[names[1]]
    if steps[first].contact_term or steps[second].contact_term:
        raise ValueError(f"{where}: a contact term is in no pair")
    sides = [
        np.array([number(value) for value in items(item[side])], dtype=np.float64)
        for side in ("first_thresholds", "second_thresholds")
    ]
    rows = [[integer(value) for value in items(row)] for row in items(item["values"])]
    if any(not side.size or np.any(np.diff(side) <= 0) for side in sides):
        raise ValueError(f"{where}: thresholds must ascend on both sides")
    if len(rows) != sides[0].size + 1 or any(len(row) != sides[1].size + 1 for row in rows):
        raise ValueError(f"{where}: one value more than thresholds is needed on each side")
    values = np.array(rows, dtype=np.int64)
    for axis, step in enumerate((steps[first], steps[second])):
        if step.sign and np.any(np.diff(values, axis=axis) * step.sign < 0):
            raise ValueError(f"{where}: values run against the declared sign of {step.name}")
    pair = Pair(first=first, second=second, first_thresholds=sides[0], second_thresholds=sides[1], values=values)
    if value_at(pair, steps[first].empty, steps[second].empty) != 0:
        raise ValueError(f"{where}: the empty values must contribute 0")
    return pair


def value_at(pair: Pair, first: float, second: float) -> int:
    """The table's value where its features are `first` and `second`."""
    return int(pair.values[pair.first_thresholds.searchsorted(first), pair.second_thresholds.searchsorted(second)])


def _step(tree: Any) -> Step:
    item = keys(tree, ["name", "sign", "empty", "contact_term", "thresholds", "values"], "step")
    name, sign = text(item["name"]), integer(item["sign"])
    thresholds = np.array([number(value) for value in items(item["thresholds"])], dtype=np.float64)
    values = np.array([integer(value) for value in items(item["values"])], dtype=np.int64)
    if sign not in (-1, 0, 1):
        raise ValueError(f"{name}: sign")
    if values.size != thresholds.size + 1:
        raise ValueError(f"{name}: one value more than thresholds is needed")
    if np.any(np.diff(thresholds) <= 0):
        raise ValueError(f"{name}: thresholds must ascend")
    if sign and np.any(np.diff(values) * sign < 0):
        raise ValueError(f"{name}: values run against the declared sign")
    empty = number(item["empty"])
    if values[np.searchsorted(thresholds, empty, side="left")] != 0:
        raise ValueError(f"{name}: the empty value must contribute 0")
    contact_term = flag(item["contact_term"])
    return Step(name=name, sign=sign, empty=empty, contact_term=contact_term, thresholds=thresholds, values=values)


def _calibration(tree: Any) -> Calibration:
    item = keys(tree, ["a", "b", "knots", "low", "high"], "calibration")
    knots, low, high = (
        np.array([integer(value) for value in items(item[name])], dtype=np.int64) for name in ("knots", "low", "high")
    )
    if not knots.size == low.size == high.size > 0:
        raise ValueError("interval table: lengths")
    if np.any(np.diff(knots) <= 0) or np.any(low < 0) or np.any(low > high) or np.any(high > 1_000_000):
        raise ValueError("interval table: order or range")
    a, b = number(item["a"]), number(item["b"])
    if b < 0:
        raise ValueError("calibration must not reverse the order")
    return Calibration(a=a, b=b, knots=knots, low=low, high=high)
