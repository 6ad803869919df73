"""What a file of the corpus is: how it is made, and what must come of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from data.mapping import Mapping as LedgerMapping
from data.mapping import parse_mapping

HEAD = ("事项编号", "环节", "发生日期", "涉及人数")
#: A log of two matters and five events, the plainest ledger there is.
ROWS: tuple[tuple[object, ...], ...] = (
    ("A〔2026〕1号", "登记", date(2026, 3, 5), None),
    ("A〔2026〕1号", "来访", date(2026, 4, 1), 3),
    ("A〔2026〕1号", "三个月答复", date(2026, 5, 6), None),
    ("A〔2026〕2号", "登记", date(2026, 3, 9), None),
    ("A〔2026〕2号", "来信", date(2026, 6, 2), 1),
)
WIDE_HEAD = ("事项编号", "登记日期", "受理日期", "第二次来访日期")
WIDE_ROWS: tuple[tuple[object, ...], ...] = (
    ("A〔2026〕1号", date(2026, 3, 5), date(2026, 3, 8), date(2026, 4, 1)),
    ("A〔2026〕2号", date(2026, 3, 9), None, None),
)
_START = """
name = "corpus"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
[office]
id = "430212"
name = "渌口区人民检察院"
"""
_LONG = """
layout = "event_per_row"
{sheet}
[columns]
matter = "事项编号"
kind = "环节"
occurred = "发生日期"
people = "涉及人数"
[kinds]
"登记" = "registered"
"来访" = "visit"
"来信" = "letter"
"三个月答复" = "substantive_reply"
"""
_WIDE = """
layout = "matter_per_row"
{sheet}
[columns]
matter = "事项编号"
registered = "登记日期"
[dates]
"受理日期" = "accepted"
"第二次来访日期" = "visit"
"""


def long_mapping(sheet: str | None = None) -> LedgerMapping:
    """The mapping of HEAD, of one sheet or of those a pattern names."""
    return _mapping(_LONG, sheet)


def wide_mapping(sheet: str | None = None) -> LedgerMapping:
    """The mapping of WIDE_HEAD."""
    return _mapping(_WIDE, sheet)


def _mapping(text: str, sheet: str | None) -> LedgerMapping:
    top, _, rest = _START.partition("[office]")
    body, _, tables = text.format(sheet=f'sheet = "{sheet}"' if sheet else "").partition("[columns]")
    return parse_mapping(f"{top}{body}[office]{rest}[columns]{tables}")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One file: `refused` names the refusal it must meet; without one it loads, and `finds` says what.

    `finds` may name events, rejects (rules of rows that came back), noted (rules of cells left out), totals,
    hidden_rows and macros; what it does not name is not looked at.  `heavy` files run with the slow tests.
    """

    name: str
    file: str
    make: Callable[[], bytes]
    refused: str | None = None
    finds: Mapping[str, object] = field(default_factory=dict[str, object])
    wide: bool = False
    sheet: str | None = None
    heavy: bool = False


def table(head: Iterable[object] = HEAD, rows: Iterable[Iterable[object]] = ROWS) -> list[tuple[object, ...]]:
    """A header and rows as one list."""
    return [tuple(head), *(tuple(row) for row in rows)]


def with_cell(column: str, value: object, row: int = 1) -> list[tuple[object, ...]]:
    """The plain log with one cell changed; `row` counts the records from 0."""
    rows = [list(one) for one in ROWS]
    rows[row][HEAD.index(column)] = value
    return table(rows=rows)
