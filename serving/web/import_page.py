"""The pages by which an office brings its ledger in: upload, correct the mapping, dry run, import, take back."""

import tomllib
from dataclasses import replace
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from data.errors import InputRefused, LeaseHeld, NotAllowed, NotFound, PetitionRiskError
from data.forbidden import check_text
from data.ingest.quality_text import sections
from data.ingest.remembered import declarations
from data.mapping import DESCRIBES, parse_mapping
from data.mapping_text import refuse_personal, write_toml
from data.store import batches, mappings, register
from data.store.mappings import NewMapping
from data.times import cutoff_day, local_date
from serving import acts, import_form, imports, journal, uploads
from serving.deps import Caller, ImportCaller, service_of
from serving.permissions import import_offices
from serving.sessions import check_form
from serving.uploads import Upload
from serving.web import import_answers as answers
from serving.web import render
from serving.web.text import translator

router = APIRouter(include_in_schema=False)
_Text = Annotated[str, Form(max_length=2000)]
#: The store takes one import at a time; those that come together follow one another instead of being sent away.
_TURN = Lock()
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/import")
def import_page(request: Request, caller: ImportCaller) -> Response:
    """Upload a ledger; what waits, and what was imported."""
    return _start(request, caller)


@router.post("/import")
async def upload(request: Request, caller: ImportCaller) -> Response:
    """Keep the file for its uploader and go on to its mapping, or straight to the dry run where one is remembered."""
    service = service_of(request)
    try:
        fields, name, content = await uploads.read_form(request)
        if not check_form(service.settings.service, request.cookies, fields.get("csrf", "")):
            return await run_in_threadpool(_start, request, caller, problem=answers.expired(caller), status=403)
        kept = await run_in_threadpool(imports.keep_upload, service, caller, fields, name, content)
    except (InputRefused, NotAllowed) as refused:
        return await run_in_threadpool(
            _start, request, caller, problem=answers.said(refused, caller), status=refused.status
        )
    return answers.to(f"/import/{kept.upload_id}/check" if kept.version else f"/import/{kept.upload_id}")


@router.get("/import/{upload_id}")
def mapping_page(request: Request, caller: ImportCaller, upload_id: str) -> Response:
    """The first rows, and what each column and code is taken for."""
    service = service_of(request)
    return _mapping(request, caller, uploads.find(service, caller, upload_id))


