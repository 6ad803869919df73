"""What a file yields before it is stored: accepted rows by the contract, and everything that stayed out."""

from dataclasses import dataclass

import polars as pl

from data.forbidden import masked, shown
from data.ingest.located import Column
from data.ingest.reading import Reading

MATTER_COLUMNS = (
    "matter_id", "source", "office_id", "matter_no",
    "department", "handler", "category", "cause", "procedure_path", "respondent_post",
)  # fmt: skip
EVENT_SCHEMA = pl.Schema(
    {
        "event_id": pl.String(),
        "matter_id": pl.String(),
        "kind": pl.String(),
        "occurred_at": pl.Int64(),
        "known_at": pl.Int64(),
        "seq": pl.Int64(),
        "assumed": pl.Boolean(),
        "people_band": pl.Int8(),
        "due_at": pl.Int64(),
        "amount": pl.Int64(),
        "solved": pl.String(),
        "caused_by": pl.String(),
        "document_no": pl.String(),
        "parts_missing": pl.Int8(),
        "rank": pl.String(),
        "form": pl.String(),
        "officer_level": pl.String(),
    }
)
ATTRIBUTE_SCHEMA = pl.Schema(
    {
        "matter_id": pl.String(),
        "name": pl.String(),
        "text": pl.String(),
        "number": pl.Int64(),
        "occurred_at": pl.Int64(),
        "known_at": pl.Int64(),
        "seq": pl.Int64(),
        "assumed": pl.Boolean(),
        "usable": pl.Boolean(),
    }
)
REJECT_SCHEMA = pl.Schema(
    {
        "sheet": pl.String(),
        "row": pl.Int64(),
        "column": pl.String(),
        "value": pl.String(),
        "rule": pl.String(),
    }
)
#: A cell taken out while its row was kept; the same shape as a reject.
BLANK_SCHEMA = REJECT_SCHEMA
UNKNOWN_SCHEMA = pl.Schema(
    {
        "sheet": pl.String(),
        "column": pl.String(),
        "label": pl.String(),
        "rows": pl.Int64(),
        "first_row": pl.Int64(),
    }
)

