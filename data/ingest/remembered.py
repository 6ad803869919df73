"""Which mapping an office's ledger came in by last time, whether it still fits, and what it declares."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import polars as pl

from data.errors import InputRefused, NotAllowed, PetitionRiskError
from data.forbidden import Additions, header_key
from data.ingest.draft import Drafts
from data.ingest.headers import possible_headers
from data.ingest.located import absent_columns, wanted_columns
from data.ingest.proposal import ATTRIBUTES
from data.ingest.propose import propose
from data.ingest.sources import Fetch, Source, all_sources, shown_header
from data.mapping import DESCRIBES, AttributeSpec, KindRule, load_mapping, parse_mapping, shipped
from data.mapping import Mapping as OfficeMapping
from data.mapping_parts import VaultSpec
from data.mapping_text import refuse_personal
from data.store.engine import Store
from data.store.mappings import NewMapping, StoredMapping, read_mappings


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A remembered mapping that fits a file."""

    mapping: OfficeMapping
    stored: StoredMapping


def declarations(mapping: OfficeMapping) -> tuple[str, ...]:
    """What a mapping declares beyond what the product ships: attributes (whatever their column), kinds it adds, and
    that identities are hashed."""
    ours = {_declared(one) for name in shipped() for one in _all_declared(load_mapping(name))}
    return tuple(sorted(label for label, one in _labelled(mapping) if _declared(one) not in ours))


def declaration_lines(mapping: OfficeMapping) -> list[tuple[str, str]]:
    """Each of `declarations` with what a second person confirms and the impact assessment prints (G26), zh and en."""
    open_ = declarations(mapping)
    lines: list[tuple[str, str]] = []
    for label, one in _labelled(mapping):
        if label not in open_ or isinstance(one, VaultSpec):
            continue
        zh, en = DESCRIBES.get(one.describes or "", ("未写明描述什么", "does not say what it describes"))
        said = (one.owner or "—", one.confirmed_by or "—", one.reason or "—", one.source or "—")
        lines.append(
            (
                f"{label}：{zh}；申明 {said[0]}；确认 {said[1]}；理由 {said[2]}；依据 {said[3]}",
                f"{label}: {en}; declared by {said[0]}; confirmed by {said[1]}; reason: {said[2]}; source: {said[3]}",
            )
        )
    return lines


def new_mapping(mapping: OfficeMapping, toml: str, office_id: str, drafts: Drafts) -> NewMapping:
    """What to remember of a mapping that has read a file. Raises InputRefused for personal data in it."""
    refuse_personal(tomllib.loads(toml))
    gone = {column.header for column in drafts.absent}
    return NewMapping(
        office_id=office_id,
        name=mapping.name,
        toml=toml,
        sha256=mapping.sha256,
        columns=tuple(header for header in mapped(mapping) if header not in gone),
        declares=declarations(mapping),
    )


def mapped(mapping: OfficeMapping) -> list[str]:
    """Every column a mapping reads, of all its sheets."""
    specs = [spec for spec in (mapping.matters, mapping.events) if spec is not None]
    return list(dict.fromkeys(header for spec in specs for header in wanted_columns(spec, mapping)))


def refuse_unconfirmed(store: Store, mapping: OfficeMapping, *, office_id: str | None, demo: bool) -> None:
    """G26: what an office declares needs a second person before it is used in the open. Raises NotAllowed."""
    if demo or mapping.bench_only:
        return
    declared = declarations(mapping)
    if not declared:
        return
    known = [] if office_id is None else read_mappings(store, office_id=office_id)
    if any(one.mapping.sha256 == mapping.sha256 and one.usable for one in known):
        return
    raise NotAllowed(
        "mapping_unconfirmed",
        "映射申明了属性或环节，须由另一人确认后才能使用；请先提出并确认，或从映射中去掉",
        "the mapping declares attributes or kinds; a second person has to confirm them before use",
        [(f"待确认：{one}", f"to be confirmed: {one}") for one in declared],
    )


def choose(
    store: Store, path: Path, *, offices: pl.DataFrame, office_id: str | None, demo: bool,
    additions: Additions | None = None, within: Collection[str] | None = None, fetch: Fetch | None = None,
) -> Chosen | None:  # fmt: skip
    """The remembered mapping the file fits; None where nothing is remembered.

    `office_id` names whose; else that of every office (of those in `within`) is tried.  Raises InputRefused where
    the columns have changed, naming those that are gone and what a new proposal would take instead, and where
    several different ones fit: nothing is guessed.
    """
    latest: dict[str, StoredMapping] = {}
    for one in read_mappings(store, office_id=office_id):
        if (one.usable or demo) and (within is None or one.mapping.office_id in within):
            latest[one.mapping.office_id] = one
    # Opened once, however many offices' mappings are tried.
    opened = all_sources(path, fetch) if latest else []
    fits: list[Chosen] = []
    misfits: list[tuple[Chosen, list[str]]] = []
    for stored in latest.values():
        found = Chosen(mapping=parse_mapping(stored.mapping.toml, remembered=True), stored=stored)
        gone = missing_columns(path, found.mapping, stored.mapping.columns, opened)
        if gone:
            misfits.append((found, gone))
        else:
            fits.append(found)
    if len({one.mapping.sha256 for one in fits}) > 1:
        whose = "、".join(one.stored.mapping.office_id for one in fits)
        raise InputRefused(
            "mapping_several",
            f"{path.name}：几个单位的映射都适用（{whose}），请用 --office 写明是哪个单位的台账",
            f"{path.name}: the mappings of several offices fit ({whose}); say whose ledger it is with --office",
        )
    if fits:
        return fits[0]
    if misfits:
        nearest, gone = min(misfits, key=lambda one: len(one[1]))
        raise _changed(path, nearest, gone, offices, additions, fetch)
    return None