@router.post("/import/{upload_id}")
async def save_mapping(request: Request, caller: ImportCaller, upload_id: str) -> Response:
    """Keep the corrected mapping and go on to the dry run, or say what is wrong with it."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_save, request, caller, upload_id, sent)


@router.post("/import/{upload_id}/drop")
def drop(request: Request, caller: ImportCaller, upload_id: str, csrf: _Text = "") -> Response:
    """Remove an upload that is not wanted."""
    service = service_of(request)
    found = uploads.find(service, caller, upload_id)
    answers.check_csrf(request, csrf)
    uploads.drop(service, found)
    return answers.to("/import")


@router.get("/import/{upload_id}/check")
def check_page(request: Request, caller: ImportCaller, upload_id: str) -> Response:
    """The dry run: what would be taken in, and how far the ledger can be trusted."""
    found = uploads.find(service_of(request), caller, upload_id)
    if found.batch_id is not None:
        return answers.to(f"/import/{upload_id}/done")
    return _checked(request, caller, found)


@router.post("/import/{upload_id}/commit")
def commit(request: Request, caller: ImportCaller, upload_id: str, csrf: _Text = "", confirm: _Text = "") -> Response:
    """Import the file; a second click waits for the first and finds it done."""
    service = service_of(request)
    with _TURN:
        found = uploads.find(service, caller, upload_id)
        if found.batch_id is None:
            if not check_form(service.settings.service, request.cookies, csrf):
                return _checked(request, caller, found, problem=answers.expired(caller), status=403)
            try:
                imports.commit(service, caller, found, confirm=confirm == "yes")
            except (InputRefused, NotAllowed, LeaseHeld) as refused:
                return _checked(request, caller, found, problem=answers.said(refused, caller), status=refused.status)
    return answers.to(f"/import/{upload_id}/done")


@router.post("/import/{upload_id}/propose")
def propose_mapping(request: Request, caller: ImportCaller, upload_id: str, csrf: _Text = "") -> Response:
    """Put what the mapping declares before a second person (G26)."""
    service = service_of(request)
    found = uploads.find(service, caller, upload_id)
    answers.check_csrf(request, csrf)
    mapping = parse_mapping(found.toml or "", remembered=found.version is not None)
    new = NewMapping(
        office_id=found.office_id,
        name=mapping.name,
        toml=found.toml or "",
        sha256=mapping.sha256,
        columns=(),
        declares=declarations(mapping),
    )
    with service.store.write():
        stored = mappings.remember(service.store, new, by=caller.person.user_id, at=caller.now)
        acts.on_record(service, caller.entry(journal.MAPPING_PROPOSED, found.office_id, {"version": stored.version}))
    return answers.to(f"/import/{upload_id}/check")


@router.get("/import/{upload_id}/done")
def done_page(request: Request, caller: ImportCaller, upload_id: str) -> Response:
    """What the import did, its report, and the workbook of what came back."""
    service = service_of(request)
    found = uploads.find(service, caller, upload_id)
    if found.batch_id is None or found.report is None:
        return answers.to(f"/import/{upload_id}/check")
    return render.page(
        request,
        caller,
        "import_done.html",
        upload=found,
        lines=[pair[0 if caller.language == "zh" else 1] for pair in found.lines],
        parts=sections(found.report, caller.language),
        returned=uploads.returned_of(service, found) is not None,
        hours=service.settings.imports.keep_hours,
    )


@router.get("/import/{upload_id}/returned.xlsx")
def returned(request: Request, caller: ImportCaller, upload_id: str) -> Response:
    """The uploader's own workbook with what came back marked; for nobody else."""
    service = service_of(request)
    found = uploads.find(service, caller, upload_id)
    content = uploads.returned_of(service, found)
    if content is None:
        raise NotFound("nothing_returned", "没有退回的内容", "nothing came back")
    service.journal.record(caller.entry(journal.UPLOAD_RETURNED, found.office_id, {"batch": found.batch_id}))
    headers = {"Content-Disposition": 'attachment; filename="returned.xlsx"', "Cache-Control": "no-store"}
    return Response(content, media_type=_XLSX, headers=headers)


def _start(request: Request, caller: Caller, *, problem: list[str] | None = None, status: int = 200) -> Response:
    service = service_of(request)
    uploads.purge(service, caller.now)
    mine = set(import_offices(caller.person, register.office_tree(service.store)))
    names = dict(register.read_offices(service.store).select("office_id", "name").iter_rows())
    stored = batches.read_batches(service.store)
    undone = {one.undoes for one in stored}
    zone = service.settings.time_zone
    rows = [
        {
            "batch": one.batch_id,
            "day": local_date(one.batch.recorded_at, zone).isoformat(),
            "by": one.batch.recorded_by,
            "reach": cutoff_day(one.batch.observed_until, one.batch.time_zone).isoformat(),
            "matters": one.batch.counts.get("matters", "—"),
            "events": one.batch.counts.get("events", "—"),
            "undone": one.batch_id in undone,
            "undoes": one.undoes,
            "act": one.batch.act,
            "own": set(one.batch.offices) <= mine,
        }
        # One that brought other offices too covers this one: it is told, and is not this person's to open.
        for one in reversed(stored)
        if mine & set(one.batch.offices)
    ]
    service.journal.record(caller.entry(journal.VIEW_IMPORTS, caller.person.office_id))
    return render.page(
        request,
        caller,
        "import.html",
        status=status,
        problem=problem,
        offices=[(office, names.get(office, office)) for office in sorted(mine)],
        waiting=uploads.waiting(service, caller),
        rows=rows,
        limit=service.settings.imports.upload_mb,
        hours=service.settings.imports.keep_hours,
    )


