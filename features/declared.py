"""Which features a site's own kinds and declared attributes become, by rule and without code (G26)."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from data.contract import Register
from data.errors import SettingsError
from data.mapping import VOCABULARIES, AttributeSpec, KindRule, Mapping
from features.attribute_measures import AttributeCode, AttributeMax, AttributeNumber
from features.catalog import CATALOG
from features.feature import Feature, FeatureSet
from features.measures import AgeDays, Count, DaysSince
from features.step_measures import DaysBetween

_WINDOWS = (30, 90, 365)
#: A text attribute's values held by fewer matters than this share fall under code 0.
_LEAST_SHARE = 0.002
_MOST_LEVELS = 120
#: Roles that never feed a model: remedies are a right, help follows the worst matters, by-products are neither.
_SHUT_ROLES = frozenset({"remedy", "help", "by_product", "end", "promise", "rating"})


#: Attributes the catalog and its clocks have a place for already: what a matter is about does not rank (ADR 0005).
_KNOWN = frozenset({*VOCABULARIES, "first_time", "reply_possible", "received_on"})
#: Of a site's own kinds only steps of our handling and records become features of their own: the others count by
#: their role in the catalog, or are nobody's mark.
_OPEN_ROLES = frozenset({"intake", "record"})


def feature_set(mapping: Mapping, register: Register, known_before: int) -> FeatureSet:
    """The catalog with what the mapping declares (G26); for a log of another domain what its mapping declares alone.

    The catalog's duties are not that other office's duties (its task replaces label and cohort).  Text levels are
    read off facts known before `known_before` (UTC microseconds), the end of what may be learned from; what is seen
    later is an unlisted level, code 0.
    """
    if mapping.task.label is not None:
        return FeatureSet(features=(*_attributes(mapping, register, known_before), *_kinds(mapping)))
    own = [
        *_attributes(mapping, register, known_before),
        *(feature for rule in added_kinds(mapping) for feature in _own_kind(rule)),
    ]
    return CATALOG + FeatureSet(features=tuple(_held_down(feature) for feature in own))


def joined_set(mappings: Sequence[Mapping], register: Register, known_before: int) -> FeatureSet:
    """As `feature_set`, with what each office's mapping declares: the last mapping is the one whose task is learned.

    A matter of an office that does not declare a feature has its empty value.  Raises SettingsError where two offices
    mean different things by one name.
    """
    last = mappings[-1]
    if last.task.label is not None:
        return feature_set(last, register, known_before)
    joined: dict[str, Feature] = {feature.name: feature for feature in CATALOG}
    unlike: dict[str, tuple[str, str]] = {}
    declared_by: dict[str, str] = {}
    roles: dict[str, tuple[str, str]] = {}
    for mapping in mappings:
        for rule in mapping.kinds.values():
            role, name = roles.setdefault(rule.kind, (str(mapping.roles[rule.kind]), mapping.name))
            if role != str(mapping.roles[rule.kind]):
                unlike[rule.kind] = (name, mapping.name)
        for feature in feature_set(mapping, register, known_before):
            held = joined.setdefault(feature.name, feature)
            before = declared_by.setdefault(feature.name, mapping.name)
            if _meaning(held) != _meaning(feature) or "" != held.describes != feature.describes != "":
                unlike[feature.name] = (before, mapping.name)
    if unlike:
        raise SettingsError(
            "declared_unlike",
            "几个办理单位的映射对同一名称的申明不同，请改名或统一："
            + "；".join(f"{name}（{one}、{two}）" for name, (one, two) in sorted(unlike.items())),
            "mappings of several offices declare different things under one name; rename one or make them alike: "
            + "; ".join(f"{name} ({one}, {two})" for name, (one, two) in sorted(unlike.items())),
        )
    return FeatureSet(features=tuple(joined.values()))


def _meaning(feature: Feature) -> tuple[object, ...]:
    """What two offices must declare alike for one feature: what it measures, in which unit, in which levels."""
    return feature.measure, feature.unit, feature.categorical, feature.levels


def _held_down(feature: Feature) -> Feature:
    """A declared feature lifts nothing above the lowest band by itself: like a contact term (ADR 0041)."""
    return replace(feature, contact_term=True)


def added_kinds(mapping: Mapping) -> list[KindRule]:
    """The kinds a mapping adds that become features of their own, in order of their codes."""
    rules = {rule.kind: rule for rule in mapping.kinds.values() if rule.added and rule.role in _OPEN_ROLES}
    return [rules[code] for code in sorted(rules)]


def _own_kind(rule: KindRule) -> list[Feature]:
    source, owner = rule.source or "", rule.owner or ""
    counted = [
        Feature(
            name=f"{rule.kind}_ever" if days is None else f"{rule.kind}_{days}d",
            zh=f"{rule.zh}次数" if days is None else f"近{days}天{rule.zh}次数",
            en=f"times {rule.en}" if days is None else f"times {rule.en} in {days} days",
            unit="times",
            group="declared",
            measure=Count((rule.kind,), days),
            high=1000,
            owner=owner,
            source=source,
            describes=rule.describes,
        )
        for days in (None, 365)
    ]
    since = Feature(
        name=f"days_since_{rule.kind}",
        zh=f"距上次{rule.zh}天数",
        en=f"days since {rule.en}",
        unit="days",
        group="declared",
        measure=DaysSince((rule.kind,), empty=3650.0),
        empty=3650.0,
        high=3650,
        owner=owner,
        source=source,
        describes=rule.describes,
    )
    return [*counted, since]


def _attributes(mapping: Mapping, register: Register, known_before: int) -> list[Feature]:
    features: list[Feature] = []
    for spec in mapping.attributes:
        if not spec.usable or spec.dtype == "day":
            continue
        if mapping.task.label is None and ({spec.name, spec.labels} & _KNOWN):
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
        zh=f"{spec.column}（{name}）" if name != spec.name else spec.column,
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
        describes=spec.describes or "",
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
                group="recency",
                measure=DaysSince((code,), empty=3650.0),
                empty=3650.0,
                high=3650,
                source=mapping.name,
            )
        )
    features.extend(_between(one, other, mapping.name) for one, other in _steps(mapping))
    features.append(
        Feature(
            name="age_days",
            zh="登记至今天数",
            en="days since the first event",
            unit="days",
            group="age",
            measure=AgeDays(),
            high=3650,
            source=mapping.name,
        )
    )
    return features


def _steps(mapping: Mapping) -> list[tuple[str, str]]:
    """Every two open kinds, in the order the mapping names them: a file's kinds stand in the order of its process."""
    codes = list(dict.fromkeys(rule.kind for rule in mapping.kinds.values()))
    kept = [code for code in codes if mapping.roles[code] in _OPEN_ROLES]
    return [(one, other) for place, one in enumerate(kept) for other in kept[place + 1 :]]


def _between(one: str, other: str, source: str) -> Feature:
    return Feature(
        name=f"days_{one}_to_{other}",
        zh=f"{one}至{other}天数",
        en=f"days from {one} to {other}",
        unit="days",
        group="steps",
        measure=DaysBetween((one,), (other,)),
        empty=-1.0,
        low=-1.0,
        high=3650,
        source=source,
    )


def _counted(code: str, days: int | None) -> Feature:
    return Feature(
        name=f"{code}_ever" if days is None else f"{code}_{days}d",
        zh=f"{code}次数" if days is None else f"近{days}天{code}次数",
        en=f"times {code}" if days is None else f"times {code} in {days} days",
        unit="times",
        group="counts",
        measure=Count((code,), days),
        high=1000,
        source="declared kind",
    )
