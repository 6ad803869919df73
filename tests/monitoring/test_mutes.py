"""Does a mute keep quiet what it names and nothing graver, and never what is about fairness or harm."""

from datetime import date
from typing import Any

import pytest

from data.store.mutes import Mute
from monitoring.check import Finding, Severity
from monitoring.mutes import is_mutable, mute_of, subject_of
from monitoring.report import MonitorReport, to_html, to_markdown


def finding(code: str, severity: Severity, **numbers: Any) -> Finding:
    text = dict.fromkeys(("title_zh", "title_en", "text_zh", "text_en", "remedy_zh", "remedy_en"), "说 said")
    return Finding(code=code, severity=severity, numbers=numbers, **text)


def muted(code: str, severity: Severity, **numbers: Any) -> Mute:
    return Mute(
        mute_id=1,
        code=code,
        subject=subject_of(numbers),
        severity=severity.value,
        until=date(2026, 12, 31),
        reason="台账正在<更换>",
        by="steward",
        role="steward",
        at=0,
    )


def test_a_subject_is_what_a_finding_is_about_and_not_its_figures() -> None:
    assert subject_of({"office_id": "C1", "registered": 3, "p": 0.1}) == subject_of({"office_id": "C1", "p": 0.2})
    assert subject_of({"office_id": "C1"}) != subject_of({"office_id": "C2"})
    assert subject_of({"codes": {"XY": 3, "AB": 1}}) == subject_of({"codes": {"AB": 7, "XY": 1}})
    assert subject_of({"offices": ["C1"]}) != subject_of({"offices": ["C1", "C2"]})
    assert subject_of({"offices": 2}) == ""


@pytest.mark.parametrize(
    ("code", "office", "severity", "quiet"),
    [
        ("registrations_fall", "C1", Severity.WARNING, True),
        ("registrations_fall", "C1", Severity.INFO, True),
        ("registrations_fall", "C1", Severity.SEVERE, False),  # it has grown graver
        ("registrations_fall", "C2", Severity.WARNING, False),  # another office
        ("late_entry", "C1", Severity.WARNING, False),  # another finding
    ],
)
def test_a_mute_holds_for_its_own_finding_while_it_is_no_graver(
    code: str, office: str, severity: Severity, quiet: bool
) -> None:
    mute = muted("registrations_fall", Severity.WARNING, office_id="C1")
    assert (mute_of(code, {"office_id": office}, severity, [mute]) is not None) is quiet


@pytest.mark.parametrize("code", ["group_behind", "group_waits", "figures_pressed_over", "flag_hurts"])
def test_g13_g22_g24_nothing_severe_about_fairness_or_harm_is_ever_quiet(code: str) -> None:
    assert not is_mutable(code, Severity.SEVERE)
    # Not even by a row somebody wrote into the database.
    assert mute_of(code, {}, Severity.SEVERE, [muted(code, Severity.SEVERE)]) is None
    report = MonitorReport(
        as_of="2026-11-30",
        model=None,
        findings=(finding(code, Severity.SEVERE),),
        outcomes=(),
        mutes=(muted(code, Severity.SEVERE),),
    )
    assert report.severity is Severity.SEVERE


def test_what_is_muted_stays_in_the_report_marked_and_counts_no_more() -> None:
    report = MonitorReport(
        as_of="2026-11-30",
        model=None,
        findings=(finding("data_behind", Severity.SEVERE), finding("late_entry", Severity.WARNING)),
        outcomes=(),
        mutes=(muted("data_behind", Severity.SEVERE),),
    )
    assert report.severity is Severity.WARNING
    told = report.as_dict()
    assert [one["muted"] and one["muted"]["until"] for one in told["findings"]] == ["2026-12-31", None]
    assert told["severity"] == "warning"
    assert "(data_behind) · 暂不提醒至 2026-12-31（台账正在<更换>）" in to_markdown(report, "zh")
    assert "muted until 2026-12-31 (台账正在&lt;更换&gt;)" in to_html(report, "en")