#: rule → what is wrong (zh, en) and how to mend it (zh, en).
REMEDIES: dict[str, tuple[str, str, str, str]] = {
    "empty": ("必填项为空", "a required cell is empty", "请补填后重新导入", "fill it in and import again"),
    "date": (
        "日期无法识别",
        "not a date",
        "请写成 2026-03-05 或设为日期格式",
        "write 2026-03-05, or format the cell as a date",
    ),
    "entry_before": (
        "录入日期早于发生日期",
        "entered before it happened",
        "请核对两个日期",
        "check both dates",
    ),
    "future": (
        "日期晚于本次数据的截止日",
        "later than this file covers",
        "请核对日期，或写明数据截止日",
        "check the date, or declare how far the data reach",
    ),
    "due_before": (
        "到期日早于发生日期",
        "due before it happened",
        "请核对到期日",
        "check the due date",
    ),
    "people": ("人数不是正整数", "not a positive whole number", "请填写整数人数", "write a whole number of people"),
    "number": ("不是数字", "not a number", "请填写数字", "write a number"),
    "flag": ("不是“是/否”", "neither yes nor no", "请填写 是 或 否", "write 是 or 否"),
    "unknown_matter": (
        "信访事项表中没有这个事项编号",
        "no such matter in the matters sheet",
        "请核对编号，或先登记该事项",
        "check the number, or register the matter first",
    ),
    "matter_refused": (
        "所属事项本次未能导入",
        "its matter was not taken in",
        "请先改正信访事项表中该编号的行",
        "mend the row of that matter first",
    ),
    "double_matter": (
        "事项编号重复",
        "the matter number stands there twice",
        "请保留一行",
        "keep one row",
    ),
    "unknown_office": (
        "没有这个办理单位",
        "no such office",
        "请填写系统中的单位名称或代码",
        "write the office's name or code as set up here",
    ),
    "double_row": (
        "来源行号重复",
        "the source row id stands there twice",
        "请保留一行",
        "keep one row",
    ),
    "too_long": ("内容过长", "too long", "请填写编号（80字以内）", "write a number of at most 80 characters"),
    "remarks": (
        "备注类别互相矛盾",
        "remark codes contradict each other",
        "同一类只保留一个",
        "keep one code of each sort",
    ),
    "not_a_code": (
        "不是编号",
        "not a code",
        "请填写编号（如 S0012），不要填写姓名",
        "write a code such as S0012, not a name",
    ),
    "not_a_unit": (
        "不是部门名称",
        "not the name of a department",
        "请填写部门名称，如 控告申诉检察部",
        "write the name of a department",
    ),
    "cell_error": (
        "单元格是公式错误值",
        "the cell holds an Excel error",
        "请改正公式或直接填写数值",
        "mend the formula, or write the value",
    ),
    "formula": (
        "公式尚未计算，没有结果",
        "a formula nobody has calculated yet",
        "请在表格软件中打开并保存一次",
        "open the file in a spreadsheet program and save it once",
    ),
    "cell_long": (
        "单元格超过32767字",
        "more than 32,767 characters",
        "请缩短内容",
        "shorten it",
    ),
    "forbidden": (
        "含有禁止保存的个人信息",
        "holds personal data that is kept out",
        "请从此单元格删去个人信息",
        "remove the personal data from this cell",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """A file as read: accepted rows by the contract (without the columns the store adds) and what stayed out.

    `observed_until` is in UTC microseconds; `rejects`, `noted` (rows that loaded and are reported), `blanked` and
    `unknown` hold only what may be shown.  `rows_read` counts rows per sheet, `left_out` event rows of unknown codes.
    `hashed`, where the vault is on: matter_id, office_id, registered_at and the token of every accepted matter.
    """

    matters: pl.DataFrame
    events: pl.DataFrame
    attributes: pl.DataFrame
    rejects: pl.DataFrame
    noted: pl.DataFrame
    blanked: pl.DataFrame
    unknown: pl.DataFrame
    forbidden: tuple[Column, ...]
    absent: tuple[Column, ...]
    unread: tuple[Column, ...]
    rows_read: dict[str, int]
    left_out: int
    observed_until: int
    file_sha256: str
    reading: Reading
    hashed: pl.DataFrame | None = None


def rule_of(kept_out: str) -> str:
    """The reject rule of a gate rule (`id_number`, `phone`, … → `forbidden`)."""
    return kept_out if kept_out in REMEDIES else "forbidden"


def rejected(frame: pl.DataFrame, where: pl.Expr, *, sheet: str, column: str, rule: str, field: str) -> pl.DataFrame:
    """The rows of `frame` that break a rule, as reject rows; `field` is the frame's column with the cell's text.

    Values are shown only where harmless, else as rule and length.
    """
    told = frame.select("row", pl.col(field).alias("cell"), where.fill_null(False).alias("broken"))
    broken = told.filter("broken").with_columns(pl.col("cell").cast(pl.String))
    cells = broken["cell"].unique().drop_nulls()
    display = pl.Series([shown(cell) for cell in cells.to_list()], dtype=pl.String)
    value = broken["cell"].replace_strict(cells, display, default="", return_dtype=pl.String)
    return _reject_rows(broken["row"], value, sheet, column, pl.lit(rule))


def kept_out(frame: pl.DataFrame, rules: pl.Series, *, sheet: str, column: str, field: str) -> pl.DataFrame:
    """The rows whose cell the gate refused (`rules`: the gate's rule or null per row): value masked, never shown."""
    marked = frame.select("row", pl.col(field).alias("cell")).with_columns(rules.alias("gate")).drop_nulls("gate")
    marked = marked.with_columns(pl.col("cell").cast(pl.String))
    value = pl.Series([masked(rule, cell) for rule, cell in marked.select("gate", "cell").rows()], dtype=pl.String)
    rule = marked["gate"].map_elements(rule_of, return_dtype=pl.String)
    return _reject_rows(marked["row"], value, sheet, column, rule)


def _reject_rows(row: pl.Series, value: pl.Series, sheet: str, column: str, rule: pl.Expr | pl.Series) -> pl.DataFrame:
    return (
        pl.DataFrame({"row": row, "value": value})
        .select(pl.lit(sheet).alias("sheet"), "row", pl.lit(column).alias("column"), "value", rule.alias("rule"))
        .cast(REJECT_SCHEMA)
    )
