"""The pages about past imports and remembered mappings: report, taking back, and a second person's confirmation."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from data.errors import NotAllowed, NotFound
from data.forbidden import check_text
from data.ingest.quality_text import sections
from data.ingest.remembered import declaration_lines
from data.mapping import parse_mapping
from data.store import batches, mappings, register
from data.times import local_date
from serving import acts, imports, journal
from serving.deps import Caller, ImportCaller, MappingCaller, Service, service_of
from serving.permissions import check_import_office, import_offices
from serving.retention import clear_vault
from serving.sessions import check_form
from serving.web import import_answers as answers
from serving.web import render
from serving.web.text import translator

router = APIRouter(include_in_schema=False)
_Text = Annotated[str, Form(max_length=2000)]


@router.get("/import/batches/{batch}")
def batch_page(request: Request, caller: ImportCaller, batch: str) -> Response:
    """The data-quality report kept with an import, and the form to take it back."""
    return _batch_page(request, caller, batch)


@router.post("/import/batches/{batch}/undo")
def undo(request: Request, caller: ImportCaller, batch: str, csrf: _Text = "", reason: _Text = "") -> Response:
    """Take an import back, with a reason; nothing is deleted."""
    service = service_of(request)
    stored = imports.own_batch(service, caller, batch)
    if not check_form(service.settings.service, request.cookies, csrf):
        return _batch_page(request, caller, batch, problem=answers.expired(caller), reason=reason, status=403)
    found = check_text(reason)
    if not reason.strip() or found:
        lines = [(one.zh if caller.language == "zh" else one.en) for one in found]
        said = [translator(caller.language)("import.undo_reason"), *lines]
        return _batch_page(request, caller, batch, problem=said, reason=reason, status=422)
    try:
        with service.store.write():
            by, at = caller.person.user_id, caller.now
            number = batches.undo_batch(service.store, stored.batch_id, by=by, at=at, reason=reason.strip())
            detail = {"batch": number, "undoes": stored.batch_id}
            acts.on_record(service, caller.entry(journal.UNDO, caller.person.office_id, detail))
    except NotAllowed as refused:
        return _batch_page(request, caller, batch, problem=answers.said(refused, caller), reason=reason, status=403)
    clear_vault(service.store, service.state_dir, service.settings, now=caller.now)
    return answers.to("/import")


@router.get("/mappings")
def mappings_page(request: Request, caller: MappingCaller) -> Response:
    """The mappings of the caller's offices: every version, and what waits for a second person."""
    service = service_of(request)
    return _mappings(request, service, caller)


@router.post("/mappings/confirm")
def confirm_mapping(
    request: Request, caller: MappingCaller, office: _Text = "", version: _Text = "", csrf: _Text = ""
) -> Response:
    """A second person confirms what a version declares (G26)."""
    service = service_of(request)
    if not check_form(service.settings.service, request.cookies, csrf):
        return _mappings(request, service, caller, problem=answers.expired(caller), status=403)
    check_import_office(caller.person, register.office_tree(service.store), office)
    try:
        number = int(version) if version.isdecimal() and len(version) < 9 else 0
        with service.store.write():
            mappings.confirm_mapping(service.store, office, number, by=caller.person.user_id, at=caller.now)
            acts.on_record(service, caller.entry(journal.MAPPING_CONFIRMED, office, {"version": number}))
    except NotAllowed as refused:
        return _mappings(request, service, caller, problem=answers.said(refused, caller), status=403)
    return answers.to("/mappings")


def _batch_page(
    request: Request,
    caller: Caller,
    batch: str,
    *,
    problem: list[str] | None = None,
    reason: str = "",
    status: int = 200,
) -> Response:
    service = service_of(request)
    stored = imports.own_batch(service, caller, batch)
    try:
        report = batches.batch_report(service.store, stored.batch_id)
    except NotFound:
        report = None
    undone = {one.undoes for one in batches.read_batches(service.store)}
    return render.page(
        request,
        caller,
        "import_batch.html",
        status=status,
        problem=problem,
        reason=reason,
        batch=stored.batch_id,
        version=None if report is None else report.mapping_version,
        parts=[] if report is None else sections(report.body, caller.language),
        may_undo=stored.undoes is None and stored.batch_id not in undone,
    )


def _mappings(
    request: Request, service: Service, caller: Caller, *, problem: list[str] | None = None, status: int = 200
) -> Response:
    mine = set(import_offices(caller.person, register.office_tree(service.store)))
    zone = service.settings.time_zone
    rows = [
        {
            "office": one.mapping.office_id,
            "version": one.version,
            "name": one.mapping.name,
            "by": one.proposed_by,
            "day": local_date(one.proposed_at, zone).isoformat(),
            "declares": list(one.mapping.declares),
            "said": _said(one.mapping, caller),
            "confirmed": one.confirmed_by,
            "waits": not one.usable,
            "own": one.proposed_by == caller.person.user_id,
            "toml": one.mapping.toml,
        }
        for one in reversed(mappings.read_mappings(service.store))
        if one.mapping.office_id in mine
    ]
    return render.page(request, caller, "mappings.html", status=status, rows=rows, problem=problem)


def _said(stored: mappings.NewMapping, caller: Caller) -> list[str]:
    if not stored.declares:
        return []
    side = 0 if caller.language == "zh" else 1
    return [pair[side] for pair in declaration_lines(parse_mapping(stored.toml, remembered=True))]
