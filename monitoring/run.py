"""What the monitors say about one register and its lists, as of one day."""

from data.times import cutoff_day
from monitoring.calibration import check_calibration
from monitoring.check import Check, Watch, in_order
from monitoring.data_quality import check_data_quality
from monitoring.drift import check_drift, check_month_drift
from monitoring.fairness import check_fairness
from monitoring.follow_through import check_follow_through
from monitoring.gaming import check_gaming
from monitoring.harm import check_harm
from monitoring.inflow import check_inflow
from monitoring.lists import check_lists
from monitoring.missingness import check_missingness
from monitoring.overrides import check_overrides
from monitoring.performance import check_past_lists
from monitoring.report import MonitorReport
from monitoring.retraining import propose_retraining
from monitoring.skew import check_skew
from monitoring.unsigned import check_unsigned

CHECKS: tuple[Check, ...] = (
    check_data_quality,
    check_missingness,
    check_inflow,
    check_past_lists,
    check_calibration,
    check_lists,
    check_overrides,
    check_follow_through,
    check_drift,
    check_month_drift,
    check_skew,
    check_fairness,
    check_gaming,
    check_harm,
    check_unsigned,
)


def monitor(watch: Watch, *, model: str | None = None) -> MonitorReport:
    """Run every check over `watch`; `model` is the name of the model version in use, None by rules."""
    checked = tuple(check(watch) for check in CHECKS)
    outcomes = (*checked, propose_retraining(watch, checked))
    findings = in_order(finding for outcome in outcomes for finding in outcome.findings)
    return MonitorReport(
        as_of=cutoff_day(watch.as_of, watch.register.time_zone).isoformat(),
        model=model,
        findings=tuple(findings),
        outcomes=outcomes,
    )
