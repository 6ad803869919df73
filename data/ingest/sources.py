"""Which sheets a file holds, and the text of their cells, before any mapping chooses among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import polars as pl

from data.distinct import CELL, each_once
from data.errors import InputRefused
from data.forbidden import header_key, masked, may_show_header
from data.ingest.columnar import parquet_source
from data.ingest.delimited import delimited_source
from data.ingest.files import open_file
from data.ingest.source import HEADER_ROWS, Source
from data.ingest.workbook import workbook_sources
from data.ingest.xes import xes_source
from data.mapping import SheetSpec

__all__ = ["HEADER_ROWS", "Fetch", "Found", "Source", "all_sources", "shown_header", "sources", "tidy"]

#: Runs the text of an SQL file against the upstream database; one String column per column of the answer.
Fetch = Callable[[str], pl.DataFrame]
#: The files of a folder that are one sheet each, by how their names end.
_MEMBERS = (".csv.gz", ".tsv.gz", ".csv", ".tsv", ".parquet", ".xes.gz", ".xes", ".sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The sheets each spec asks for (several where its name is a pattern), and the names of all others."""

    of_spec: tuple[tuple[Source, ...], ...]
    others: tuple[str, ...]


def sources(
    path: Path, specs: Sequence[SheetSpec], fetch: Fetch | None = None, opened: Sequence[Source] | None = None
) -> Found:
    """The sheets each spec names, of a workbook, a single table, or a folder with one file per sheet.

    `opened`: `all_sources` of the path, where it has been opened before.

    A name with * or ? is a pattern for several sheets of one shape (`*年`).  A spec without a name takes the first
    sheet that is not hidden.  Raises InputRefused for an unreadable file and for sheets that are not there.
    """
    if not path.is_dir() and not _is_book(path) and len(specs) > 1:
        if path.suffix.lower() != ".sql":
            open_file(path)  # what is no table at all is told as what it is, not as a sheet too few
        sheets = "、".join(spec.sheet or "" for spec in specs)
        raise InputRefused(
            "sheets_needed",
            f"{path.name}：此映射需要 {sheets} 两张表；请提供工作簿，或放有两个同名 .csv 的文件夹",
            f"{path.name}: this mapping needs the sheets {sheets}; give a workbook, or a folder with one .csv for each",
        )
    found = all_sources(path, fetch) if opened is None else opened
    if len(found) == 1 and not path.is_dir() and not _is_book(path):
        return Found(of_spec=((found[0],),), others=())
    chosen = [_chosen(found, spec) for spec in specs]
    missing = [spec.sheet or "" for spec, some in zip(specs, chosen, strict=True) if not some]
    if missing:
        names = "、".join(shown_header(one.name) for one in found) or "—"
        raise InputRefused(
            "sheet_missing",
            f"{path.name}：缺少工作表 {'、'.join(missing)}；现有：{names}。请把工作表改为此名，或在映射中写明",
            f"{path.name}: no sheet {', '.join(missing)}; found: {names}. Rename it, or name it in the mapping",
        )
    taken = {id(one) for some in chosen for one in some}
    others = tuple(shown_header(one.name) for one in found if id(one) not in taken and any(map(any, one.head)))
    return Found(of_spec=tuple(tuple(some) for some in chosen), others=others)


def all_sources(path: Path, fetch: Fetch | None = None) -> list[Source]:
    """Every sheet of a workbook, the one table of another file, or every file of a folder.

    `fetch` answers .sql files.  Raises InputRefused for an unreadable file.
    """
    if path.is_dir():
        members = [member for member in sorted(path.iterdir()) if member.name.lower().endswith(_MEMBERS)]
        return [_single(member, _stem(member), fetch) for member in members]
    if path.suffix.lower() == ".sql":
        return [_single(path, "", fetch)]
    kind, content = open_file(path)
    if kind == "excel":
        return workbook_sources(path.name, content)
    return [_read(kind, path.name, content, "")]


def _single(path: Path, sheet: str, fetch: Fetch | None) -> Source:
    if path.suffix.lower() == ".sql":
        return _asked(path, sheet, fetch)
    kind, content = open_file(path)
    if kind == "excel":
        raise InputRefused(
            "file_type",
            f"{path.name}：文件夹中的每个文件须为单张表，这是工作簿（未导入任何内容）",
            f"{path.name}: each file of a folder must be one table, and this is a workbook (nothing was written)",
        )
    return _read(kind, path.name, content, sheet)


def _read(kind: str, name: str, content: bytes, sheet: str) -> Source:
    reader = {"csv": delimited_source, "parquet": parquet_source, "xes": xes_source}[kind]
    return reader(name, content, sheet)


def _asked(path: Path, sheet: str, fetch: Fetch | None) -> Source:
    if fetch is None:
        raise InputRefused(
            "upstream_query",
            f"{path.name}：查询须用 --query 给出，并设置上游数据库地址（未导入任何内容）",
            f"{path.name}: give a query with --query, and set the address of the upstream database "
            "(nothing was written)",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputRefused(
            "query_unreadable",
            f"{path.name}：无法读取查询；须为 UTF-8 文本（未导入任何内容）",
            f"{path.name}: the query cannot be read; it must be UTF-8 text (nothing was written)",
        ) from None
    answer = fetch(text)

    def load(below: int, columns: Sequence[int]) -> pl.DataFrame:
        return answer.select(pl.nth(column).alias(str(column)) for column in columns).slice(below - 1)

    return Source(name=sheet, head=(tuple(answer.columns),), load=load)


def _chosen(found: Sequence[Source], spec: SheetSpec) -> list[Source]:
    if spec.sheet is None:
        return [one for one in found if not one.hidden][:1] or list(found[:1])
    if is_pattern(spec.sheet):
        return [one for one in found if matches(one.name, spec.sheet)]
    return [one for one in found if header_key(one.name) == header_key(spec.sheet)][:1]


def is_pattern(sheet: str) -> bool:
    """Whether a sheet's name in a mapping stands for several sheets."""
    return "*" in sheet or "?" in sheet


def matches(name: str, pattern: str) -> bool:
    """Whether a sheet's name is one a pattern stands for; blanks and full-width forms aside."""
    return fnmatchcase(header_key(name), "*".join(map(header_key, pattern.split("*"))))


def _is_book(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError:
        return False
    return start.startswith((b"PK", bytes.fromhex("d0cf11e0a1b11ae1")))


def _stem(member: Path) -> str:
    end = next(end for end in _MEMBERS if member.name.lower().endswith(end))
    return member.name[: -len(end)]


def shown_header(header: str) -> str:
    """A column or sheet name as a report may show it."""
    return header.strip() if may_show_header(header) else masked("hidden", header)


def tidied_cells(cells: pl.Series) -> pl.Series:
    """The cells (String or CELL) folded as by `tidy`, each distinct text once. Shape (n,), CELL."""
    tidied = tidy(pl.col("cell")).cast(CELL)
    return each_once(cells, lambda texts: texts.alias("cell").to_frame().select(tidied).to_series())


def tidy(cell: pl.Expr) -> pl.Expr:
    """A cell folded, without invisible and control characters and outer blanks; null where nothing is left."""
    plain = (
        cell.str.replace_all(r"_x00[01][0-9A-Fa-f]_", "")
        .str.normalize("NFKC")
        .str.replace_all(r"[\u200b-\u200f\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "")
        .str.strip_chars()
    )
    return pl.when(plain != "").then(plain)
