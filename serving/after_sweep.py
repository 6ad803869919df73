"""What is done once a list was made: the monitors look, and what they found is kept beside the model if that can be."""

import multiprocessing
from pathlib import Path

from data.errors import PetitionRiskError
from data.settings import Settings
from data.store.engine import Store
from monitoring.report import MonitorReport
from serving.monitored import keep_beside_model
from serving.muting import LATEST, name_of

#: The job waits so long for MLflow, which is no part of it, and then goes on without.
KEEP_WITHIN_S = 60.0


def watch(
    store: Store, settings: Settings, state: Path, key: bytes, *, cutoff: int, now: int, by: str
) -> dict[str, object]:
    """How many findings, the gravest severity, and whether MLflow has them; or why the monitors could not look.

    The draft stands whatever they say, so a refusal of theirs is told and stops nothing.
    """
    from serving.monitor_run import run_monitor

    try:
        report = run_monitor(store, settings, state, key, as_of=cutoff, now=now, by=by)
    except PetitionRiskError as problem:
        return {"error": problem.code, "zh": problem.zh, "en": problem.en}
    severity = report.severity
    return {
        "findings": len(report.findings),
        "severity": None if severity is None else severity.value,
        "kept": keep_in_time(state, report),
    }


def keep_in_time(state: Path, report: MonitorReport, *, within_s: float = KEEP_WITHIN_S) -> bool:
    """Keep a report in MLflow from a process of its own; false where that failed or took longer than `within_s`.

    By rules there is nothing to keep, and of an earlier day than the latest report's nothing is: true.  MLflow may be
    locked, damaged or gone: nothing of it is loaded here.
    """
    if report.version is None or name_of(state, report.as_of) != LATEST.stem:
        return True
    keeping = multiprocessing.get_context("spawn").Process(target=_keep, args=(state, report), daemon=True)
    keeping.start()
    keeping.join(within_s)
    if keeping.is_alive():
        keeping.kill()
        keeping.join()
    return keeping.exitcode == 0


def _keep(state: Path, report: MonitorReport) -> None:
    try:
        keep_beside_model(state, report)
    except Exception:  # whatever MLflow says, the job beside it goes on
        raise SystemExit(1) from None
