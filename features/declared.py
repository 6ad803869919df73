"""Which features a site's own kinds and declared attributes become, by rule and without code (G26)."""

import polars as pl

from data.contract import Register
from data.mapping import AttributeSpec, Mapping
from features.catalog import CATALOG
from features.feature import Feature, FeatureSet
from features.measures import AgeDays, AttributeCode, AttributeMax, AttributeNumber, Count, DaysSince

_WINDOWS = (30, 90, 365)
#: A text attribute's values held by fewer matters than this share fall under code 0.
_LEAST_SHARE = 0.002
_MOST_LEVELS = 120
#: Roles that never feed a model: remedies are a right, help follows the worst matters, by-products are neither.
_SHUT_ROLES = frozenset({"remedy", "help", "by_product", "end", "promise", "rating"})


def feature_set(mapping: Mapping, register: Register, known_before: int) -> FeatureSet:
    """The catalog; for a log of another domain (its task replaces label and cohort) what its mapping declares.

    The catalog's duties are not that other office's duties.  Text levels are read off facts known before
    `known_before` (UTC microseconds), the end of what may be learned from.
    """
    if mapping.task.label is None:
        return CATALOG
    return FeatureSet(features=(*_attributes(mapping, register, known_before), *_kinds(mapping)))


def _attributes(mapping: Mapping, register: Register, known_before: int) -> list[Feature]:
    features: list[Feature] = []
    for spec in mapping.attributes:
        if not spec.usable or spec.dtype == "day":
            continue
        if spec.dtype == "category":
            levels = _levels(register, spec.name, known_before)
            if not levels:
                continue
            features.append(
                _declared(
                    spec,
                    name=spec.name,
                    measure=AttributeCode(spec.name, levels),
                    high=float(len(levels)),
                    levels=levels,
                )
            )
            continue
        scale = 0.01 if spec.dtype == "money" else 1.0
        features.append(_declared(spec, name=spec.name, measure=AttributeNumber(spec.name, -1.0, scale), high=1e12))
        if spec.dated:
            features.append(
                _declared(spec, name=f"{spec.name}_max", measure=AttributeMax(spec.name, -1.0, scale), high=1e12)
            )
    return features


def _declared(
    spec: AttributeSpec,
    *,
    name: str,
    measure: AttributeCode | AttributeNumber | AttributeMax,
    high: float,
    levels: tuple[str, ...] = (),
) -> Feature:
    return Feature(
        name=name,
        zh=name,
        en=name,
        unit=spec.dtype,
        group="declared",
        measure=measure,
        empty=0.0 if levels else -1.0,
        low=0.0 if levels else -1e12,
        high=high,
        owner=spec.owner,
        source=spec.source,
        categorical=bool(levels),
        levels=levels,
    )


def _levels(register: Register, name: str, known_before: int) -> tuple[str, ...]:
    facts = register.attributes.filter((pl.col("name") == name) & (pl.col("known_from") < known_before))
    counts = facts.group_by("text").agg(pl.col("matter_id").n_unique().alias("n")).drop_nulls()
    least = max(1.0, _LEAST_SHARE * facts["matter_id"].n_unique())
    kept = counts.filter(pl.col("n") >= least).sort(["n", "text"], descending=[True, False]).head(_MOST_LEVELS)
    return tuple(kept["text"].to_list())


def _kinds(mapping: Mapping) -> list[Feature]:
    codes = sorted({rule.kind for rule in mapping.kinds.values()})
    features: list[Feature] = []
    for code in codes:
        if mapping.roles[code] in _SHUT_ROLES:
            continue
        features.append(_counted(code, None))
        features.extend(_counted(code, days) for days in _WINDOWS)
        features.append(
            Feature(
                name=f"days_since_{code}",
                zh=f"距上次{code}天数",
                en=f"days since {code}",
                unit="days",
                group="declared",
                measure=DaysSince((code,), empty=3650.0),
                empty=3650.0,
                high=3650,
                source=mapping.name,
            )
        )
    features.append(
        Feature(
            name="age_days",
            zh="登记至今天数",
            en="days since the first event",
            unit="days",
            group="declared",
            measure=AgeDays(),
            high=3650,
            source=mapping.name,
        )
    )
    return features


def _counted(code: str, days: int | None) -> Feature:
    return Feature(
        name=f"{code}_ever" if days is None else f"{code}_{days}d",
        zh=f"{code}次数" if days is None else f"近{days}天{code}次数",
        en=f"times {code}" if days is None else f"times {code} in {days} days",
        unit="times",
        group="declared",
        measure=Count((code,), days),
        high=1000,
        source="declared kind",
    )
