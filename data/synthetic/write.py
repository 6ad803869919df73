"""How an invented register is handed over: as an office's Excel ledger, as CSV, and the oracle as a side file."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from data.contract import Register
from data.synthetic.constants import TRAPS
from data.synthetic.register import SyntheticRegister
from data.vocabulary import CATEGORIES, CAUSES, KIND, PROCEDURES, REMARKS

MATTER_HEADERS = (
    "事项编号",
    "办理单位",
    "承办部门",
    "承办人编号",
    "案件类别",
    "诉求事由",
    "程序类别",
    "首次反映",
    "可否答复",
    "收件日期",
    "登记日期",
    "录入日期",
)
#: Where the office noticed that a letter belongs to an earlier number.
EARLIER_HEADER = "原事项编号"
EVENT_HEADERS = ("事项编号", "环节", "发生日期", "录入日期", "涉及人数", "文书号", "到期日", "备注类别")
#: A number of people for each band; only the band is read back.
_PEOPLE = {0: None, 1: 1, 2: 3, 3: 7}
#: Day 0 of a workbook's dates.
_EPOCH = date(1899, 12, 30).toordinal()
_REMARK_FIELDS = ("solved", "caused_by", "rank", "form", "officer_level")


def write_ledger(
    register: Register,
    path: Path,
    *,
    as_of: int | None = None,
    same_matter: pl.DataFrame | None = None,
    new_code: date | None = None,
) -> None:
    """Write the ledger as it stood at the instant `as_of` (default: `observed_until`): sheets 信访事项 and 办理记录.

    Only standing versions of events known before `as_of` are in it, each row in the order of its day.  With
    `same_matter` (of a SyntheticRegister) the column 原事项编号 names the earlier number where the office noticed;
    from the local day `new_code` on one channel stands under a code nobody maps.
    """
    instant = register.observed_until if as_of is None else as_of
    seen = standing(register.events, instant, register.time_zone)
    registered = seen.filter(pl.col("kind") == "registered").select(
        "matter_id", registered_on="occurred", entered_on="known"
    )
    matters = _with_facts(register).join(registered, on="matter_id", how="inner", maintain_order="left")
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        # A fixed creation time: the same register gives the same file.
        book.set_properties({"title": "信访事项台账（合成数据）", "created": datetime(2000, 1, 1, tzinfo=UTC)})
        day_format = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("信访事项")
        rows, more = _matter_rows(matters), ()
        if same_matter is not None:
            rows, more = _with_earlier(rows, matters, same_matter), (EARLIER_HEADER,)
        sheet.write_row(0, 0, MATTER_HEADERS + more)
        for row, cells in enumerate(rows, start=1):
            _write(sheet, row, cells, day_format)
        sheet = book.add_worksheet("办理记录")
        sheet.write_row(0, 0, EVENT_HEADERS)
        for row, cells in enumerate(_events_of(seen, matters, new_code), start=1):
            _write(sheet, row, cells, day_format)


def ledger_events(register: Register) -> list[tuple[Any, ...]]:
    """The rows of the sheet 办理记录 as the ledger stands at `observed_until` (columns EVENT_HEADERS)."""
    seen = standing(register.events, register.observed_until, register.time_zone)
    return _events_of(seen, register.matters, None)


def _events_of(seen: pl.DataFrame, matters: pl.DataFrame, new_code: date | None) -> list[tuple[Any, ...]]:
    numbers = matters.select("matter_id", "matter_no", place=pl.int_range(pl.len()))
    events = (
        seen.filter(pl.col("kind") != "registered")
        .join(numbers, on="matter_id", how="inner")
        .sort("place", "occurred_at", "seq", "known_from")
    )
    return _event_rows(events, new_code)


def write_csv(register: Register, folder: Path) -> None:
    """Write offices.csv, matters.csv, events.csv and attributes.csv (columns of the contract, times in UTC µs)."""
    folder.mkdir(parents=True, exist_ok=True)
    register.offices.write_csv(folder / "offices.csv")
    register.matters.write_csv(folder / "matters.csv")
    register.events.write_csv(folder / "events.csv")
    register.attributes.write_csv(folder / "attributes.csv")


def write_oracle(synthetic: SyntheticRegister, path: Path) -> None:
    """Write the full-hazard oracle to a Parquet side file, which only evaluation may read."""
    synthetic.oracle.write_parquet(path)


def standing(events: pl.DataFrame, instant: int, zone: str) -> pl.DataFrame:
    """Versions visible at an instant, with their days as local dates."""
    seen = (pl.col("known_from") < instant) & (pl.col("known_until").is_null() | (pl.col("known_until") >= instant))
    return events.filter(seen).with_columns(
        occurred=_local_date("occurred_at", zone),
        known=_local_date("known_from", zone),
        due=_local_date("due_at", zone),
    )


def _local_date(column: str, zone: str) -> pl.Expr:
    return pl.col(column).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.date()


def _with_facts(register: Register) -> pl.DataFrame:
    facts = register.attributes.filter(pl.col("name").is_in(["first_time", "reply_possible", "received_on"]))
    wide = facts.pivot("name", index="matter_id", values="number")
    return register.matters.join(wide, on="matter_id", how="left", maintain_order="left").join(
        register.offices.select("office_id", office="name"), on="office_id", how="left", maintain_order="left"
    )


def _matter_rows(matters: pl.DataFrame) -> list[tuple[Any, ...]]:
    yes = pl.lit("是")
    no = pl.lit("否")
    return matters.select(
        "matter_no",
        "office",
        "department",
        "handler",
        pl.col("category").replace_strict({code: zh for code, (zh, _) in CATEGORIES.items()}, return_dtype=pl.String),
        pl.col("cause").replace_strict({code: zh for code, (zh, _) in CAUSES.items()}, return_dtype=pl.String),
        pl.col("procedure_path").replace_strict(
            {code: zh for code, (zh, _) in PROCEDURES.items()}, return_dtype=pl.String
        ),
        pl.when(pl.col("first_time") == 1).then(yes).otherwise(no).alias("first"),
        pl.when(pl.col("reply_possible") == 1).then(yes).otherwise(no).alias("reply"),
        pl.from_epoch("received_on", time_unit="d").alias("received"),
        "registered_on",
        "entered_on",
    ).rows()


def _with_earlier(
    rows: list[tuple[Any, ...]], matters: pl.DataFrame, same_matter: pl.DataFrame
) -> list[tuple[Any, ...]]:
    number = dict(matters.select("matter_id", "matter_no").iter_rows())
    named = same_matter.filter("named").select("later_id", "earlier_id")
    earlier = {number[later]: number.get(first) for later, first in named.iter_rows() if later in number}
    return [(*row, earlier.get(row[0])) for row in rows]


def _event_rows(events: pl.DataFrame, new_code: date | None) -> list[tuple[Any, ...]]:
    kind = pl.col("kind").replace_strict({code: kind.zh for code, kind in KIND.items()}, return_dtype=pl.String)
    if new_code is not None:
        changed = (pl.col("kind") == TRAPS.new_code) & (pl.col("occurred") >= new_code)
        kind = pl.when(changed).then(pl.lit(TRAPS.new_code_label)).otherwise(kind).alias("kind")
    return events.select(
        "matter_no",
        kind,
        "occurred",
        "known",
        pl.col("people_band").cast(pl.Int64).replace_strict(_PEOPLE, return_dtype=pl.Int64),
        "document_no",
        "due",
        _remarks(events),
    ).rows()


def _remarks(events: pl.DataFrame) -> pl.Series:
    """The closed codes of 备注类别, several joined by 、."""
    words = {(field, value): zh for zh, (field, value) in REMARKS.items()}
    columns = [
        events[field].replace_strict(
            {value: zh for (name, value), zh in words.items() if name == field}, default=None, return_dtype=pl.String
        )
        for field in _REMARK_FIELDS
    ]
    masks = {
        mask: "、".join(words["parts_missing", bit] for bit in (1, 2, 4, 8, 16) if mask & bit)
        or words["parts_missing", 0]
        for mask in range(32)
    }
    columns.append(events["parts_missing"].cast(pl.Int64).replace_strict(masks, default=None, return_dtype=pl.String))
    named = pl.DataFrame([column.alias(str(index)) for index, column in enumerate(columns)])
    joined = named.select(pl.concat_str(pl.all(), separator="、", ignore_nulls=True).alias("remarks"))["remarks"]
    return joined.replace("", None)


def _write(sheet: Any, row: int, cells: tuple[Any, ...], day_format: Any) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(row, column, cell)
        elif isinstance(cell, date):
            sheet.write_number(row, column, cell.toordinal() - _EPOCH, day_format)
        elif cell is not None:
            sheet.write_number(row, column, cell)