def _mapping(
    request: Request, caller: Caller, found: Upload, *, problem: list[str] | None = None, status: int = 200
) -> Response:
    service = service_of(request)
    if found.batch_id is not None:
        return answers.to(f"/import/{found.upload_id}/done")
    offices = register.read_offices(service.store)
    table = tomllib.loads(found.toml or "")
    form = import_form.form_of(uploads.ledger_of(service, found), table, offices, found.office_id)
    t = translator(caller.language)
    side = 0 if caller.language == "zh" else 1
    return render.page(
        request,
        caller,
        "import_map.html",
        status=status,
        upload=found,
        lines=[pair[side] for pair in found.lines],
        problem=problem,
        form=form,
        choices={
            sheet: [(value, _choice(value, caller, t)) for value in import_form.options(form.layout, role)]
            for sheet in dict.fromkeys(one.sheet for one in form.columns)
            for role in (import_form.role_of(table, sheet),)
        },
        kinds=[(kind.code, kind.zh if side == 0 else kind.en) for kind in import_form.KINDS],
        notes=[pair[side] for pair in form.notes],
        lag=table.get("lag", {}).get("default_days", 3),
        numbering=table.get("numbering"),
        coverage=table.get("coverage"),
        declared=[
            f"{name} ({DESCRIBES[one['describes']][side]})" if one.get("describes") in DESCRIBES else name
            for name, one in sorted(table.get("attributes", {}).items())
        ],
    )


def _choice(value: str, caller: Caller, t: Any) -> str:
    if value.startswith("date:"):
        kind = import_form.KIND[value.removeprefix("date:")]
        return t("import.date_of", kind=kind.zh if caller.language == "zh" else kind.en)
    return t(f"import.field.{value}")


def _save(request: Request, caller: Caller, upload_id: str, sent: dict[str, str]) -> Response:
    service = service_of(request)
    found = uploads.find(service, caller, upload_id)
    if not check_form(service.settings.service, request.cookies, sent.get("csrf", "")):
        return _mapping(request, caller, found, problem=answers.expired(caller), status=403)
    path, offices = uploads.ledger_of(service, found), register.read_offices(service.store)
    form = import_form.form_of(path, tomllib.loads(found.toml or ""), offices, found.office_id)
    table = import_form.filled(form, sent)
    owner, second = sent.get("owner", "").strip()[:60], sent.get("second", "").strip()[:60]
    try:
        if owner and second:
            if check_text(owner) or check_text(second):
                raise InputRefused("declared_personal", "请写部门名称，不写个人信息", "name a department, no person")
            table["attributes"] = import_form.declared(path, offices, found.office_id, owner, second)
        toml = write_toml(table)
        found = replace(found, toml=toml, version=None, lines=())
        mapping = parse_mapping(toml)
        refuse_personal(table)
        if mapping.office is not None and mapping.office.office_id != found.office_id:
            raise InputRefused("upload_office", "映射所属单位与上传时所选不同", "the mapping is of another office")
    except PetitionRiskError as refused:
        return _mapping(request, caller, found, problem=answers.said(refused, caller), status=422)
    uploads.save(service, found)
    return answers.to(f"/import/{upload_id}/check")


def _checked(
    request: Request, caller: Caller, found: Upload, *, problem: list[str] | None = None, status: int = 200
) -> Response:
    service = service_of(request)
    try:
        report = imports.run(service, caller, found, dry_run=True)
    except (InputRefused, NotAllowed) as refused:
        return _mapping(request, caller, found, problem=answers.said(refused, caller), status=refused.status)
    mapping = parse_mapping(found.toml or "", remembered=found.version is not None)
    open_ = [] if service.settings.demo or mapping.bench_only else list(declarations(mapping))
    same = [
        one
        for one in mappings.read_mappings(service.store, office_id=found.office_id)
        if one.mapping.sha256 == mapping.sha256
    ]
    if any(one.usable for one in same):
        open_ = []
    zh = caller.language == "zh"
    return render.page(
        request,
        caller,
        "import_check.html",
        status=status,
        upload=found,
        problem=problem,
        lines=[pair[0 if zh else 1] for pair in report.sentences()],
        parts=sections(report.quality.body, caller.language),
        needs_confirm=report.needs_confirm,
        nothing=report.outcome is None,
        open=open_,
        proposed=bool(same),
    )
