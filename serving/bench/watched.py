"""What the monitors would have said of a register month by month, each month knowing only what it knew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from data.as_known import as_known
from data.contract import Register
from data.mapping import Task
from data.settings import Settings
from data.store.by_part import in_one
from data.store.screenings import Screening
from data.times import DAY_US
from features.build import FACT
from features.catalog import CATALOG
from features.context import office_context
from features.feature import FeatureSet
from features.history import History, make_history
from features.timing import timing_of
from monitoring.check import Watch
from monitoring.gather import StoredList, gather, training_reference
from serving.champion import Champion
from serving.ranking import Asked, look_at, ranked
from training.dataset import NO_DUTIES, make_dataset
from training.final_fit import fit_scorecard
from training.labels import months_of
from training.scorecard import Calibration
from training.splits import final_split, mature_rows

#: The register's first months hold no histories to learn from.
_WARM_UP = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model as it would serve, what it was taught, and what is kept of its training window for the monitors."""

    champion: Champion
    reference: dict[str, Any]
    task: Task = field(default_factory=Task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A register and the lists made at some of its month-ends."""

    register: Register
    lists: Mapping[int, StoredList]


def train_by(
    register: Register,
    until: int,
    settings: Settings,
    *,
    seed: int,
    task: Task | None = None,
    feature_set: FeatureSet = CATALOG,
    first: int | None = None,
    bench_only: bool = False,
) -> Trained:
    """The readable model fitted on what the register held at `until`, as a promotion would leave it.

    Month-ends are learnt from `first` on; None: once the register holds histories.
    """
    task = task or Task()
    held = as_known(register, until)
    ends = months_of(held)
    data = make_dataset(
        held,
        context_of(held, ends, settings, task),
        task,
        settings,
        feature_set=feature_set,
        cutoffs=ends[_WARM_UP:] if first is None else [end for end in ends if end >= first],
        bench_only=bench_only,
    )
    reach = data.horizon_us + settings.label.reporting_lag_days * DAY_US
    rows, cutoffs = mature_rows(data.rows, reach, data.observed_until, data.time_zone)
    split = final_split(cutoffs, settings, reach=reach, time_zone=data.time_zone)
    card, _ = fit_scorecard(rows, data, split, seed=seed)
    return Trained(
        champion=Champion(version=1, scorecard=card, feature_set=feature_set),
        reference=training_reference(data.rows, split.fit, card, feature_set),
        task=task,
    )


def context_of(register: Register, ends: Sequence[int], settings: Settings, task: Task) -> pl.DataFrame:
    """The office context of these month-ends."""
    return office_context(register, list(ends), task, settings.cohort, timing=timing_of(settings.clock))


def make_lists(register: Register, trained: Trained, cutoffs: Sequence[int], settings: Settings) -> Watched:
    """A list by the model at every cutoff, by the same path as the monthly job; each sees what was known at its own."""
    history = make_history(register)
    context = context_of(register, months_of(register), settings, trained.task)
    offices = register.offices["office_id"].to_list()
    return Watched(
        register=register,
        lists={cutoff: _stored(register, history, context, trained, cutoff, offices, settings) for cutoff in cutoffs},
    )


def look(
    watched: Watched, trained: Trained, as_of: int, settings: Settings, codes: Mapping[str, int] | None = None
) -> Watch:
    """What the monitors see at `as_of`: the register as then known, and the lists made until then."""
    return gather(
        in_one(watched.register),
        settings,
        trained.task,
        as_of=as_of,
        lists=[one for cutoff, one in watched.lists.items() if cutoff <= as_of],
        feature_set=trained.champion.feature_set,
        reference=trained.reference,
        unknown_codes=codes,
    )


def _stored(
    register: Register,
    history: History,
    context: pl.DataFrame,
    trained: Trained,
    cutoff: int,
    offices: Sequence[str],
    settings: Settings,
) -> StoredList:
    asked = Asked(cutoff=cutoff, offices=offices, champion=trained.champion, settings=settings, task=trained.task)
    looked = look_at(register, context, asked, history=history)
    candidates, log = looked.candidates, looked.log
    if trained.task.label is not None:
        # Another domain's log: our duties are not theirs, so every one is a candidate and nothing ranks by them.
        candidates = candidates.with_columns(**NO_DUTIES)
        log = log.select(pl.exclude(f"^{FACT}.*$"))
    return stored_list(
        ranked(register, [candidates], asked).entries,
        log,
        cutoff=cutoff,
        scope=offices[0],
        made=cutoff,
        calibration=trained.champion.scorecard.calibration,
    )


def stored_list(
    entries: pl.DataFrame, log: pl.DataFrame, *, cutoff: int, scope: str, made: int, calibration: Calibration | None
) -> StoredList:
    """The list of version 1 as the store would give it back; `entries` by `training.sweep_list.ENTRY_SCHEMA`."""
    return StoredList(
        screening=Screening(
            screening_id=f"list-{cutoff}",
            cutoff=cutoff,
            scope=scope,
            batch_id=1,
            model_version=1,
            mode="model",
            state="draft",
            settings={},
            created_at=made,
            created_by="bench",
            demo=True,
        ),
        entries=entries.select("matter_id", "part", inclusion=pl.col("inclusion").cast(pl.Float64)),
        scan_log=log.lazy,
        calibration=calibration,
    )
