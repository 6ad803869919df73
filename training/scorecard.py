"""What a boosted additive model says, as plain data: one step function per feature, exact to the nano-unit."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import NotAllowed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FORMAT = "petition-risk-scorecard/1"
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
    """A model version as data: margin = intercept + the sum of the steps' values, all in nano log-odds."""

    steps: tuple[Step, ...]
    intercept: int
    feature_set: str
    calibration: Calibration
    bands: Bands
    label: str
    horizon_days: int
    bench_only: bool
    cohort: str


def with_calibration(scorecard: Scorecard, calibration: Calibration, bands: Bands) -> Scorecard:
    """The same step functions with another calibration and other bands."""
    return replace(scorecard, calibration=calibration, bands=bands)


def contributions(scorecard: Scorecard, features: Floats) -> Ints:
    """Each feature's part of the margin against its empty value, nano log-odds. (n, p) → (n, p)."""
    out = np.empty(features.shape, dtype=np.int64)
    for position, step in enumerate(scorecard.steps):
        out[:, position] = step.values[step.thresholds.searchsorted(features[:, position])]
    return out


def margin(scorecard: Scorecard, features: Floats) -> Ints:
    """The log-odds in nano-units: the intercept plus all contributions, exactly. (n, p) → (n,)."""
    total = np.full(features.shape[0], scorecard.intercept, dtype=np.int64)
    for position, step in enumerate(scorecard.steps):
        if step.thresholds.size:  # a feature without steps is 0 everywhere
            total += step.values[step.thresholds.searchsorted(features[:, position])]
    return total


def to_json(scorecard: Scorecard) -> bytes:
    """The canonical bytes: sorted keys, no spaces, UTF-8, shortest floats. Equal scorecards have equal bytes."""
    calibration = scorecard.calibration
    tree = {
        "format": FORMAT,
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
    text = json.dumps(tree, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def sha256(scorecard: Scorecard) -> str:
    """The identity of a scorecard: SHA-256 of its canonical bytes, in hex."""
    return hashlib.sha256(to_json(scorecard)).hexdigest()


def from_json(content: bytes) -> Scorecard:
    """The scorecard of its bytes.

    Raises NotAllowed("scorecard_refused") on anything but a well-formed scorecard of this format: unknown or
    missing keys, wrong types, non-finite numbers, unsorted thresholds, lengths or signs that do not fit.
    """
    try:
        tree = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
        return _scorecard(tree)
    except (ValueError, RecursionError, OverflowError) as problem:
        raise NotAllowed(
            "scorecard_refused",
            f"评分卡文件不符合格式，未启用：{problem}",
            f"the scorecard file does not have the right form and is not used: {problem}",
        ) from None


def _scorecard(tree: Any) -> Scorecard:
    top = _keys(tree, [*_TOP, "steps"], "scorecard")
    if top["format"] != FORMAT:
        raise ValueError("unknown format")
    bands = _keys(top["bands"], ["larger", "major"], "bands")
    made = Bands(larger=_integer(bands["larger"]), major=_integer(bands["major"]))
    if made.larger > made.major:
        raise ValueError("bands are not in order")
    steps = tuple(_step(item) for item in _list(top["steps"]))
    if len({step.name for step in steps}) != len(steps):
        raise ValueError("a feature occurs twice")
    return Scorecard(
        steps=steps,
        intercept=_integer(top["intercept"]),
        feature_set=_text(top["feature_set"]),
        calibration=_calibration(top["calibration"]),
        bands=made,
        label=_text(top["label"]),
        horizon_days=_integer(top["horizon_days"]),
        bench_only=_flag(top["bench_only"]),
        cohort=_text(top["cohort"]),
    )


def _step(tree: Any) -> Step:
    item = _keys(tree, ["name", "sign", "empty", "contact_term", "thresholds", "values"], "step")
    name, sign = _text(item["name"]), _integer(item["sign"])
    thresholds = np.array([_number(value) for value in _list(item["thresholds"])], dtype=np.float64)
    values = np.array([_integer(value) for value in _list(item["values"])], dtype=np.int64)
    if sign not in (-1, 0, 1):
        raise ValueError(f"{name}: sign")
    if values.size != thresholds.size + 1:
        raise ValueError(f"{name}: one value more than thresholds is needed")
    if np.any(np.diff(thresholds) <= 0):
        raise ValueError(f"{name}: thresholds must ascend")
    if sign and np.any(np.diff(values) * sign < 0):
        raise ValueError(f"{name}: values run against the declared sign")
    empty = _number(item["empty"])
    if values[np.searchsorted(thresholds, empty, side="left")] != 0:
        raise ValueError(f"{name}: the empty value must contribute 0")
    contact_term = _flag(item["contact_term"])
    return Step(name=name, sign=sign, empty=empty, contact_term=contact_term, thresholds=thresholds, values=values)


def _calibration(tree: Any) -> Calibration:
    item = _keys(tree, ["a", "b", "knots", "low", "high"], "calibration")
    knots, low, high = (
        np.array([_integer(value) for value in _list(item[name])], dtype=np.int64) for name in ("knots", "low", "high")
    )
    if not knots.size == low.size == high.size > 0:
        raise ValueError("interval table: lengths")
    if np.any(np.diff(knots) <= 0) or np.any(low < 0) or np.any(low > high) or np.any(high > 1_000_000):
        raise ValueError("interval table: order or range")
    a, b = _number(item["a"]), _number(item["b"])
    if b < 0:
        raise ValueError("calibration must not reverse the order")
    return Calibration(a=a, b=b, knots=knots, low=low, high=high)


def _keys(tree: Any, names: list[str], where: str) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise ValueError(f"{where}: not an object")
    item: dict[str, Any] = tree
    odd = sorted(set(item) ^ set(names))
    if odd:
        raise ValueError(f"{where}: unknown or missing {', '.join(odd)}")
    return item


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is needed")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or abs(value) >= 2**50:
        raise ValueError("a whole number is needed")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not np.isfinite(value):
        raise ValueError("a finite number is needed")
    return float(value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("a text is needed")
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError("true or false is needed")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a finite number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) != len(pairs):
        raise ValueError("a key occurs twice")
    return item
