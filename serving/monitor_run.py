"""How the monitors are fed from the store, and where their report goes."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from data.contract import Register
from data.errors import NotAllowed, NotFound, StoreError
from data.settings import Settings
from data.store import models, plans
from data.store.batches import StoredBatch, batch_report, batch_view, latest_batch
from data.store.by_part import AT_ONCE, Parts, read_parts
from data.store.engine import Store
from data.store.flags import decision_codes
from data.store.models import ModelVersion
from data.store.mutes import standing_mutes
from data.store.plans import Measure, Plan, Result
from data.store.register import read_offices
from data.store.screenings import Screening, feature_logs, read_all_listed, read_screenings
from data.times import cutoff_instant, local_date
from data.whole_file import file_sha256, write_whole
from features.catalog import CATALOG
from features.cohort import refuse_future
from features.feature import FeatureSet
from monitoring.check import Rebuilt, Severity
from monitoring.gather import StoredList, gather
from monitoring.report import MonitorReport, to_html
from monitoring.run import monitor
from monitoring.skew import Comparison
from serving.champion import load_champion
from serving.feature_log import read_whole
from serving.harm import hold_where_it_hurts
from serving.histories import Histories
from serving.kept_help import waiting_for_help
from serving.metrics import Metrics
from serving.muting import LATEST, latest_report, name_of, told
from serving.plan_state import done_on
from serving.ranking import Asked, look_at
from serving.reminders import unsigned_lists
from serving.reproduce import asked_again
from serving.training_run import mapping_of, write_json
from training.promote import reconcile
from training.registry import load_scorecard
from training.scorecard import Calibration


def run_monitor(
    store: Store, settings: Settings, state: Path, key: bytes, *, as_of: int, now: int, by: str, at_once: int = AT_ONCE
) -> MonitorReport:
    """Check everything up to the cutoff instant `as_of` and leave the report in the state directory.

    Only what was known by then is looked at.  Where a list for a later day was made already it is a look back: the
    model that served then is judged, and our own desk (plans, signatures) seen as it stood then; else as it stands
    now.  Mutes and what follows from harm are of the day of the run.  A report of an earlier day than the latest is
    written under its own day, and pages, gauges and the model's tags go on telling the latest.

    Where flagged matters are found to fare worse, the model is out of service from `now` on until a named person has
    answered (G24); `key` is the audit key, `by` who ran it.  Lists without a feature log (of an empty cohort) are left
    out; `at_once` versions of events are held at a time, which changes no finding.  Raises InputRefused for an instant
    beyond the data, StoreError where a stored feature log was altered.
    """
    batch_id = latest_batch(store)
    view = batch_view(store, batch_id)
    parts = read_parts(store, batch_id=batch_id, at_once=at_once)
    refuse_future(parts.head, as_of)
    last = view.imports[-1].batch
    task = mapping_of(store, last.mapping_name, last.mapping_sha256).task
    screenings = read_screenings(store)
    desk = as_of if any(one.cutoff > as_of for one in screenings) else None
    champion = models.champion(store) if desk is None else models.champion_at(store, desk)
    reference: dict[str, Any] | None = None
    features = CATALOG
    if champion is not None:
        path = state / "models" / str(champion.version) / "reference.json"
        reference = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        features = _features(state, champion)
    offices = read_offices(store)
    parents = {row["office_id"]: row["parent_id"] for row in offices.iter_rows(named=True)}
    names = {row["office_id"]: row["name"] for row in offices.iter_rows(named=True)}
    by_version = _calibrations(store, state)
    made = [one for one in widest(screenings, parents) if feature_logs(store, one.screening_id)]
    listed = read_all_listed(store, [one.screening_id for one in made])
    lists = [
        StoredList(
            screening=screening,
            entries=listed[screening.screening_id],
            scan_log=partial(scan_log, store, state, screening.screening_id),
            calibration=by_version.get(screening.model_version or 0),
        )
        for screening in made
    ]
    helped = waiting_for_help(store, settings.label, parts.head, cutoff=None)
    until_then = [one.screening for one in lists if one.screening.cutoff <= as_of]
    with ThreadPoolExecutor(1) as beside:
        # What it takes is read while the lists are; before, what the checks count with is loaded while others read.
        beside.submit(import_module, "scipy.stats")
        coming = beside.submit(_Again.of, store, settings, state, until_then, batch_id, parts)

        def also(part: Register) -> None:
            helped.look_at(part)
            again = coming.result()
            if again is not None and again.same_batch:
                again.look_at(part)

        watch = gather(
            parts,
            settings,
            task,
            as_of=as_of,
            lists=lists,
            feature_set=features,
            reference=reference,
            unknown_codes=unknown_codes(store, view.imports, until=desk),
            also=also,
        )
        again = coming.result()
    helped.keep()
    watch = replace(watch, rebuilt=None if again is None else again.done())
    watch = replace(watch, decisions=_decisions(store, as_of), plan_steps=plan_steps(store, before=desk))
    waiting = unsigned_lists(store, settings, parents, now if desk is None else desk, look_back=desk is not None)
    watch = replace(watch, unsigned=tuple((names[one.office_id], one.days) for one in waiting))
    report = monitor(watch, model=None if champion is None else f"petition-risk v{champion.version}")
    standing = tuple(standing_mutes(store, local_date(now, settings.time_zone)))
    report = replace(report, mutes=standing, version=None if champion is None else champion.version)
    if hold_where_it_hurts(store, key, report.findings, as_of=as_of, now=now, by=by):
        reconcile(store, state)
    folder, name = (state / LATEST).parent, name_of(state, report.as_of)
    write_json(folder / f"{name}.json", report.as_dict())
    for language in ("zh", "en"):
        write_whole(folder / f"{name}.{language}.html", to_html(report, language).encode())
    return report


def tell_findings(metrics: Metrics, store: Store | None, state: Path, time_zone: str, day: date) -> None:
    """Set the gauges to the latest report: how many findings of each severity, how many muted, up to when was looked.

    Without a store nothing is taken for muted.
    """
    report = latest_report(state) or {"findings": [], "as_of": None}
    found = [(one, None) for one in report["findings"]] if store is None else told(store, report, day)
    for severity in Severity:
        counted = sum(one["severity"] == severity.value and mute is None for one, mute in found)
        metrics.findings.labels(severity=severity.value).set(counted)
    metrics.muted.set(sum(mute is not None for _, mute in found))
    last = report["as_of"]
    metrics.monitored.set(0 if last is None else cutoff_instant(date.fromisoformat(last), time_zone) // 1_000_000)


def _calibrations(store: Store, state: Path) -> dict[int, Calibration]:
    """The calibration of every version whose scorecard is at hand and unaltered."""
    found = {model.version: calibration_of(state, model) for model in models.read_models(store)}
    return {version: calibration for version, calibration in found.items() if calibration is not None}


def calibration_of(state: Path, model: ModelVersion) -> Calibration | None:
    """The calibration of a version; None where its scorecard is no longer at hand, or altered."""
    with suppress(NotAllowed, StoreError):
        return load_scorecard(state, model.scorecard_path, model.scorecard_sha256).calibration
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """The newest list's feature log, to be held against the same one built again part by part."""

    parts: Parts
    same_batch: bool
    asked: Asked
    context: pl.DataFrame
    compared: Comparison

    @classmethod
    def of(
        cls,
        store: Store,
        settings: Settings,
        state: Path,
        made: Sequence[Screening],
        batch_id: int,
        parts: Parts,
    ) -> "_Again | None":
        """None without lists, and where the newest one's model can no longer be had."""
        if not made:
            return None
        newest = max(made, key=lambda one: (one.cutoff, one.created_at))
        same = newest.batch_id == batch_id
        its_own = parts if same else read_parts(store, batch_id=newest.batch_id)
        try:
            asked, context = asked_again(store, settings, state, newest, Histories(its_own))
        except (NotAllowed, StoreError):
            return None
        logs = chain.from_iterable(map(read_whole, checked_logs(store, state, newest.screening_id)))
        return cls(
            parts=its_own,
            same_batch=same,
            asked=asked,
            context=context,
            compared=Comparison(newest.screening_id, logs),
        )

    def look_at(self, part: Register) -> None:
        """Build the log of a part again, and compare."""
        self.compared.add(look_at(part, self.context, self.asked).log)

    def done(self) -> Rebuilt:
        """What differed in the whole log; a register of another batch is gone through now."""
        if not self.same_batch:
            for part in self.parts.read():
                self.look_at(part)
        return self.compared.done()


