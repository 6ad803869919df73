"""What of a monitoring report is kept in MLflow beside the version that serves: its findings, figures and pages."""

from pathlib import Path
from typing import Any

from monitoring.check import Severity
from monitoring.report import MonitorReport, to_html
from training.plain_json import canonical
from training.registry import RunRecord, record_monitored


def keep_beside_model(state: Path, report: MonitorReport) -> str | None:
    """Keep a report as an MLflow run of the version it looked at; returns the run's id, None by rules."""
    if report.version is None:
        return None
    return record_monitored(state, report.version, monitored(report))


def monitored(report: MonitorReport) -> RunRecord:
    """The report as a run: counts by severity and by code, the figures of drift and of past lists, and its pages."""
    found = [one.severity for one in report.findings]
    metrics = {f"findings.{severity.value}": float(found.count(severity)) for severity in Severity}
    metrics["findings.muted"] = float(sum(report.mute_of(one) is not None for one in report.findings))
    codes = [one.code for one in report.findings]
    metrics |= {f"finding.{code}": float(codes.count(code)) for code in sorted(set(codes))}
    tables = {outcome.name: outcome for outcome in report.outcomes}
    for name in ("drift", "month_drift"):
        for row in tables[name].rows if name in tables else []:
            if row["name"] == "margin":
                metrics |= {f"{name}.score_psi": float(row["psi"]), f"{name}.score_ks": float(row["ks"])}
    metrics |= _of_past_lists(tables["past_lists"].rows if "past_lists" in tables else [])
    return RunRecord(
        name=f"monitor {report.as_of}",
        params={},
        metrics=metrics,
        tags={
            "monitored_up_to": report.as_of,
            "monitor_severity": report.severity.value if report.severity else "none",
        },
        files={
            "findings.json": canonical(report.as_dict()["findings"]).decode(),
            **{f"report.{language}.html": to_html(report, language) for language in ("zh", "en")},
        },
    )


def _of_past_lists(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Of the newest matured list: what came back, and how well the order held among unlisted matters, if shown."""
    matured = [row for row in rows if "returned" in row]
    if not matured:
        return {}
    returned, order = matured[-1]["returned"], matured[-1]["order_among_unlisted"]
    told: dict[str, float] = {}
    if returned["share"] is not None:
        told["past_lists.returned"] = float(returned["share"])
    if order is not None:
        told["past_lists.order_among_unlisted"] = float(order["area"])
    return told
