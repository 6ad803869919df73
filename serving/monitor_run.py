"""How the monitors are fed from the store, and where their report goes."""

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from data.contract import Register
from data.errors import NotAllowed, NotFound, StoreError
from data.settings import Settings
from data.store import models, plans
from data.store.batches import StoredBatch, batch_report, batch_view, latest_batch
from data.store.by_part import in_one
from data.store.engine import Store
from data.store.flags import decision_codes
from data.store.models import ModelVersion
from data.store.mutes import standing_mutes
from data.store.plans import Measure, Plan, Result
from data.store.register import read_offices, read_register
from data.store.screenings import Screening, feature_logs, read_entries, read_screenings
from data.times import cutoff_instant, local_date
from features.catalog import CATALOG
from features.cohort import refuse_future
from features.feature import FeatureSet
from monitoring.check import Rebuilt, Severity
from monitoring.gather import StoredList, gather
from monitoring.report import MonitorReport, to_html
from monitoring.run import monitor
from serving.champion import load_champion
from serving.harm import hold_where_it_hurts
from serving.kept_help import keep_help
from serving.metrics import Metrics
from serving.muting import LATEST, latest_report, told
from serving.plan_state import done_on
from serving.reminders import unsigned_lists
from serving.reproduce import made_again
from serving.training_run import mapping_of, write_json
from training.promote import reconcile
from training.registry import load_scorecard
from training.scorecard import Calibration


def run_monitor(
    store: Store, settings: Settings, state: Path, key: bytes, *, as_of: int, now: int, by: str
) -> MonitorReport:
    """Check everything up to the cutoff instant `as_of` and leave the report in the state directory.

    Where flagged matters are found to fare worse, the model is out of service from `now` on until a named person has
    answered (G24); `key` is the audit key, `by` who ran it.  Lists without a feature log (of an empty cohort) are left
    out.  Raises InputRefused for an instant beyond the data, StoreError where a stored feature log was altered.
    """
    batch_id = latest_batch(store)
    view = batch_view(store, batch_id)
    register = read_register(store, batch_id=batch_id)
    refuse_future(register, as_of)
    last = view.imports[-1].batch
    task = mapping_of(store, last.mapping_name, last.mapping_sha256).task
    champion = models.champion(store)
    reference: dict[str, Any] | None = None
    features = CATALOG
    if champion is not None:
        path = state / "models" / str(champion.version) / "reference.json"
        reference = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        features = _features(state, champion)
    keep_help(store, settings.label, register)
    offices = read_offices(store)
    parents = {row["office_id"]: row["parent_id"] for row in offices.iter_rows(named=True)}
    names = {row["office_id"]: row["name"] for row in offices.iter_rows(named=True)}
    calibrations = _calibrations(store, state)
    lists = [
        StoredList(
            screening=screening,
            entries=read_entries(store, screening.screening_id),
            read_log=partial(read_log, store, state, screening.screening_id),
            calibration=calibrations.get(screening.model_version or 0),
        )
        for screening in widest(read_screenings(store), parents)
        if feature_logs(store, screening.screening_id)
    ]
    watch = gather(
        register,
        settings,
        task,
        as_of=as_of,
        lists=lists,
        feature_set=features,
        reference=reference,
        unknown_codes=unknown_codes(store, view.imports),
    )
    watch = replace(
        watch,
        rebuilt=_rebuilt(
            store, settings, state, [one for one in lists if one.screening.cutoff <= as_of], batch_id, register
        ),
    )
    watch = replace(watch, decisions=_decisions(store, as_of), plan_steps=plan_steps(store))
    waiting = unsigned_lists(store, settings, parents, now)
    watch = replace(watch, unsigned=tuple((names[one.office_id], one.days) for one in waiting))
    report = monitor(watch, model=None if champion is None else f"petition-risk v{champion.version}")
    standing = tuple(standing_mutes(store, local_date(now, settings.time_zone)))
    report = replace(report, mutes=standing, version=None if champion is None else champion.version)
    if hold_where_it_hurts(store, key, report.findings, as_of=as_of, now=now, by=by):
        reconcile(store, state)
    write_json(state / LATEST, report.as_dict())
    for language in ("zh", "en"):
        (state / LATEST.parent / f"latest.{language}.html").write_text(to_html(report, language), encoding="utf-8")
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
    found: dict[int, Calibration] = {}
    for model in models.read_models(store):
        with suppress(NotAllowed, StoreError):
            found[model.version] = load_scorecard(state, model.scorecard_path, model.scorecard_sha256).calibration
    return found


def _rebuilt(
    store: Store, settings: Settings, state: Path, lists: Sequence[StoredList], batch_id: int, register: Register
) -> Rebuilt | None:
    """The newest list's feature log beside the same one built again; None where its model can no longer be had.

    `register` is that of `batch_id`, by which the newest list was made as a rule.
    """
    if not lists:
        return None
    newest = max(lists, key=lambda one: (one.screening.cutoff, one.screening.created_at))
    try:
        parts = in_one(register) if newest.screening.batch_id == batch_id else None
        _, again = made_again(store, settings, state, newest.screening, parts)
    except (NotAllowed, StoreError):
        return None
    return Rebuilt(screening_id=newest.screening.screening_id, stored=newest.log, again=again)


def _decisions(store: Store, as_of: int) -> pl.DataFrame:
    """What was decided on entries of lists before `as_of`, by whom being left out."""
    columns = ("screening_id", "matter_id", "decision")
    return pl.DataFrame(decision_codes(store, as_of), schema=dict.fromkeys(columns, pl.String), orient="row")


def plan_steps(store: Store) -> pl.DataFrame:
    """Every step of the plan that counts of each matter: the day it is due, and the day it was done on, if it was."""
    measures, results = plans.of_every_matter(store, Measure), plans.of_every_matter(store, Result)
    rows = [
        (line.due, done)
        for matter, made in plans.of_every_matter(store, Plan).items()
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


def read_log(store: Store, state: Path, screening_id: str) -> pl.DataFrame:
    """The feature log of a screening, checked against its recorded SHA-256."""
    import hashlib

    parts: list[pl.DataFrame] = []
    for log in feature_logs(store, screening_id):
        path = state / log.path
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != log.sha256:
            raise StoreError(
                "feature_log_altered",
                f"排查 {screening_id} 的特征存档缺失或被改动；请从备份恢复状态目录",
                f"the feature log of screening {screening_id} is missing or altered; restore the state directory",
            )
        parts.append(pl.read_parquet(io.BytesIO(content)))
    return pl.concat(parts)


def unknown_codes(store: Store, imports: Sequence[StoredBatch]) -> dict[str, int]:
    """The rows left out for each code nobody maps, by the report of the last import of every mapping and office."""
    last = {(one.batch.mapping_name, one.batch.offices): one.batch_id for one in imports}
    found: dict[str, int] = {}
    for batch_id in last.values():
        try:
            body = batch_report(store, batch_id).body
        except NotFound:
            continue  # a batch that came in by no file
        for one in body.get("unknown_codes", []):
            found[one["label"]] = found.get(one["label"], 0) + int(one["rows"])
    return found
