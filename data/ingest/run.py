"""How a file is taken in: read, checked, and stored in one transaction, with a report of what stayed out."""

from pathlib import Path
from typing import Literal, cast

import polars as pl

from data.contract import Offices
from data.forbidden import Additions
from data.ingest.draft import Drafts
from data.ingest.read import read_source
from data.ingest.report import IngestReport, make_report
from data.ingest.sources import Fetch
from data.mapping import Mapping
from data.store.audit import Entry, append_many
from data.store.engine import Store
from data.store.register import (
    AddedKind,
    Batch,
    BatchOutcome,
    read_matters,
    read_offices,
    write_batch,
    write_offices,
)
from data.vocabulary import Role

Coverage = Literal["full", "append"]


def ingest(
    store: Store,
    path: Path,
    mapping: Mapping,
    *,
    now: int,
    user: str,
    observed_until: int | None = None,
    coverage: Coverage | None = None,
    confirm: bool = False,
    demo: bool = False,
    additions: Additions | None = None,
    audit_key: bytes | None = None,
    fetch: Fetch | None = None,
) -> IngestReport:
    """Take a file in under a mapping; good rows load, bad rows come back in the report.

    `now` and `observed_until` (how far the data reach; left out, the end of the latest day in the file) are UTC
    microseconds.  `coverage` overrides the mapping's; a full one closes what the file no longer holds, for the
    offices in the file, unless rows came back: a refused row is not a missing one.  The same file again changes
    nothing.  With `audit_key` the import, and columns of control measures in the file, are written to the audit.
    `fetch` answers a file (or folder) of SQL from an upstream database.

    Raises InputRefused, with nothing written, for a file that cannot be read (see `read_source`), and where a
    full import misses more than 5 % of what it covers and `confirm` is false.
    """
    declared: Coverage = coverage if coverage is not None else cast(Coverage, mapping.coverage)
    offices = read_offices(store)
    known = read_matters(store).filter(pl.col("source") == mapping.name)
    drafts = read_source(
        path,
        mapping,
        now=now,
        offices=offices,
        known_matters=known.select("matter_no", "matter_id") if declared == "append" else None,
        observed_until=observed_until,
        additions=additions,
        fetch=fetch,
    )
    applied: Coverage = "append" if drafts.rejects.height else declared
    touched = known.filter(pl.col("matter_id").is_in(drafts.events["matter_id"].unique().implode()))
    covered = pl.concat([drafts.matters["office_id"], touched["office_id"]]).unique().sort().to_list()
    outcome = _write(store, mapping, drafts, offices, covered, applied, now=now, user=user, confirm=confirm, demo=demo)
    report = make_report(
        path=path, mapping=mapping, drafts=drafts, outcome=outcome, declared_coverage=declared, coverage=applied
    )
    if audit_key is not None:
        _record(store, audit_key, report, now=now, user=user)
    return report


def _write(
    store: Store,
    mapping: Mapping,
    drafts: Drafts,
    offices: pl.DataFrame,
    covered: list[str],
    coverage: Coverage,
    *,
    now: int,
    user: str,
    confirm: bool,
    demo: bool,
) -> BatchOutcome | None:
    if drafts.matters.is_empty() and drafts.events.is_empty():
        return None
    fixed = mapping.office
    if fixed is not None and not offices["office_id"].is_in([fixed.office_id]).any():
        row = {"office_id": fixed.office_id, "name": fixed.name, "parent_id": None, "level": fixed.level}
        write_offices(store, Offices.cast(pl.DataFrame([row])))
    batch = Batch(
        source=mapping.name,
        file_sha256=drafts.file_sha256,
        mapping_name=mapping.name,
        mapping_sha256=mapping.sha256,
        coverage=coverage,
        offices=tuple(covered),
        observed_until=drafts.observed_until,
        time_zone=mapping.time_zone,
        recorded_at=now,
        recorded_by=user,
        # Under one number per matter repeat contacts stand where they belong; else links decide, and none is checked.
        links_checked=1.0 if mapping.numbering == "per_matter" else 0.0,
        bench_only=mapping.bench_only,
        demo=demo,
        counts={
            "rows_read": sum(drafts.rows_read.values()),
            "matters": drafts.matters.height,
            "events": drafts.events.height,
            "attributes": drafts.attributes.height,
            "rejects": drafts.rejects.height,
            "blanked": drafts.blanked.height,
            "left_out": drafts.left_out,
            "forbidden_columns": len(drafts.forbidden),
        },
    )
    kinds = [
        AddedKind(code=rule.kind, role=Role(rule.role), zh=rule.zh, en=rule.en, owner=rule.owner, reason=rule.reason)
        for rule in {rule.kind: rule for rule in mapping.kinds.values() if rule.added}.values()
    ]
    return write_batch(store, batch, drafts.matters, drafts.events, drafts.attributes, kinds=kinds, confirm=confirm)


def _record(store: Store, key: bytes, report: IngestReport, *, now: int, user: str) -> None:
    entries = [
        Entry(
            at=now,
            user_id=user,
            action="ingest",
            detail={
                "mapping": report.mapping,
                "file_sha256": report.drafts.file_sha256,
                "batch": report.batch_id,
                "changed": report.changed,
                "rejected_rows": report.rejected_rows,
            },
        )
    ]
    # The header is a category of what somebody keeps on people; only its sheet is written down.
    entries += [
        Entry(at=now, user_id=user, action="control_column_found", detail={"sheet": column.sheet})
        for column in report.control_columns
    ]
    append_many(store, key, entries)
