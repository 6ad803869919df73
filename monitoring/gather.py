"""What the checks look at, put together from the register and the lists as they were stored."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from data.as_known import as_known
from data.contract import Register
from data.mapping import Task
from data.settings import Settings
from data.store.by_part import Parts
from data.store.screenings import Screening
from data.times import DAY_US
from features.build import FACT, split_facts
from features.feature import FeatureSet
from monitoring.check import PastList, Watch
from monitoring.cohorts import Cohort, has_matured, matured_cohort
from monitoring.drift import reference_summary
from monitoring.looks import LOOKS, PREPARED
from monitoring.part import Part
from training.baselines import baseline_scores
from training.calibrate import MILLION, Line, probability
from training.labels import labels_by, returns
from training.scorecard import Calibration, Scorecard

#: How matters are raised is broken down nowhere (red line 7): one name for all features that tell it.
_OF_CONTACTS = ("反映情况（不分方式）", "contacts, in whatever way")
_MARGIN = ("margin_nano",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredList:
    """A screening with its entries, and how its feature log is read: a month's log is large, and needed once.

    `entries` has `matter_id`, `part` and `inclusion` (Float64).  `scan_log` has one row per matter of the cohort, as
    `build_features` gives it (`matter_id`, `cutoff`, the features; `with_facts`, so that baselines can be ranked), and
    where a model ranked `margin_nano`; `calibration` is that model's, None by rules or where it is no longer at hand.
    """

    screening: Screening
    entries: pl.DataFrame
    scan_log: Callable[[], pl.LazyFrame]
    calibration: Calibration | None = None


def training_reference(
    rows: pl.DataFrame, cutoffs: Sequence[int], scorecard: Scorecard, feature_set: FeatureSet
) -> dict[str, Any]:
    """What to keep beside a model version as the reference of drift: plain JSON, no matter in it.

    `rows` are the training rows (`matter_id`, `cutoff`, the features), `cutoffs` those the model was fitted on.
    """
    from training.score import score  # brings the estimators, which reports do without

    window = rows.filter(pl.col("cutoff").is_in(list(cutoffs)))
    margins = score(scorecard, window, feature_set)["margin_nano"].to_numpy() / 1e9
    return reference_summary(window.select("matter_id", "cutoff", *feature_set.names), margins)


def gather(
    parts: Parts,
    settings: Settings,
    task: Task,
    *,
    as_of: int,
    lists: Sequence[StoredList],
    feature_set: FeatureSet,
    reference: dict[str, Any] | None = None,
    unknown_codes: Mapping[str, int] | None = None,
    also: Callable[[Register], None] = lambda part: None,
) -> Watch:
    """The watch over `lists`; of several lists for one cutoff and scope the last made counts.

    `as_of` is a cutoff instant; lists after it are left out, and of the register only what was known by then is looked
    at: what came later changes nothing.  `reference` is the champion's `training_reference`.  The register is gone
    through once, part by part; `also` is shown each part too, with what is known of it now, in a thread of its own.
    """
    kept = _last_made(lists, as_of)
    ranked = [stored for stored in kept if stored.screening.mode == "model"]
    newest, before = _newest_two(ranked)
    offices = parts.offices() if kept else pl.DataFrame()
    watch = Watch(
        register=as_known(parts.head, as_of),
        settings=settings,
        as_of=as_of,
        reference=reference,
        current=_together([_features(one, feature_set) for one in newest]),
        previous=_together([_features(one, feature_set) for one in before]),
        previous_cutoff=before[0].screening.cutoff if before else None,
        feature_names={
            feature.name: _OF_CONTACTS if feature.says_how else (feature.zh, feature.en) for feature in feature_set
        },
        of_office=frozenset(feature.name for feature in feature_set if feature.group in ("office", "calendar")),
        unknown_codes=dict(unknown_codes or {}),
        horizon_days=task.horizon_days,
    )
    past = (_past(stored, offices, mature=has_matured(watch, stored.screening.cutoff)) for stored in kept)
    watch = replace(watch, past=tuple(past))
    watch = replace(watch, prepared={make: make(watch) for make in PREPARED})
    watch = _gone_through(watch, parts, task, also)
    return _known(watch, task) if kept else watch


def _last_made(lists: Sequence[StoredList], as_of: int) -> list[StoredList]:
    """Of the lists up to `as_of` the last made of each cutoff and scope, the oldest cutoff first."""
    latest: dict[tuple[int, str], StoredList] = {}
    for stored in sorted(lists, key=lambda stored: (stored.screening.cutoff, stored.screening.created_at)):
        if stored.screening.cutoff <= as_of:
            latest[stored.screening.cutoff, stored.screening.scope] = stored
    return list(latest.values())


def _gone_through(watch: Watch, parts: Parts, task: Task, also: Callable[[Register], None]) -> Watch:
    """With what every look finds in the parts of the register as known then, and all returns."""
    found: list[list[pl.DataFrame]] = [[] for _ in LOOKS]
    returned: list[pl.DataFrame] = []
    with ThreadPoolExecutor(1) as beside:
        for whole in parts.read():
            shown = beside.submit(also, whole)
            register = as_known(whole, watch.as_of)
            part = Part(register, watch.as_of)
            for frames, look in zip(found, LOOKS, strict=True):
                frames.append(_alone(look(part, watch)))
            returned.append(_alone(returns(register, task)))
            shown.result()
    return replace(
        watch,
        seen={look: pl.concat(frames) for look, frames in zip(LOOKS, found, strict=True)},
        returned=pl.concat(returned),
    )


def _alone(found: pl.DataFrame) -> pl.DataFrame:
    """The rows with texts of their own: a few that refer to those of a part would keep the texts of all of it."""
    texts = found.select(pl.col(pl.String))
    own = {text.name: text.to_arrow(compat_level=pl.CompatLevel.oldest()) for text in texts}
    return found.with_columns(pl.Series(name, text) for name, text in own.items())


def _known(watch: Watch, task: Task) -> Watch:
    """With the cohort of every matured list, and as labels those of the matters that were raised again after one.

    A list at a time: years of lists hold many times the matters of the register.
    """
    returned = pl.DataFrame() if watch.returned is None else watch.returned
    raised = [pl.DataFrame(schema={"matter_id": pl.String, "cutoff": pl.Int64, "label": pl.Int8})]
    cohorts: dict[str, Cohort] = {}
    for past in watch.past:
        if has_matured(watch, past.cutoff):
            snapshots = past.candidates.select("matter_id", cutoff=pl.lit(past.cutoff, pl.Int64))
            # With a day more than the horizon, as clocks may be put back in it; what came before labels nothing.
            after = pl.col("occurred_at") - past.cutoff
            near = returned.filter((after >= 0) & (after < (task.horizon_days + 1) * DAY_US))
            found = labels_by(near, snapshots, watch.register, task, watch.settings.label)
            labels = found.rows.select("matter_id", "cutoff", "label")
            cohorts[past.screening_id] = matured_cohort(past, replace(watch, labels=labels))
            raised.append(labels.filter(pl.col("label") == 1))
    return replace(watch, labels=pl.concat(raised), cohorts=cohorts)


def _features(stored: StoredList, feature_set: FeatureSet) -> pl.DataFrame:
    """The features a log has, each in the smallest type that holds its values, and the margin; read one by one."""
    scanned = stored.scan_log()
    there = scanned.collect_schema().names()

    def column(name: str) -> pl.Series:
        return scanned.select(name).collect().to_series()

    names = [name for name in feature_set.names if name in there]
    log = pl.DataFrame([column("matter_id"), *(narrowed(column(name)) for name in names)])
    margins = pl.DataFrame([column(name) for name in _MARGIN if name in there])
    return log.with_columns(_margin(margins, log.height))


def narrowed(column: pl.Series) -> pl.Series:
    """The column as integers where it holds nothing else: a month's features are many, and mostly days and counts."""
    if column.dtype != pl.Float64 or not column.is_finite().all():
        return column
    for kind, most in ((pl.Int8, 127), (pl.Int16, 32_767), (pl.Int32, 2_147_483_647)):
        if (column.abs().max() or 0.0) <= most:  # type: ignore[operator]
            whole = column.cast(kind)
            return whole if (whole.cast(pl.Float64) == column).all() else column
    return column


