"""How a file is taken in: read, checked, and stored in one transaction, with a report of what stayed out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

import polars as pl

from data.contract import Offices
from data.errors import NotAllowed
from data.forbidden import Additions
from data.ingest.draft import Drafts
from data.ingest.quality import make_quality
from data.ingest.read import read_source
from data.ingest.remembered import new_mapping, refuse_unconfirmed
from data.ingest.report import IngestReport, make_report
from data.ingest.sources import Fetch
from data.mapping import Mapping
from data.store import vault as vaults
from data.store.audit import Entry, append_many
from data.store.engine import Store
from data.store.links import registrations
from data.store.mappings import StoredMapping, remember
from data.store.register import (
    AddedKind,
    Batch,
    BatchOutcome,
    read_matters,
    read_offices,
    write_batch,
)
from data.store.vault import Vault
from data.times import DAY_US
from data.vocabulary import Role

Coverage = Literal["full", "append"]
#: Registered this far apart and of another class, one number stands for two matters.
REUSED_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a mapping comes from: its TOML is remembered for `office_id`, None: for the office the file is of."""

    toml: str
    office_id: str | None = None


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
    source: Source | None = None,
    within: Collection[str] | None = None,
    dry_run: bool = False,
    vault: Vault | None = None,
) -> IngestReport:
    """Take a file in under a mapping; good rows load, bad rows come back in the report.

    `now` and `observed_until` (how far the data reach; left out, the end of the latest day in the file) are UTC
    microseconds.  `coverage` overrides the mapping's; a full one closes what the file no longer holds, for the
    offices in the file, unless rows came back: a refused row is not a missing one.  The same file again changes
    nothing.  With `source` the mapping is an office's own: it is
    remembered, and what it declares must have been confirmed.  `within`: the offices the caller may write for; rows of
    others come back.  With `audit_key` the import, and columns of control measures in the file, are written to the
    audit.  A dry run makes the same report and writes nothing at all.
    `fetch` answers a file (or folder) of SQL from an upstream database.  `vault`, where it is on: the identity column
    of the mapping is hashed in memory while it is read; the hashes go there once the import itself is stored.

    Raises InputRefused, with nothing written, for a file that cannot be read (see `read_source`), and where a
    full import misses more than 5 % of what it covers and `confirm` is false; NotAllowed for a mapping that
    declares what no second person has confirmed (G26), or an office outside `within`.
    """
    declared: Coverage = coverage if coverage is not None else cast(Coverage, mapping.coverage)
    everyone = read_offices(store)
    offices = everyone if within is None else everyone.filter(pl.col("office_id").is_in(list(within)))
    _refuse_foreign(mapping, within)
    known = read_matters(store).filter(pl.col("source") == mapping.name)
    if within is not None:
        known = known.filter(pl.col("office_id").is_in(list(within)))
    drafts = read_source(
        path,
        mapping,
        now=now,
        offices=offices,
        known_matters=known.select("matter_no", "matter_id") if declared == "append" else None,
        observed_until=observed_until,
        additions=additions,
        fetch=fetch,
        keys=None if vault is None else vault.keys,
    )
    applied: Coverage = "append" if drafts.rejects.height else declared
    touched = known.filter(pl.col("matter_id").is_in(drafts.events["matter_id"].unique().implode()))
    covered = pl.concat([drafts.matters["office_id"], touched["office_id"]]).unique().sort().to_list()
    home = source.office_id if source is not None and source.office_id else home_office(covered, mapping, everyone)
    if source is not None and not dry_run:
        refuse_unconfirmed(store, mapping, office_id=home, demo=demo)
    quality = make_quality(drafts, mapping, everyone)
    reused = _reused(store, drafts, known, covered)
    outcome: BatchOutcome | None = None
    kept: StoredMapping | None = None
    if not (drafts.matters.is_empty() and drafts.events.is_empty()):
        batch = _batch(mapping, drafts, covered, applied, now=now, user=user, demo=demo)
        batch = replace(batch, report=quality.body)
        fresh = _new_office(mapping, everyone)
        keep = source is not None and home is not None and not mapping.bench_only
        to_keep = new_mapping(mapping, source.toml, home, drafts) if keep and source and home else None
        outcome = write_batch(
            store,
            batch,
            drafts.matters,
            drafts.events,
            drafts.attributes,
            kinds=_kinds(mapping),
            confirm=confirm or dry_run,
            office=fresh,
            dry_run=dry_run,
            remember=to_keep,
        )
        if to_keep is not None and not dry_run:
            # Where nothing changed there is no batch to carry it; else this finds what was just kept.
            kept = remember(store, to_keep, by=user, at=now)
    if vault is not None and drafts.hashed is not None and outcome is not None and not dry_run:
        lost = known.filter(pl.col("office_id").is_in(covered)) if applied == "full" else known.clear()
        # An erased matter is in the file and not in the store: nothing of it comes back.
        stored = drafts.hashed.filter(pl.col("matter_id").is_in(read_matters(store)["matter_id"].implode()))
        vaults.keep(vault, stored, gone=lost["matter_id"], by=user, at=now)
    report = make_report(
        reused=reused,
        path=path,
        mapping=mapping,
        drafts=drafts,
        outcome=outcome,
        declared_coverage=declared,
        coverage=applied,
        quality=quality,
        dry_run=dry_run,
        mapping_version=None if kept is None else (kept.mapping.office_id, kept.version),
    )
    if audit_key is not None and not dry_run:
        _record(store, audit_key, report, now=now, user=user)
    return report


