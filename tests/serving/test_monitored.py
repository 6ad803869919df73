"""Findings stand in MLflow beside the version that serves, with their pages, and by rules nothing is kept there."""

import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path

from data.store.mutes import Mute
from monitoring.check import Finding, Outcome, Severity
from monitoring.mutes import subject_of
from monitoring.report import MonitorReport
from serving.monitored import keep_beside_model, monitored
from tests.serving.conftest import make_scorecard
from training import registry
from training.registry import RunRecord


def _finding(code: str, severity: Severity, **numbers: str) -> Finding:
    text = dict.fromkeys(("title_zh", "title_en", "text_zh", "text_en", "remedy_zh", "remedy_en"), "说 said")
    return Finding(code=code, severity=severity, numbers=numbers, **text)


MUTE = Mute(
    mute_id=1,
    code="late_entry",
    subject=subject_of({}),
    severity="warning",
    until=date(2026, 12, 31),
    reason="已知",
    by="steward",
    role="steward",
    at=0,
)
MARGIN = {"name": "margin", "zh": "分", "en": "score", "psi": 0.31, "usual": 0.02, "ks": 0.2, "p_corrected": 0.001}
REPORT = MonitorReport(
    as_of="2026-10-31",
    model="petition-risk v1",
    findings=(
        _finding("score_drift", Severity.SEVERE),
        _finding("feature_drift", Severity.WARNING, name="a"),
        _finding("feature_drift", Severity.WARNING, name="b"),
        _finding("late_entry", Severity.WARNING),
    ),
    outcomes=(Outcome(name="drift", rows=[{**MARGIN, "mean_then": 1.0, "mean_now": 2.0}], findings=[]),),
    mutes=(MUTE,),
    version=1,
)


def test_a_report_as_a_run_counts_its_findings_and_tells_how_far_the_score_moved() -> None:
    record = monitored(REPORT)
    assert record.metrics == {
        "findings.info": 0.0,
        "findings.warning": 3.0,
        "findings.severe": 1.0,
        "findings.muted": 1.0,
        "finding.score_drift": 1.0,
        "finding.feature_drift": 2.0,
        "finding.late_entry": 1.0,
        "drift.score_psi": 0.31,
        "drift.score_ks": 0.2,
    }
    assert record.tags == {"monitored_up_to": "2026-10-31", "monitor_severity": "severe"}
    assert set(record.files) == {"findings.json", "report.zh.html", "report.en.html"}


def test_by_rules_nothing_is_kept(tmp_path: Path) -> None:
    assert keep_beside_model(tmp_path, replace(REPORT, version=None, model=None)) is None
    assert list(tmp_path.iterdir()) == []


def test_what_was_found_stands_beside_the_version_in_mlflow_(tmp_path: Path) -> None:
    made = registry.register_imported(
        tmp_path, make_scorecard(), record=RunRecord(name="from elsewhere", params={}, metrics={})
    )
    first = keep_beside_model(tmp_path, replace(REPORT, version=made.version))
    again = keep_beside_model(tmp_path, replace(REPORT, version=made.version, as_of="2026-11-30", findings=()))
    unknown = keep_beside_model(tmp_path, replace(REPORT, version=made.version + 8))
    assert len({first, again, unknown, None}) == 4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient

        where = registry.tracking_uri(tmp_path)
        client = MlflowClient(tracking_uri=where, registry_uri=where)
        tags = client.get_model_version(registry.NAME, str(made.version)).tags
        run = client.get_run(str(first))
        files = {one.path for one in client.list_artifacts(str(first))}
    assert (tags["monitored_up_to"], tags["monitor_severity"], tags["monitor_run_id"]) == ("2026-11-30", "none", again)
    assert run.data.tags["monitored_version"] == str(made.version)
    assert run.data.metrics["findings.severe"] == 1.0
    assert files == {"findings.json", "report.zh.html", "report.en.html"}
