"""What was done with a file's sheets beyond reading their rows, for the report."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReading:
    """One sheet as read: its header's last row, what was hidden (and read all the same), rows that are no records."""

    sheet: str
    header_row: int
    hidden: bool = False
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    totals: int = 0
    notes: int = 0
    repeated_headers: int = 0
    beyond: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The sheets of a file; `other_sheets` were not asked for by the mapping, `unlike` had not its columns."""

    sheets: tuple[SheetReading, ...] = ()
    other_sheets: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    macros: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "sheets": [asdict(one) | {"hidden_columns": list(one.hidden_columns)} for one in self.sheets],
            "other_sheets": list(self.other_sheets),
            "unlike": list(self.unlike),
            "macros": self.macros,
        }

    def sentences(self) -> Iterable[tuple[str, str]]:
        """What a person should know, in zh and en."""
        if len(self.sheets) > 2:
            names = "、".join(one.sheet for one in self.sheets)
            yield f"读取了 {len(self.sheets)} 张工作表：{names}", f"{len(self.sheets)} sheets were read: {names}"
        hidden = [one.sheet for one in self.sheets if one.hidden]
        if hidden:
            yield f"隐藏的工作表已照常读取：{'、'.join(hidden)}", f"hidden sheets were read too: {', '.join(hidden)}"
        rows = sum(one.hidden_rows for one in self.sheets)
        if rows:
            yield f"{rows} 个隐藏行已照常读取", f"{rows} hidden rows were read like the others"
        columns = [header for one in self.sheets for header in one.hidden_columns]
        if columns:
            yield f"隐藏列已照常读取：{'、'.join(columns)}", f"hidden columns were read too: {', '.join(columns)}"
        totals = sum(one.totals for one in self.sheets)
        if totals:
            yield f"{totals} 行合计/小计未计入", f"{totals} rows of totals were left out"
        notes = sum(one.notes for one in self.sheets)
        if notes:
            yield f"表末 {notes} 行说明未计入", f"{notes} rows of notes under the table were left out"
        repeated = sum(one.repeated_headers for one in self.sheets)
        if repeated:
            yield f"{repeated} 行重复的表头未计入", f"{repeated} repeated headers were left out"
        beyond = sum(one.beyond for one in self.sheets)
        if beyond:
            yield f"第1000列以后的 {beyond} 列未读取", f"{beyond} columns beyond the thousandth were left unread"
        if self.unlike:
            names = "、".join(self.unlike)
            yield f"这些工作表没有所需的列，未读取：{names}", f"sheets without the needed columns, unread: {names}"
        if self.other_sheets:
            names = "、".join(self.other_sheets)
            yield f"映射未用到的工作表，未读取：{names}", f"sheets the mapping does not name, unread: {names}"
        if self.macros:
            yield "工作簿含宏：宏未运行，也未读取", "the workbook has macros; they were neither run nor read"