def _past(stored: StoredList, offices: pl.DataFrame, *, mature: bool) -> PastList:
    scanned = stored.scan_log()
    # Baselines rank by single facts, and are of use once it is known what came; what a card tells is of none here.
    read = [
        name
        for name, kind in scanned.collect_schema().items()
        if name in ("matter_id", "cutoff", *_MARGIN) or (mature and name.startswith(FACT) and not kind.is_nested())
    ]
    log = scanned.select(read).collect()
    found = baseline_scores(split_facts(log)[1]) if mature else {}
    scores = {code: pl.Series(score) for code, score in found.items()}
    candidates = (
        log.select("matter_id")
        .with_columns(_margin(log, log.height), *_chances(log, stored.calibration), **scores)
        .join(offices, on="matter_id", how="inner")
    )
    screening = stored.screening
    return PastList(
        screening_id=screening.screening_id,
        cutoff=screening.cutoff,
        entries=stored.entries,
        candidates=candidates,
        version=screening.model_version,
    )


def _chances(log: pl.DataFrame, line: Calibration | None) -> list[pl.Series]:
    """The calibrated chance of every matter and the range of the calibration's refits; nothing where unknown."""
    if line is None or "margin_nano" not in log.columns:
        return []
    margins = log["margin_nano"].to_numpy()
    return [
        pl.Series("chance", probability(Line(a=line.a, b=line.b), margins / 1e9)),
        *(
            pl.Series(f"chance_{side}", np.interp(margins, line.knots, table) / MILLION)
            for side, table in (("low", line.low), ("high", line.high))
        ),
    ]


def _margin(log: pl.DataFrame, rows: int) -> pl.Series:
    if "margin_nano" not in log.columns:
        return pl.Series("margin", [None] * rows, pl.Float64)
    # Divided as `training_reference` divides, to the last bit: equal margins must fall into equal bins.
    return pl.Series("margin", log["margin_nano"].to_numpy() / 1e9)


def _newest_two(ranked: Sequence[StoredList]) -> tuple[list[StoredList], list[StoredList]]:
    """All of the latest cutoff by a model, and of the one before them where model and scopes are the same."""
    by_cutoff: dict[int, list[StoredList]] = {}
    for stored in ranked:
        by_cutoff.setdefault(stored.screening.cutoff, []).append(stored)

    def made_of(lists: Sequence[StoredList]) -> set[tuple[str, int | None]]:
        return {(one.screening.scope, one.screening.model_version) for one in lists}

    newest, before = ([*(by_cutoff[cutoff] for cutoff in sorted(by_cutoff, reverse=True)[:2]), [], []])[:2]
    return newest, before if made_of(newest) == made_of(before) else []


def _together(logs: Sequence[pl.DataFrame]) -> pl.DataFrame | None:
    """The features all of these logs have, a matter once; None where there are no logs."""
    if not logs:
        return None
    if len(logs) == 1:
        return logs[0]
    kept = [name for name in logs[0].columns if all(name in log.columns for log in logs)]
    return pl.concat([log.select(kept) for log in logs]).unique("matter_id", maintain_order=True)
