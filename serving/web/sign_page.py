"""The one page of a leader: what to sign, entry by entry with its plan, or return; and what stands with them."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response

from data.store import flags, holds, register
from data.store.screenings import ListEntry, read_entries
from data.times import cutoff_day
from data.vocabulary import ACTIONS
from serving import journal, signing
from serving.deps import Caller, Service, SignCaller, service_of
from serving.leading import leading
from serving.matters import some_seen
from serving.row_numbers import RowNumber
from serving.signing import ToSign, Waiting
from serving.web import render, views
from serving.web.flag_view import who
from serving.web.forms import Once, tried
from serving.web.lead_view import changed, lead_values
from serving.web.major_view import waiting_reports
from serving.web.standing_view import gone_told
from serving.web.text import translator
from serving.web.views import Translate, said

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRow:
    """One entry to sign as shown; `state` is waits, done, chief or rejected."""

    matter_id: str
    number: str
    what: str
    band: str | None
    since: str | None
    reason: str
    owner: str
    plan: list[tuple[str, str]]
    state: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignList:
    """One office's version as shown."""

    step_id: int
    screening_id: str
    office_id: str
    title: str
    version: str
    sent: str
    note: str
    hash: str
    state: str
    rows: list[SignRow]
    rejected: list[SignRow]
    may: int
    hidden: int
    must: int
    changed: str
    gone: str
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAttempt:
    """What was sent and not saved, for which version."""

    step_id: int = 0
    problem: str = ""
    lines: tuple[str, ...] = ()
    opinion: str = ""


@router.get("/sign")
def sign_page(request: Request, caller: SignCaller) -> Response:
    """Where a leader stands: what waits for their signature, what they promised, lead and have received."""
    return _answer(request, caller, SignAttempt())


@router.post("/sign/{step_id}")
def sign_form(
    request: Request,
    caller: SignCaller,
    step_id: RowNumber,
    act: Annotated[Literal["sign", "return"], Form()],
    once: Once,
    opinion: Annotated[str, Form(max_length=4000)] = "",
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Sign or return a version and show the page again."""
    service = service_of(request)

    def save() -> None:
        if act == "sign":
            signing.sign(service, caller, step_id, once=once)
        else:
            signing.send_back(service, caller, step_id, opinion=opinion, once=once)

    refused = tried(request, caller, csrf, save)
    if refused is None:
        return Response(status_code=303, headers={"Location": f"/sign#list-{step_id}"})
    attempt = SignAttempt(step_id=step_id, problem=refused.problem, lines=tuple(refused.lines), opinion=opinion)
    return _answer(request, caller, attempt, status=refused.status)


def _answer(request: Request, caller: Caller, attempt: SignAttempt, *, status: int = 200) -> Response:
    service = service_of(request)
    t = translator(caller.language)
    found = signing.waiting(service, caller)
    seen = [
        caller.entry(
            journal.VIEW_SIGN,
            one.standing.sent.office_id,
            {"screening": one.screening.screening_id, "version": one.standing.version},
        )
        for one in found
        if one.standing.sent is not None
    ]
    if seen:
        service.journal.record(*seen)
    shown = [_list(service, caller, one, t) for one in found]
    held = bool(holds.open_holds(service.store))
    return render.page(
        request,
        caller,
        "sign.html",
        status=status,
        lists=shown,
        attempt=attempt,
        held=held,
        reports=waiting_reports(service, caller),
        to_sign=sum(one.may for one in shown),
        **lead_values(service, caller, leading(service, caller, held=held), t),
    )


def _list(service: Service, caller: Caller, one: Waiting, t: Translate) -> SignList:
    zone, step = service.settings.time_zone, one.standing.sent
    assert step is not None  # noqa: S101 - only versions that went up are waiting
    names = {row["office_id"]: row["name"] for row in register.read_offices(service.store).iter_rows(named=True)}
    stored = read_entries(service.store, step.screening_id, offices=[step.office_id])
    listed = {entry.matter_id for entry in stored} | {shown.entry.matter_id for shown in one.entries}
    matters = some_seen(service.store, caller.matters, listed)
    # Counted is what the leader may see: the rest would tell how many are about their own post (G16).
    mine = [entry for entry in stored if entry.matter_id in matters]
    entries = {entry.matter_id: entry for entry in mine if entry.part != "must_act"}
    decisions = flags.latest_decisions(service.store, step.screening_id, [step.office_id])
    rows: list[SignRow] = []
    for shown in one.entries:
        matter = matters[shown.entry.matter_id]
        decision = decisions.get(shown.entry.matter_id)
        rows.append(_row(service, shown, matter, entries.get(shown.entry.matter_id), decision, caller.language, t))
    taken = [row for row in rows if row.state != "rejected"]
    return SignList(
        step_id=step.id,
        screening_id=step.screening_id,
        office_id=step.office_id,
        title=t(
            "sign.office",
            office=names.get(step.office_id, step.office_id),
            day=cutoff_day(one.screening.cutoff, zone).isoformat(),
        ),
        version=t("standing.version", version=step.version),
        sent=t("standing.by", who=who(service, step.by, step.role, t), when=views.moment(step.at, zone)),
        note=step.opinion,
        hash=step.content_hash or "",
        state=one.standing.state,
        rows=taken,
        rejected=[row for row in rows if row.state == "rejected"],
        may=sum(row.state == "waits" for row in taken),
        hidden=one.hidden,
        must=sum(entry.part == "must_act" for entry in mine),
        changed=changed([entry.since for entry in mine], t),
        gone=gone_told(service, one.screening, step.office_id, t),
        once=str(uuid4()),
    )


def _row(
    service: Service,
    shown: ToSign,
    matter: dict[str, str | None],
    entry: ListEntry | None,
    decision: flags.Decision | None,
    language: str,
    t: Translate,
) -> SignRow:
    state = "rejected" if not shown.entry.taken else "done" if shown.signature else "chief" if shown.chief else "waits"
    first = next(iter(entry.reasons), None) if entry is not None else None
    note = ""
    if state == "rejected" and decision is not None:
        note = f"{decision.reason} {who(service, decision.decided_by, decision.role, t)}"
    elif shown.signature is not None:
        zone = service.settings.time_zone
        note = f"{who(service, shown.signature.by, shown.signature.role, t)} {views.moment(shown.signature.at, zone)}"
    return SignRow(
        matter_id=shown.entry.matter_id,
        number=str(matter["matter_no"]),
        what=t("list.col.join").join(
            (views.category(matter["category"], language), views.cause(matter["cause"], language))
        ),
        band=shown.entry.band,
        since=None if entry is None else entry.since,
        reason=said(first, language) if first is not None else (decision.reason if decision is not None else ""),
        owner=str(shown.entry.content.get("owner") or t("none")),
        plan=[(views.of_code(ACTIONS, action, language), due) for action, due in shown.entry.content.get("plan", [])],
        state=state,
        note=note,
    )