def _decisions(store: Store, as_of: int) -> pl.DataFrame:
    """What was decided on entries of lists before `as_of`, by whom being left out."""
    columns = ("screening_id", "matter_id", "decision")
    return pl.DataFrame(decision_codes(store, as_of), schema=dict.fromkeys(columns, pl.String), orient="row")


def plan_steps(store: Store, *, before: int | None = None) -> pl.DataFrame:
    """Every step of the plan that counts of each matter: the day it is due, and the day it was done on, if it was.

    `before`: as far as plans, what was done and results were entered before an instant.
    """
    measures = plans.of_every_matter(store, Measure, before=before)
    results = plans.of_every_matter(store, Result, before=before)
    rows = [
        (line.due, done)
        for matter, made in plans.of_every_matter(store, Plan, before=before).items()
        for line, done in zip(
            made[0].lines, done_on(made[0], measures.get(matter, []), results.get(matter, [])), strict=True
        )
    ]
    return pl.DataFrame(rows, schema={"due": pl.Date, "done_on": pl.Date}, orient="row")


def _features(state: Path, champion: ModelVersion) -> FeatureSet:
    """What the champion reads; the catalog alone where its files are refused: the list goes by rules then."""
    try:
        return load_champion(state, champion).feature_set
    except (NotAllowed, StoreError):
        return CATALOG


