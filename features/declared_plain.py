"""How declared features are kept beside a model as plain data, and which of them an office declares alike (G26)."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Mapping_
from dataclasses import asdict
from typing import Any, cast

from data.errors import NotAllowed
from data.mapping import DESCRIBES, Mapping
from features.attribute_measures import AttributeCode, AttributeMax, AttributeNumber
from features.catalog import CATALOG
from features.declared import added_kinds
from features.feature import Feature, FeatureSet, Measure
from features.measures import Count, DaysSince

#: What is kept of a declared feature besides its measure.
_KEPT = ("name", "zh", "en", "unit", "empty", "low", "high", "owner", "source", "categorical", "levels", "describes")
_MEASURES: dict[str, Callable[..., Measure]] = {
    kind.__name__: kind for kind in (AttributeNumber, AttributeMax, AttributeCode, Count, DaysSince)
}


def to_plain(features: FeatureSet) -> list[dict[str, Any]]:
    """The declared features of a set as plain data, to keep beside the model that was fitted on them."""
    names = set(CATALOG.names)
    return [
        {name: getattr(feature, name) for name in _KEPT}
        | {"measure": {"kind": type(feature.measure).__name__, **asdict(feature.measure)}}  # pyright: ignore[reportArgumentType]
        for feature in features
        if feature.name not in names
    ]


def known_set(plain: Sequence[Mapping_[str, Any]]) -> FeatureSet:
    """The catalog with the declared features of plain data (`to_plain`).

    Raises NotAllowed for anything else than declared features: the fingerprint in the scorecard proves the rest.
    """
    try:
        found = tuple(_from_plain(one) for one in plain)
    except (KeyError, TypeError, ValueError) as problem:
        raise NotAllowed(
            "declared_refused",
            f"模型所附的自定特征不符合格式，未启用：{problem}",
            f"the declared features beside the model do not have the right form and are not used: {problem}",
        ) from None
    return CATALOG + FeatureSet(features=found) if found else CATALOG


def not_declared(features: FeatureSet, mappings: Sequence[Mapping]) -> tuple[str, ...]:
    """The declared features of a set that the mappings of an office do not declare alike, by name.

    Alike is an attribute of the same name and kind of value, or an own kind of the same code: whoever declared it
    here gave an owner, a reason and a source of this office, and a second person confirmed it (G26).
    """
    said: set[tuple[str, ...]] = set()
    for mapping in mappings:
        said |= {("attribute", one.name, one.dtype) for one in mapping.attributes if one.usable}
        said |= {("kind", rule.kind) for rule in added_kinds(mapping)}
    own = [feature for feature in features if feature.name not in set(CATALOG.names)]
    return tuple(feature.name for feature in own if _asks_for(feature) not in said)


def _asks_for(feature: Feature) -> tuple[str, ...]:
    # The unit of a declared attribute is its kind of value.
    match feature.measure:
        case AttributeNumber() | AttributeMax() | AttributeCode():
            return ("attribute", feature.measure.name, feature.unit)
        case Count() | DaysSince():
            return ("kind", *feature.measure.kinds)
        case _:
            return ("unknown",)


def _from_plain(plain: Mapping_[str, Any]) -> Feature:
    said = _tuples(plain["measure"])
    measure = _MEASURES[said.pop("kind")](**said)
    kept: dict[str, Any] = {name: value for name, value in _tuples(plain).items() if name in _KEPT}
    if kept.get("describes", "") not in ("", *DESCRIBES):
        raise ValueError(f"describes: {' | '.join(DESCRIBES)}")
    return Feature(group="declared", contact_term=True, measure=measure, **kept)


def _tuples(plain: Mapping_[str, Any]) -> dict[str, Any]:
    return {name: tuple(cast(list[Any], value)) if isinstance(value, list) else value for name, value in plain.items()}
