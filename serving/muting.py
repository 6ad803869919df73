"""Who may mute a finding of the monitors, until when, and how it is put on record.

A mute hides nothing from the report: the finding stays in it, marked, with the reason; it only stops asking.
"""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.errors import InputRefused, NotAllowed, NotFound
from data.store import audit, mutes
from data.store.audit import Entry
from data.store.engine import Store
from data.store.mutes import Mute
from data.store.users import User, UserRole
from data.times import local_date
from monitoring.check import Severity, in_order_of
from monitoring.mutes import is_mutable, mute_of, subject_of
from serving import journal
from serving.kept_sunset import sunset_finding

#: The latest report, under the state directory: pages, gauges and mutes read it.
LATEST = Path("monitor") / "latest.json"
#: A finding that is to be quiet for longer is to be looked at again.
LONGEST_DAYS = 180
#: Who mutes at all, and who mutes what is severe.
_ROLES = (UserRole.STEWARD, UserRole.APPROVER)


def latest_report(state: Path) -> dict[str, Any] | None:
    """The latest report as it was written, with what the newest yearly report has people decide; None: none yet."""
    path = state / LATEST
    if not path.is_file():
        return None
    report = json.loads(path.read_text(encoding="utf-8"))
    yearly = sunset_finding(state)
    return report if yearly is None else report | {"findings": [*report["findings"], yearly]}


def name_of(state: Path, as_of: str) -> str:
    """What a report of this day is written as: `latest`, or its day where the latest report is of a later one."""
    path = state / LATEST
    last = json.loads(path.read_text(encoding="utf-8"))["as_of"] if path.is_file() else None
    return LATEST.stem if last is None or last <= as_of else as_of


def told(store: Store, report: dict[str, Any], day: date) -> list[tuple[dict[str, Any], Mute | None]]:
    """The findings of a report, each with the mute that keeps it quiet on a local day."""
    standing = mutes.standing_mutes(store, day)
    return [
        (one, mute_of(one["code"], one["numbers"], Severity(one["severity"]), standing)) for one in report["findings"]
    ]


def worst_told(found: Sequence[tuple[dict[str, Any], Mute | None]]) -> str | None:
    """The gravest severity that is not muted."""
    return min(
        (one["severity"] for one, quiet in found if quiet is None),
        key=lambda name: in_order_of(Severity(name)),
        default=None,
    )


def can_mute(role: str, code: str, severity: Severity) -> bool:
    """Whether a person of this role may mute a finding as grave as it is: what is severe takes the approver."""
    if role not in _ROLES or not is_mutable(code, severity):
        return False
    return severity is not Severity.SEVERE or role == UserRole.APPROVER


def mute(
    store: Store,
    key: bytes,
    state: Path,
    person: User,
    *,
    code: str,
    subject: str | None,
    until: date,
    reason: str,
    now: int,
    time_zone: str,
    once: str,
) -> int | None:
    """Mute a finding of the latest report; None where the same form was sent before.

    `subject` tells which of several findings of one code; None where there is only one.  The reason has passed the
    gate for typed text.  Raises NotFound for a finding that is not in the report, NotAllowed for one that cannot be
    muted or not by this person, InputRefused for a day that is past or too far.
    """
    found = [one for one in (latest_report(state) or {"findings": []})["findings"] if one["code"] == code]
    named = [one for one in found if subject is None or subject_of(one["numbers"]) == subject]
    if not named:
        raise NotFound("no_such_finding", "最近一次监测没有这一发现", "the latest report has no such finding")
    if len({subject_of(one["numbers"]) for one in named}) > 1:
        subjects = [subject_of(one["numbers"]) for one in named]
        raise InputRefused(
            "finding_which",
            f"“{code}”有多项，请用 --subject 指明其一",
            f"there are several of {code}; say which with --subject",
            [(one, one) for one in subjects],
        )
    severity = min((Severity(one["severity"]) for one in named), key=in_order_of)
    _check(person, code, severity, until, local_date(now, time_zone))
    about = subject_of(named[0]["numbers"])
    with store.write():
        number = mutes.add_mute(
            store,
            code=code,
            subject=about,
            severity=severity.value,
            until=until,
            reason=reason.strip(),
            by=person.user_id,
            role=person.role,
            at=now,
            once=once,
        )
        if number is not None:
            detail = {"mute": number, "code": code, "severity": severity.value, "until": until.isoformat()}
            audit.append_many(store, key, [_entry(person, journal.FINDING_MUTED, now, detail)])
    return number


def lift(store: Store, key: bytes, person: User, mute_id: int, *, now: int) -> None:
    """Have a finding told again before its day. Raises NotAllowed for whose role mutes nothing, else as the store."""
    if person.role not in _ROLES:
        raise _not_yours()
    with store.write():
        mutes.lift_mute(store, mute_id, by=person.user_id, role=person.role, at=now)
        audit.append_many(store, key, [_entry(person, journal.MUTE_LIFTED, now, {"mute": mute_id})])


def _entry(person: User, action: str, now: int, detail: dict[str, Any]) -> Entry:
    return Entry(at=now, user_id=person.user_id, action=action, office_id=person.office_id, detail=detail)


def _check(person: User, code: str, severity: Severity, until: date, today: date) -> None:
    if not is_mutable(code, severity):
        raise NotAllowed(
            "finding_never_muted",
            "这一发现关系到公平或对当事人的影响，“须处理”时不能暂不提醒",
            "this finding is about fairness or harm; while severe it cannot be muted",
        )
    if person.role not in _ROLES:
        raise _not_yours()
    if not can_mute(person.role, code, severity):
        raise NotAllowed(
            "mute_severe", "“须处理”的发现只能由审批人暂不提醒", "what is severe can be muted by the approver only"
        )
    if not today <= until <= today + timedelta(days=LONGEST_DAYS):
        raise InputRefused(
            "mute_until",
            f"日期须在今天至 {LONGEST_DAYS} 天之内",
            f"the day must lie between today and {LONGEST_DAYS} days from now",
        )


def _not_yours() -> NotAllowed:
    return NotAllowed("mute_not_yours", "由模型管理员或审批人设置", "a model steward or an approver does this")
