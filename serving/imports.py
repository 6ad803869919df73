"""What an upload becomes: the mapping it begins with, its dry run, its import, and what is put on record."""

from dataclasses import replace
from datetime import date
from typing import Any

from data.errors import InputRefused, NotFound, PetitionRiskError
from data.ingest.remembered import choose
from data.ingest.run import IngestReport, Source, ingest
from data.mapping import parse_mapping
from data.mapping_text import write_toml
from data.store import batches, mappings, register
from data.times import cutoff_instant
from serving import import_form, journal, uploads
from serving.deps import Caller, Service
from serving.permissions import check_import_office, import_offices
from serving.uploads import Upload


def keep_upload(service: Service, caller: Caller, fields: Any, name: str, content: bytes) -> Upload:
    """Put an upload down and find the mapping to begin with. Raises InputRefused, NotAllowed; then nothing is kept."""
    tree = register.office_tree(service.store)
    office = fields.get("office") or caller.person.office_id or ""
    check_import_office(caller.person, tree, office)
    until = fields.get("until") or None
    try:
        _ = until and date.fromisoformat(until)
    except ValueError:
        raise InputRefused("upload_until", "数据截至日须写成 2026-10-31", "write the day as 2026-10-31") from None
    kept = uploads.keep(service, caller, office, name, content, until)
    path, offices = uploads.ledger_of(service, kept), register.read_offices(service.store)
    try:
        demo = service.settings.demo
        try:
            found = choose(service.store, path, offices=offices, office_id=office, demo=demo)
        except InputRefused as refused:
            if refused.code != "mapping_changed":
                raise
            kept = replace(kept, lines=((refused.zh, refused.en), *refused.details[:-1]))
            found = None
        if found is not None:
            kept = replace(kept, toml=found.stored.mapping.toml, version=found.stored.version)
        else:
            latest = mappings.read_mappings(service.store, office_id=office)
            table = import_form.start(path, offices, office, latest[-1] if latest else None)
            kept = replace(kept, toml=write_toml(table))
    except PetitionRiskError:
        uploads.drop(service, kept)
        raise
    uploads.save(service, kept)
    service.journal.record(caller.entry(journal.UPLOAD, office, {"bytes": len(content)}))
    return kept


def run(service: Service, caller: Caller, found: Upload, *, dry_run: bool, confirm: bool = False) -> IngestReport:
    """The import of an upload by its mapping, for the caller's offices; a dry run writes nothing."""
    mapping = parse_mapping(found.toml or "", remembered=found.version is not None)
    until = None if found.observed_until is None else date.fromisoformat(found.observed_until)
    return ingest(
        service.store,
        uploads.ledger_of(service, found),
        mapping,
        now=caller.now,
        user=caller.person.user_id,
        observed_until=None if until is None else cutoff_instant(until, mapping.time_zone),
        confirm=confirm,
        demo=service.settings.demo,
        audit_key=None if dry_run else service.journal.key,
        source=Source(toml=found.toml or "", office_id=found.office_id),
        within=import_offices(caller.person, register.office_tree(service.store)),
        dry_run=dry_run,
        vault=service.vault,
    )


def commit(service: Service, caller: Caller, found: Upload, *, confirm: bool) -> None:
    """Import an upload; its file is removed, and what came back waits for the uploader."""
    path = uploads.ledger_of(service, found)
    report = run(service, caller, found, dry_run=False, confirm=confirm)
    if report.outcome is None:
        raise InputRefused("nothing_taken", "没有一行可以导入，未写入任何内容", "no row could be taken in")
    back: bytes | None = None
    if report.rejected_rows or report.drafts.blanked.height or report.drafts.noted.height:
        from data.ingest.returned import returned_workbook  # openpyxl is slow to load

        mapping = parse_mapping(found.toml or "", remembered=found.version is not None)
        back = returned_workbook(path, mapping, report.drafts) or report.reject_workbook()
    uploads.finish(
        service,
        found,
        back,
        batch_id=report.outcome.batch_id,
        changed=report.changed,
        report=report.quality.body,
        lines=tuple(report.sentences()),
    )


def own_batch(service: Service, caller: Caller, batch: str) -> batches.StoredBatch:
    """An import of the caller's offices alone. Raises NotFound for any other."""
    mine = set(import_offices(caller.person, register.office_tree(service.store)))
    number = int(batch) if batch.isdecimal() and len(batch) < 12 else 0
    for one in batches.read_batches(service.store):
        if one.batch_id == number and one.batch.offices and set(one.batch.offices) <= mine:
            return one
    raise NotFound("no_such_import", "没有该批次，或不在您的范围内", "no such import, or not within your scope")
