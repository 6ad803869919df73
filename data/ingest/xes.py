"""Which table an XES event log holds: one row per event, the attributes of its trace beside its own."""

import gzip
import io
import zlib
from collections.abc import Sequence
from xml.etree.ElementTree import Element, ParseError

import polars as pl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from data.errors import InputRefused
from data.ingest import limits
from data.ingest.refusals import damaged, entities, too_large
from data.ingest.source import Source

#: Attributes that hold one value; lists and containers hold others and are left unread.
_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_ROWS = 20_000
_DEPTH = 50


def xes_source(file: str, content: bytes, sheet: str) -> Source:
    """The events of a log (plain or gzipped), read as a stream; columns are named as process miners name them.

    An attribute of the trace is `case:<key>` (the case number is `case:concept:name`), one of the event is its own
    key (`concept:name`, `time:timestamp`).  The column names count as row 1, the first event as row 2.
    Raises InputRefused for what is no log, declares entities, or is too large.
    """
    names, frame = _table(file, content)

    def load(below: int, columns: Sequence[int]) -> pl.DataFrame:
        return frame.select(pl.col(names[column]).alias(str(column)) for column in columns).slice(below - 1)

    return Source(name=sheet, head=(names,), load=load)


def _table(file: str, content: bytes) -> tuple[tuple[str, ...], pl.DataFrame]:
    raw = io.BytesIO(content)
    stream = gzip.GzipFile(fileobj=raw) if content.startswith(b"\x1f\x8b") else raw
    frames: list[pl.DataFrame] = []
    names: dict[str, None] = {}
    rows: list[dict[str, str]] = []
    case: dict[str, str] = {}
    stack: list[str] = []
    event: dict[str, str] | None = None
    root: Element | None = None
    total = 0
    counted = _Counted(file, stream, len(content))
    try:
        for action, element in iterparse(counted, events=("start", "end"), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if action == "start":
                stack.append(tag)
                if root is None:
                    root = element
                if len(stack) > _DEPTH:
                    damaged(file)
                if len(stack) == 1 and tag != "log":
                    _no_log(file)
                elif tag == "trace":
                    case = {}
                elif tag == "event":
                    event = {}
                elif tag in _VALUES and "key" in element.attrib:
                    above = stack[-2] if len(stack) > 1 else ""
                    if above == "event" and event is not None:
                        event.setdefault(element.attrib["key"], element.attrib.get("value", ""))
                    elif above == "trace":
                        case.setdefault(f"case:{element.attrib['key']}", element.attrib.get("value", ""))
                continue
            stack.pop()
            element.clear()
            if len(stack) == 1 and root is not None:
                # Else the finished traces stay, empty, to the end.
                root.clear()
            if tag == "event" and event is not None:
                row = case | event
                event = None
                names.update(dict.fromkeys(row))
                rows.append(row)
                total += 1
                if total > limits.ROWS_LIMIT or len(names) > limits.COLUMNS_LIMIT:
                    too_large(file)
                if len(rows) == _ROWS:
                    frames.append(_frame(rows))
                    rows = []
    except DefusedXmlException:
        entities(file)
    except (ParseError, OSError, EOFError, zlib.error, LookupError, ValueError):
        damaged(file)
    frames.append(_frame(rows))
    frame = pl.concat([one for one in frames if one.width] or [pl.DataFrame()], how="diagonal")
    return tuple(names), frame


def _frame(rows: Sequence[dict[str, str]]) -> pl.DataFrame:
    columns = dict.fromkeys(key for row in rows for key in row)
    return pl.DataFrame({key: pl.Series([row.get(key) for row in rows], dtype=pl.String) for key in columns})


class _Counted(io.RawIOBase):
    """A stream that stops where it has given more than a log would."""

    def __init__(self, file: str, stream: io.BufferedIOBase, packed: int) -> None:
        self._file, self._stream, self._packed, self._size = file, stream, packed, 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._stream.read(size)
        self._size += len(piece)
        if self._size > limits.UNPACKED_LIMIT or limits.is_bomb(self._packed, self._size):
            too_large(self._file)
        return piece


def _no_log(file: str) -> None:
    raise InputRefused(
        "xml_no_log",
        f"{file}：这是 XML，但不是事件日志（XES）；请在表格软件中打开后另存为 .xlsx（未导入任何内容）",
        f"{file}: this is XML but no event log (XES); open it in a spreadsheet program and save it as .xlsx "
        "(nothing was written)",
    )
