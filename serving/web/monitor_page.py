"""The page that shows steward and approver what monitoring found, and lets them mute a finding until a day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, NotAllowed, NotFound
from data.store.mutes import Mute
from data.times import local_date
from monitoring.check import Severity
from monitoring.mutes import is_mutable, subject_of
from monitoring.tables import audit_tables
from serving import acts, journal, muting
from serving.deps import Caller, MonitorCaller, Service, service_of
from serving.row_numbers import RowNumber
from serving.web import render, views
from serving.web.flag_view import who
from serving.web.forms import Once, Refused, Short, Text, tried
from serving.web.text import translator
from serving.web.views import Translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding in words; `why_not` says why the caller cannot mute it, `muted` who did, until when and why."""

    code: str
    subject: str
    severity: str
    title: str
    text: str
    remedy: str
    may: bool
    why_not: str
    mute_id: int = 0
    muted: str = ""


@router.get("/monitor")
def monitor_page(request: Request, caller: MonitorCaller) -> Response:
    """The latest monitoring report."""
    return _page(request, caller, None, {})


@router.post("/monitor/mute")
def mute_form(
    request: Request,
    caller: MonitorCaller,
    once: Once,
    code: Short = "",
    subject: Annotated[str, Form(max_length=2000)] = "",
    until: Short = "",
    reason: Text = "",
    csrf: Short = "",
) -> Response:
    """Mute a finding, or show the page again with what to mend."""
    service = service_of(request)

    def save() -> None:
        try:
            day = date.fromisoformat(until)
        except ValueError:
            raise InputRefused("mute_day", "请填写日期", "give the day") from None
        acts.check_reason(reason)
        acts.check_texts(service, caller, [reason], office_id=caller.person.office_id or "")
        muting.mute(
            service.store,
            service.journal.key,
            service.state_dir,
            caller.person,
            code=code,
            subject=subject,
            until=day,
            reason=reason,
            now=caller.now,
            time_zone=service.settings.time_zone,
            once=once,
        )

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed, NotFound))
    if refused is None:
        return Response(status_code=303, headers={"Location": "/monitor"})
    return _page(request, caller, refused, {"code": code, "subject": subject, "until": until, "reason": reason})


@router.post("/monitor/mutes/{mute_id}/lift")
def lift_form(request: Request, caller: MonitorCaller, mute_id: RowNumber, csrf: Short = "") -> Response:
    """Have a finding told again."""
    service = service_of(request)

    def save() -> None:
        muting.lift(service.store, service.journal.key, caller.person, mute_id, now=caller.now)

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed, NotFound))
    if refused is None:
        return Response(status_code=303, headers={"Location": "/monitor"})
    return _page(request, caller, refused, {})


def _page(request: Request, caller: Caller, refused: Refused | None, sent: Mapping[str, str]) -> Response:
    service = service_of(request)
    report = muting.latest_report(service.state_dir)
    service.journal.record(caller.entry(journal.VIEW_MONITOR, caller.person.office_id))
    t = translator(caller.language)
    today = local_date(caller.now, service.settings.time_zone)
    return render.page(
        request,
        caller,
        "monitor.html",
        status=200 if refused is None else refused.status,
        page=None if report is None else _shown(service, caller, report, t),
        refused=refused,
        sent=sent,
        once=str(uuid4()),
        first_day=today.isoformat(),
        last_day=(today + timedelta(days=muting.LONGEST_DAYS)).isoformat(),
    )


def _finding(caller: Caller, one: Mapping[str, Any], t: Translate) -> FindingView:
    severity, language = Severity(one["severity"]), caller.language
    may = muting.can_mute(caller.person.role, one["code"], severity)
    why_not = "mute.approver" if is_mutable(one["code"], severity) else "mute.never"
    return FindingView(
        code=one["code"],
        subject=subject_of(one["numbers"]),
        severity=severity.value,
        **{name: one[name][language] for name in ("title", "text", "remedy")},
        may=may,
        why_not="" if may else t(why_not),
    )


def _muted(service: Service, caller: Caller, one: Mapping[str, Any], mute: Mute, t: Translate) -> FindingView:
    when = views.moment(mute.at, service.settings.time_zone)
    said = t(
        "mute.said",
        who=who(service, mute.by, mute.role, t),
        when=when,
        until=mute.until.isoformat(),
        reason=mute.reason,
    )
    return replace(_finding(caller, one, t), mute_id=mute.mute_id, muted=said)


def _shown(service: Service, caller: Caller, report: dict[str, Any], t: Translate) -> dict[str, Any]:
    language = caller.language
    tables: Mapping[str, Any] = report.get("tables", {})
    told = muting.told(service.store, report, local_date(caller.now, service.settings.time_zone))
    return {
        "as_of": report["as_of"],
        "model": _version(report["model"], t),
        "findings": [_finding(caller, one, t) for one, mute in told if mute is None],
        "muted": [_muted(service, caller, one, mute, t) for one, mute in told if mute is not None],
        "drift": [
            {"name": row[language], "psi": f"{row['psi']:.3f}", "width": min(100, round(100 * row["psi"] / 0.5))}
            for row in tables.get("drift", [])[:20]
        ],
        "past": [_past(row, language, t) for row in tables.get("past_lists", [])],
        "audits": [
            {"heading": heading, "header": header, "rows": cells}
            for name, rows in tables.items()
            for heading, header, cells in audit_tables(name, rows, language)
        ],
    }


def _version(name: str | None, t: Translate) -> str:
    """The version a report is about, in words: its name ends in the number."""
    return t("list.by_rules") if name is None else t("list.by_model", version=name.rpartition(" v")[2])


def _past(row: Mapping[str, Any], language: str, t: Translate) -> dict[str, str]:
    returned = row.get("returned")
    note = row.get("note")
    return {
        "cutoff": str(row["cutoff"]),
        "listed": str(row["listed"]),
        "returned": t("monitor.waiting") if returned is None else _share(returned, t),
        "note": str(note[language]) if note else "",
    }


def _share(share: Mapping[str, Any], t: Translate) -> str:
    if share["masked"]:
        return t("models.masked")
    if share["share"] is None:
        return "—"
    low, high = share["interval"]
    return f"{share['hits']} / {share['of']} = {share['share']:.0%} ({low:.0%} – {high:.0%})"
