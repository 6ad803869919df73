"""The page of the auditor: who saw and did what, narrowed, whether the chain is whole, and unusual look-ups."""

from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from data.store import audit, register
from data.store.audit import Verdict
from data.times import local_midnight
from serving import journal
from serving.deps import LogCaller, Service, service_of
from serving.row_numbers import Before
from serving.unusual import WORDS
from serving.web import render, views
from serving.web.text import TEXTS, translator
from serving.web.views import Option, Translate

router = APIRouter(include_in_schema=False)
_ROWS = 50
_UNUSUAL = 20
_ACTION = "log.action."
_Text = Annotated[str, Query(max_length=60)]


@router.get("/log")
def log_page(
    request: Request,
    caller: LogCaller,
    before: Before = None,
    user: _Text = "",
    action: _Text = "",
    office: _Text = "",
    matter: _Text = "",
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
    *,
    verify: bool = False,
) -> Response:
    """Entries, the newest first, or those before number `before`; the view of the log is itself on record."""
    service = service_of(request)
    t, zone = translator(caller.language), service.settings.time_zone
    chosen = {"user": user.strip(), "action": action, "office": office, "matter": matter.strip()}
    chosen |= {"first": first, "last": last}
    problem, since, until = "", None, None
    try:
        since = local_midnight(date.fromisoformat(first), zone) if first else None
        until = local_midnight(date.fromisoformat(last) + timedelta(days=1), zone) if last else None
    except (ValueError, OverflowError):
        problem = t("log.bad_day")
    asked = {name: value for name, value in chosen.items() if value}
    detail: dict[str, Any] = {"before": before}
    if asked:
        detail["narrowed"] = sorted(asked)
    if verify:
        detail["verify"] = True
    service.journal.record(caller.entry(journal.VIEW_LOG, caller.person.office_id, detail))
    found = audit.newest_entries(
        service.store,
        before=before,
        limit=_ROWS + 1,
        action=action or None,
        user_id=chosen["user"] or None,
        office_id=office or None,
        matter_id=chosen["matter"] or None,
        since=since,
        until=until,
    )
    shown = found[:_ROWS]
    rows = [
        {
            "seq": one.seq,
            "time": views.moment(one.entry.at, zone),
            "user": one.entry.user_id,
            "action": _action(one.entry.action, t),
            "office": one.entry.office_id or "—",
            "matter": one.entry.matter_id or "—",
            "request": one.entry.request_id or "—",
        }
        for one in shown
    ]
    here = "/log?" + urlencode(asked) if asked else "/log"
    older = "/log?" + urlencode({**asked, "before": shown[-1].seq}) if len(found) > _ROWS else None
    return render.page(
        request,
        caller,
        "log.html",
        rows=rows,
        older=older,
        newest=here if before else None,
        chosen=chosen,
        filtered=bool(asked),
        problem=problem,
        actions=_actions(t),
        offices=[
            Option(value=one["office_id"], label=one["name"])
            for one in register.read_offices(service.store).iter_rows(named=True)
        ],
        verdict=_verdict(_verify(service), caller.language, t) if verify else None,
        unusual=_unusual(service, caller.language),
    )


def _action(code: str, t: Translate) -> str:
    key = f"{_ACTION}{code}"
    return t(key) if key in TEXTS else code


def _actions(t: Translate) -> list[Option]:
    found = [Option(value=key.removeprefix(_ACTION), label=t(key)) for key in TEXTS if key.startswith(_ACTION)]
    return sorted(found, key=lambda one: one.label)


def _verify(service: Service) -> Verdict:
    files = (journal.CHECKPOINTS, journal.CHECKPOINTS_SIGNED)
    signed = [one for name in files for one in audit.read_checkpoints(service.state_dir / name)]
    return audit.verify(service.store, service.journal.key, signed)


def _verdict(found: Verdict, language: str, t: Translate) -> dict[str, Any]:
    side = "zh" if language == "zh" else "en"
    text = t("log.whole", n=found.entries) if found.intact else t("log.broken", n=len(found.breaks))
    return {
        "intact": found.intact,
        "text": text,
        "proven": t("log.proven", n=found.proven_until) if found.proven_until else t("log.unproven"),
        "breaks": [getattr(one, side) for one in found.breaks[:_UNUSUAL]],
    }


def _unusual(service: Service, language: str) -> list[dict[str, Any]]:
    side = 0 if language == "zh" else 1
    found = audit.newest_entries(service.store, limit=_UNUSUAL, action=journal.UNUSUAL_LOOKS)
    return [
        {
            "day": detail["day"],
            "what": WORDS[detail["kind"]][side],
            "who": detail["user"] or one.entry.office_id or "—",
            "count": detail["count"],
            "limit": detail["limit"],
            "href": "/log?" + urlencode({"first": detail["day"], "last": detail["day"], **_by(detail, one.entry)}),
        }
        for one in found
        for detail in (one.entry.detail,)
    ]


def _by(detail: Any, entry: audit.Entry) -> dict[str, str]:
    if detail["user"]:
        return {"user": str(detail["user"])}
    return {"office": entry.office_id} if entry.office_id else {}