def _reused(store: Store, drafts: Drafts, known: pl.DataFrame, offices: Sequence[str]) -> tuple[str, ...]:
    """The numbers under which the file has another matter than the store: both class and day of registration differ.

    One of the two alone is a correction; both at once, months apart, is a number given out again.
    """
    before = known.select("matter_id", pl.col("category", "cause").name.prefix("old_"))
    now = drafts.events.filter(pl.col("kind") == "registered").group_by("matter_id").agg(pl.col("occurred_at").min())
    both = drafts.matters.join(before, on="matter_id").join(now, on="matter_id")
    if both.is_empty():
        return ()
    other = pl.any_horizontal(pl.col(name) != pl.col(f"old_{name}") for name in ("category", "cause"))
    far = (pl.col("occurred_at") - pl.col("registered_at")).abs() > REUSED_DAYS * DAY_US
    differ = both.filter(other.fill_null(value=False))
    if differ.is_empty():
        return ()
    stood = differ.join(registrations(store, offices), on="matter_id")
    return tuple(stood.filter(far)["matter_no"].sort())


def home_office(covered: Sequence[str], mapping: Mapping, offices: pl.DataFrame) -> str | None:
    """Whose ledger a file is: its one office, else the nearest office above all of them; None where there is none."""
    if mapping.office is not None:
        return mapping.office.office_id
    parents = dict(offices.select("office_id", "parent_id").iter_rows())

    def line(office: str) -> list[str]:
        found = [office]
        while (above := parents.get(found[-1])) is not None and above not in found:
            found.append(above)
        return found

    lines = [line(office) for office in covered]
    return next((office for office in lines[0] if all(office in other for other in lines)), None) if lines else None


def _refuse_foreign(mapping: Mapping, within: Collection[str] | None) -> None:
    if within is not None and mapping.office is not None and mapping.office.office_id not in within:
        raise NotAllowed(
            "office_not_yours",
            "映射所属单位不在您的范围内",
            "the mapping is of an office outside your scope",
        )


def _new_office(mapping: Mapping, offices: pl.DataFrame) -> pl.DataFrame | None:
    fixed = mapping.office
    if fixed is None or offices["office_id"].is_in([fixed.office_id]).any():
        return None
    row = {"office_id": fixed.office_id, "name": fixed.name, "parent_id": None, "level": fixed.level}
    return Offices.cast(pl.DataFrame([row]))


def _kinds(mapping: Mapping) -> list[AddedKind]:
    return [
        AddedKind(code=rule.kind, role=Role(rule.role), zh=rule.zh, en=rule.en, owner=rule.owner, reason=rule.reason)
        for rule in {rule.kind: rule for rule in mapping.kinds.values() if rule.added}.values()
    ]


def _batch(
    mapping: Mapping, drafts: Drafts, covered: list[str], coverage: Coverage, *, now: int, user: str, demo: bool
) -> Batch:
    return Batch(
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