def widest(found: Sequence[Screening], parents: Mapping[str, str | None]) -> list[Screening]:
    """The screenings that no other of the same cutoff contains: a county's own list is part of its province's."""
    scopes = {(screening.cutoff, screening.scope) for screening in found}

    def contained(screening: Screening) -> bool:
        above = parents.get(screening.scope)
        while above is not None:
            if (screening.cutoff, above) in scopes:
                return True
            above = parents.get(above)
        return False

    return [screening for screening in found if not contained(screening)]


def scan_log(store: Store, state: Path, screening_id: str) -> pl.LazyFrame:
    """The feature log of a screening, checked against its recorded SHA-256."""
    return pl.concat([pl.scan_parquet(path) for path in checked_logs(store, state, screening_id)])


def checked_logs(store: Store, state: Path, screening_id: str) -> list[Path]:
    """The files of a screening's feature log. Raises StoreError where one is missing or not what was recorded."""
    paths: list[Path] = []
    for log in feature_logs(store, screening_id):
        path = state / log.path
        if not path.is_file() or file_sha256(path) != log.sha256:
            raise StoreError(
                "feature_log_altered",
                f"排查 {screening_id} 的特征存档缺失或被改动；请从备份恢复状态目录",
                f"the feature log of screening {screening_id} is missing or altered; restore the state directory",
            )
        paths.append(path)
    return paths


def unknown_codes(store: Store, imports: Sequence[StoredBatch], *, until: int | None = None) -> dict[str, int]:
    """The rows left out for each code nobody maps, by the report of the last import of every mapping and office.

    `until`: of the imports that reached no further than an instant.
    """
    last = {
        (one.batch.mapping_name, one.batch.offices): one.batch_id
        for one in imports
        if until is None or one.batch.observed_until <= until
    }
    found: dict[str, int] = {}
    for batch_id in last.values():
        try:
            body = batch_report(store, batch_id).body
        except NotFound:
            continue  # a batch that came in by no file
        for one in body.get("unknown_codes", []):
            found[one["label"]] = found.get(one["label"], 0) + int(one["rows"])
    return found
