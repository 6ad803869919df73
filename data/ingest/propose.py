"""Which mapping an unknown ledger asks for: sheets, columns and codes, as far as the file alone tells."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import polars as pl

from data.errors import InputRefused
from data.forbidden import Additions, forbidden_value, header_key
from data.ingest.cells import unknown_labels
from data.ingest.draft import UNKNOWN_SCHEMA
from data.ingest.guesses import Guess
from data.ingest.header_grammar import date_stem
from data.ingest.proposal import Left, Part, Proposal
from data.ingest.sheet_roles import SheetRoles, named_offices, read_sheets
from data.ingest.sources import Fetch, all_sources, shown_header
from data.ingest.survey import Sheet, survey
from data.ingest.synonyms import EVENT_HEADERS, LABELS, MATTER_HEADERS, kinds_of, labels_of
from data.mapping import FixedOffice
from data.vocabulary import KIND, Role

_NUMBERS = ("文号", "文书号", "文书编号", "文书文号", "文件号", "字号", "发文字号")


def propose(
    path: Path,
    *,
    offices: pl.DataFrame,
    name: str = "office_ledger",
    office_id: str | None = None,
    zone: str = "Asia/Shanghai",
    additions: Additions | None = None,
    fetch: Fetch | None = None,
) -> Proposal:
    """The mapping a file asks for; nothing is guessed where two answers are possible, and nothing is stored.

    `offices` (office_id, name, level): those registered; `office_id` names the one of a file without a column of
    offices (not needed where only one is registered).  Raises InputRefused for a file that cannot be read.
    """
    sheets = survey(path, additions, fetch)
    if not sheets:
        _refuse_headless(path, fetch)
    read = read_sheets(sheets, offices, zone, additions)
    events = _largest([one for one in read if one.is_events])
    matters = _largest([one for one in read if one.is_matters and one is not events])
    if events is None and matters is None:
        # What comes nearest is shown, with what it lacks.
        nearest = max(read, key=lambda one: max(len(one.matters), len(one.events)))
        wide = len(nearest.matters) >= len(nearest.events)
        matters, events = (nearest, None) if wide else (None, nearest)
    layout = "sheets" if matters and events else "event_per_row" if events else "matter_per_row"
    chosen = [one for one in (matters, events) if one is not None]
    columns = matters.matters if matters else {}
    named_office = "office" in columns
    named = named_offices([one.sheet for one in chosen])
    # A column of offices we cannot read is no reason to take the only office we know.
    fixed = None if named_office or len(named) > 1 or (named and not office_id) else _office(offices, office_id)
    dates = matters.dates if matters and layout == "matter_per_row" else []
    attributes = (
        {**{field: columns[field] for field in LABELS if field in columns}, **matters.attributes} if matters else {}
    )
    parts = [Part(role="matters", sheet=matters.sheet.name, columns=columns)] if matters else []
    parts += [Part(role="events", sheet=events.sheet.name, columns=events.events)] if events else []
    kinds, labels, unknown = _codes(matters, events)
    documents = _documents(matters, dates) if matters else {}
    used = {(part.sheet, one.header) for part in parts for one in part.columns.values()}
    if matters:
        more = [one.header for one in (*dates, *attributes.values())] + list(documents.values())
        used |= {(matters.sheet.name, header) for header in more}
    numbering = _numbering(events, dates)
    return Proposal(
        file=path.name,
        name=name,
        layout=layout,
        time_zone=zone,
        numbering=numbering,
        office=fixed,
        parts=tuple(parts),
        dates=tuple(dates),
        documents=documents,
        attributes=attributes,
        kinds=kinds,
        labels=labels,
        left=tuple(
            Left(sheet=one.sheet.name, header=header, rule=one.sheet.kept_out.get(header))
            for one in chosen
            for header in one.sheet.headers
            if (one.sheet.name, header) not in used
        ),
        unknown=unknown,
        notes=tuple(_notes(read, chosen, numbering)),
        problems=tuple(_problems(matters, events, layout, offices, office=named_office or fixed is not None)),
    )


def _refuse_headless(path: Path, fetch: Fetch | None) -> NoReturn:
    if not any(cell.strip() for one in all_sources(path, fetch) for row in one.head for cell in row):
        raise InputRefused(
            "no_cells",
            f"{path.name}：前20行里什么都没有（空的工作簿或文件夹）；请核对是否选错了文件（未导入任何内容）",
            f"{path.name}: nothing in its first 20 rows (an empty workbook or folder); check that it is the right file "
            "(nothing was written)",
        )
    raise InputRefused(
        "no_header",
        f"{path.name}：前20行内找不到表头（至少两个认识的列名，如 事项编号、登记日期、环节）；"
        "请删去表头上方多余的行，或把列名改成通常的叫法，再试一次（未导入任何内容）",
        f"{path.name}: no header within the first 20 rows (at least two column names we know, such as the matter "
        "number, the date of registration, the step); delete rows above the header, or give the columns their usual "
        "names, and try again (nothing was written)",
    )


def _largest(found: Sequence[SheetRoles]) -> SheetRoles | None:
    return max(found, key=lambda one: one.sheet.frame.height, default=None)


def _office(offices: pl.DataFrame, office_id: str | None) -> FixedOffice | None:
    picked = offices.filter(pl.col("office_id") == office_id) if office_id is not None else offices
    if picked.height != 1:
        return None
    row = picked.row(0, named=True)
    return FixedOffice(office_id=row["office_id"], name=row["name"], level=row["level"])


def _codes(
    matters: SheetRoles | None, events: SheetRoles | None
) -> tuple[dict[str, str], dict[str, dict[str, str]], pl.DataFrame]:
    kinds: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    unknown = [pl.DataFrame(schema=UNKNOWN_SCHEMA)]
    if events is not None and "kind" in events.events:
        kinds, strange = _coded(events.sheet, events.events["kind"].header, kinds_of)
        unknown.append(strange)
    if matters is not None:
        for field, table in LABELS.items():
            if field in matters.matters:
                header = matters.matters[field].header
                labels[field], strange = _coded(matters.sheet, header, partial(labels_of, table=table))
                unknown.append(strange)
    return kinds, labels, pl.concat(unknown)


def _coded(
    sheet: Sheet, header: str, meant: Callable[[Iterable[str]], dict[str, str]]
) -> tuple[dict[str, str], pl.DataFrame]:
    counts = sheet.frame[header].drop_nulls().value_counts(sort=True, name="n")
    found = meant(counts[header].to_list())
    strange = unknown_labels(
        sheet.frame,
        header,
        pl.col(header).is_in(list(found)),
        sheet=shown_header(sheet.name),
        column=shown_header(header),
    )
    return found, strange


def _documents(matters: SheetRoles, dates: Sequence[Guess]) -> dict[str, str]:
    """The column of document numbers that carries the name of a column of dates."""
    keys = {header_key(header): header for header in matters.sheet.frame.columns[1:]}
    return {
        one.header: keys[key]
        for one in dates
        for key in (date_stem(one.header) + word for word in _NUMBERS)
        if key in keys
    }


def _numbering(events: SheetRoles | None, dates: Sequence[Guess]) -> str:
    """per_matter only where the file shows it: a matter that was raised again stands under its own number."""
    raised = {code for code, kind in KIND.items() if kind.role == Role.CONTACT}
    if events is None or not {"kind", "matter"} <= set(events.events):
        return "per_matter" if len([one for one in dates if one.field in raised]) > 1 else "per_contact"
    kind, matter = events.events["kind"].header, events.events["matter"].header
    meant = kinds_of(events.sheet.frame[kind].drop_nulls().unique())
    labels = [label for label, code in meant.items() if code in raised]
    contacts = events.sheet.frame.filter(pl.col(kind).is_in(labels))[matter].drop_nulls()
    return "per_contact" if contacts.is_unique().all() else "per_matter"


def _notes(read: Sequence[SheetRoles], chosen: Sequence[SheetRoles], numbering: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one in read:
        if one not in chosen and (one.is_events or one.is_matters):
            name = shown_header(one.sheet.name)
            zh = f"工作表“{name}”也像台账，本映射不读取；请另行处理"
            found.append((zh, f"sheet {name} looks like a ledger too; this mapping does not read it"))
    for one in chosen:
        questions = {field: names for role in ("matters", "events") for field, names in one.questions[role]}
        for field, names in questions.items():
            columns = "、".join(shown_header(name) for name in names)
            found.append(
                (f"{columns} 都可能是 {field}，请写明是哪一列", f"{columns}: each may be {field}; say which one it is")
            )
        if one.sheet.doubled:
            columns = "、".join(shown_header(name) for name in one.sheet.doubled)
            found.append((f"列名重复，未采用：{columns}", f"columns of one name, not used: {columns}"))
    if numbering == "per_contact":
        found.append(
            (
                "文件中没有同一编号下的再次反映，按每件来信来访另编号处理；若再次反映沿用原编号，请更改编号方式",
                "no matter is raised again under its number: each contact seems to have its own; if not, change it",
            )
        )
    return found


def _problems(
    matters: SheetRoles | None, events: SheetRoles | None, layout: str, offices: pl.DataFrame, *, office: bool
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one, fields, needed in (
        (matters, matters.matters if matters else {}, ("matter", "registered")),
        (events, events.events if events else {}, ("matter", "kind", "occurred")),
    ):
        if one is None:
            continue
        name = shown_header(one.sheet.name) or "-"
        if forbidden_value(one.sheet.name) is not None:
            found.append(("工作表名含个人信息，请改名", "the name of the sheet holds personal data; rename it"))
        headers = EVENT_HEADERS if one is events else MATTER_HEADERS
        found += [
            (
                f"{name}：没有一列能确定为 {field}（如“{headers[field][0]}”）",
                f"{name}: no column is surely {field} (such as {headers[field][0]})",
            )
            for field in needed
            if field not in fields
        ]
    if layout == "matter_per_row" and matters is not None and not matters.dates:
        found.append(
            ("没有受理、答复等日期列，也没有办理记录表", "neither columns of dates (受理日期 …) nor a sheet of events")
        )
    if not office:
        known = "、".join(offices["office_id"].head(5).to_list()) or "—"
        found.append(
            (
                f"没有办理单位列，或其值不是已登记的单位；请用 --office 写明（已登记：{known}）",
                f"no column of registered offices; name the office with --office (registered: {known})",
            )
        )
    return found