def missing_columns(path: Path, mapping: OfficeMapping, columns: Sequence[str], opened: Sequence[Source]) -> list[str]:
    """Which of the remembered columns the file does not have; `opened`: all its sheets, of which the first rows count.

    Raises InputRefused for a file no mapping could read.
    """
    try:
        absent = absent_columns(path, mapping, opened)
    except InputRefused as refused:
        if refused.code not in ("column_missing", "sheet_missing", "sheets_needed"):
            raise
        keys = {header_key(cell) for one in opened for head in possible_headers(one) for cell in head.names}
        return [header for header in columns if header_key(header) not in keys] or [refused.zh]
    return [header for header in columns if header in absent]


def _changed(
    path: Path,
    nearest: Chosen,
    gone: list[str],
    offices: pl.DataFrame,
    additions: Additions | None,
    fetch: Fetch | None,
) -> PetitionRiskError:
    office, version = nearest.stored.mapping.office_id, nearest.stored.version
    lines = [(f"缺少列：{shown_header(one)}", f"the column is gone: {shown_header(one)}") for one in gone]
    lost = {field for spec in (nearest.mapping.matters, nearest.mapping.events) if spec
            for field, header in spec.columns.items() if header in gone}  # fmt: skip
    found = propose(
        path, offices=offices, name=nearest.mapping.name, office_id=office, additions=additions, fetch=fetch
    )
    for part in found.parts:
        for field, guess in part.columns.items():
            if field in lost:
                header = shown_header(guess.header)
                lines.append(
                    (f"可能改为：{header} → {field}（{guess.confidence:.0%}）",
                     f"perhaps now: {header} → {field} ({guess.confidence:.0%})")
                )  # fmt: skip
    lines.append(
        (f"请运行 petition-risk map {path.name} --office {office} 重新提出映射，核对后再导入",
         f"run petition-risk map {path.name} --office {office} for a new proposal, check it and import with it")
    )  # fmt: skip
    return InputRefused(
        "mapping_changed",
        f"{path.name}：表头与 {office} 的映射第 {version} 版不符，未导入任何内容",
        f"{path.name}: the columns are not those of version {version} of {office}'s mapping; nothing was written",
        lines,
    )


def merged(old: Mapping[str, Any], proposed: Mapping[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """The remembered mapping with the proposal's answer for what changed: columns that are gone, new codes and dates.

    Both are mappings as plain tables.  Name, lag, coverage, time zone, numbering and what was declared stay.
    """
    if old.get("layout") != proposed.get("layout"):
        kept = {key: old[key] for key in ("name", "time_zone", "coverage", "numbering", "lag") if key in old}
        return {**proposed, **kept}
    out: dict[str, Any] = {**old}
    for where in (("columns",), ("sheets", "matters", "columns"), ("sheets", "events", "columns")):
        before, now = _inner(old, where), _inner(proposed, where)
        if before:
            used = {header for header in before.values() if header not in gone}
            fresh = {field: header for field, header in now.items() if header not in used}
            table = {field: header for field, header in before.items() if header not in gone} | {
                field: header for field, header in fresh.items() if before.get(field) is None or before[field] in gone
            }
            _put(out, where, table)
    if "dates" in old:
        stay = {header: kind for header, kind in old["dates"].items() if header not in gone}
        out["dates"] = {**proposed.get("dates", {}), **stay}
    if "kinds" in old:
        out["kinds"] = {**proposed.get("kinds", {}), **old["kinds"]}
    for field, table in proposed.get("labels", {}).items():
        out["labels"] = {**out.get("labels", {}), field: {**table, **out.get("labels", {}).get(field, {})}}
    kept = {
        name: {**({"describes": "matter"} if name in ATTRIBUTES else {}), **one}  # ours say it; older ones did not
        for name, one in old.get("attributes", {}).items()
        if one.get("column") not in gone
    }
    return {**out, "attributes": kept} if kept else {key: value for key, value in out.items() if key != "attributes"}


def _inner(table: Mapping[str, Any], where: tuple[str, ...]) -> dict[str, str]:
    found: Any = table
    for key in where:
        found = found.get(key, {})
    return cast(dict[str, str], found)


def _put(table: dict[str, Any], where: tuple[str, ...], value: dict[str, str]) -> None:
    for key in where[:-1]:
        table[key] = dict(table[key])
        table = table[key]
    table[where[-1]] = value


def _labelled(mapping: OfficeMapping) -> list[tuple[str, AttributeSpec | KindRule | VaultSpec]]:
    found: list[tuple[str, AttributeSpec | KindRule | VaultSpec]] = [
        (f"attributes.{one.name}", one) for one in mapping.attributes
    ]
    if mapping.vault is not None:
        found.append(("vault.column", mapping.vault))
    return found + [(f"kinds.{rule.kind}", rule) for rule in mapping.kinds.values() if rule.added]


def _all_declared(mapping: OfficeMapping) -> list[Any]:
    return [one for _, one in _labelled(mapping)] if not mapping.bench_only else []


def _declared(one: Any) -> str:
    """A declaration apart from the column it stands in."""
    return repr(sorted(asdict(replace(one, **({"column": ""} if hasattr(one, "column") else {}))).items()))
