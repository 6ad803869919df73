"""What a feature is: one declared value in one place, and a set of them with a fingerprint."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Protocol

from data.errors import SettingsError
from features.kernel import Floats, View
from features.order import Ints


class Measure(Protocol):
    """A small declared measure over visible histories."""

    def evaluate(self, view: View) -> Floats | Ints:
        """One value for each row of `view`, finite. Shape (rows,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One measure with everything people and models need to know about it (G6).

    `sign`: +1 a larger value never lowers the margin, -1 never raises it, 0 unconstrained.  `empty` is the value
    of a matter that has nothing of the kind; there are no missing values.  `contact_term` marks terms about
    contacts and joint submissions, which alone never lift a matter above the lowest band (G8).  `reason_zh` /
    `reason_en` are sentences with our office as the subject; `{value}` is the rounded value; without them the
    feature is never given as a reason, nor outside `[told_from, told_below)`, where it says nothing
    anybody would act on.  `categorical` values are small integers in the order of `levels`.
    `describes` is what a site says of one it declares, "matter" or "handling"; empty for the catalog's own.
    """

    name: str
    zh: str
    en: str
    unit: str
    group: str
    measure: Measure
    empty: float = 0.0
    sign: int = 0
    low: float = 0.0
    high: float
    owner: str = "petition department"
    source: str
    reason_zh: str | None = None
    reason_en: str | None = None
    told_from: float = 1.0
    told_below: float = float("inf")
    contact_term: bool = False
    categorical: bool = False
    levels: tuple[str, ...] = ()
    describes: str = ""

    @property
    def says_how(self) -> bool:
        """Whether its value tells how a matter was raised: shown on the matter's own timeline, nowhere else."""
        return self.contact_term and self.reason_zh is None and self.group != "declared"


@dataclass(frozen=True, kw_only=True)
class FeatureSet:
    """Features in the order of the matrix's columns."""

    features: tuple[Feature, ...]

    def __post_init__(self) -> None:
        names = [feature.name for feature in self.features]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SettingsError(
                "feature_twice",
                f"特征重名：{'、'.join(twice)}",
                f"features declared twice: {', '.join(twice)}",
            )

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    def __len__(self) -> int:
        return len(self.features)

    def __add__(self, other: "FeatureSet") -> "FeatureSet":
        return FeatureSet(features=self.features + other.features)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns of the matrix."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def signs(self) -> tuple[int, ...]:
        """The monotone constraints, one a column."""
        return tuple(feature.sign for feature in self.features)

    @cached_property
    def empty(self) -> tuple[float, ...]:
        """The empty values, one a column."""
        return tuple(feature.empty for feature in self.features)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what determines the matrix: names, measures, empty values, signs and levels, in order."""
        facts = [
            {
                "name": feature.name,
                "measure": [type(feature.measure).__name__, asdict(feature.measure)],  # pyright: ignore[reportArgumentType]
                "empty": feature.empty,
                "sign": feature.sign,
                "contact_term": feature.contact_term,
                "categorical": feature.categorical,
                "levels": feature.levels,
            }
            for feature in self.features
        ]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def get(self, name: str) -> Feature:
        """The feature called `name`; KeyError where there is none."""
        for feature in self.features:
            if feature.name == name:
                return feature
        raise KeyError(name)
