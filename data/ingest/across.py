"""Which rows contradict each other: what comes back, and what loads and is reported."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from data.distinct import CELL, each_once
from data.forbidden import shown
from data.ingest.draft import REJECT_SCHEMA, REMEDIES
from data.ingest.sequence import out_of_order
from data.vocabulary import Role

#: `back`: the row comes back (with one matter per row: the cell).  `noted`: it loads and is reported.
Severity = Literal["back", "noted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule over several rows: what is wrong, how to mend it, and whether the row comes back."""

    code: str
    severity: Severity
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


#: Every rule over several rows, in the order of docs/import.md; those over one row are in `draft.REMEDIES`.
ACROSS: tuple[Rule, ...] = (
    Rule(
        code="number_clash",
        severity="back",
        zh="两件事项用了同一编号（单位、类别或登记日期不同）",
        en="two matters stand under one number (office, category or date of registration differ)",
        remedy_zh="请为其中一件改用自己的编号；若是同一件，请只留一行",
        remedy_en="give one of them its own number; if it is one matter, keep one row",
    ),
    Rule(
        code="registered_twice",
        severity="back",
        zh="同一事项登记了两次",
        en="the matter is registered twice",
        remedy_zh="请只保留一次登记；再次反映请写来信、来访等环节",
        remedy_en="keep one registration; write what came again as a letter, visit …",
    ),
    Rule(
        code="answer_before_registration",
        severity="back",
        zh="答复日期早于登记日期",
        en="answered before it was registered",
        remedy_zh="请核对答复日期与登记日期",
        remedy_en="check the date of the answer and that of the registration",
    ),
    Rule(
        code="end_before_start",
        severity="back",
        zh="办结、化解等日期早于登记日期",
        en="ended before it was registered",
        remedy_zh="请核对该日期与登记日期",
        remedy_en="check this date and that of the registration",
    ),
    Rule(
        code="before_registration",
        severity="noted",
        zh="办理环节早于登记日期",
        en="handled before it was registered",
        remedy_zh="请核对日期；先办后登记的，请补正登记日期",
        remedy_en="check the dates; if it was registered late, correct that date",
    ),
    Rule(
        code="after_end",
        severity="noted",
        zh="办结、终结或撤回之后仍有办理环节，但没有“重新办理”",
        en="handled after its end without having been reopened",
        remedy_zh="确已重新办理的，请补记“重新办理”；否则请核对日期",
        remedy_en="add 重新办理 (reopened) if it was; else check the date",
    ),
    Rule(
        code="end_twice",
        severity="noted",
        zh="同一种办结记了两次，其间没有“重新办理”",
        en="ended twice in the same way without having been reopened",
        remedy_zh="请保留一次，或补记“重新办理”",
        remedy_en="keep one, or add 重新办理 (reopened)",
    ),
    Rule(
        code="reopened_not_ended",
        severity="noted",
        zh="“重新办理”之前没有办结",
        en="reopened without having ended",
        remedy_zh="请补记办结，或核对日期",
        remedy_en="add the end, or check the date",
    ),
    Rule(
        code="resumed_not_suspended",
        severity="noted",
        zh="“恢复”之前没有“中止”",
        en="resumed without having been suspended",
        remedy_zh="请补记“中止”，否则时限照常计算",
        remedy_en="add 中止 (suspended), or the clock ran on",
    ),
    Rule(
        code="kept_not_promised",
        severity="noted",
        zh="“承诺兑现”之前没有“作出承诺”",
        en="a promise kept that was never made",
        remedy_zh="请补记“作出承诺”及到期日",
        remedy_en="add 作出承诺 (promise made) with its due date",
    ),
    Rule(
        code="event_twice",
        severity="noted",
        zh="同一事项同一天记了两次相同环节",
        en="the same kind stands twice on one day of one matter",
        remedy_zh="若是重复录入，请删去一行",
        remedy_en="delete one row if it was entered twice",
    ),
    Rule(
        code="document_twice",
        severity="noted",
        zh="同一文书号用于两件事项",
        en="one document number stands under two matters",
        remedy_zh="请核对文书号；一份文书答复两件事项的，无须更改",
        remedy_en="check the number; nothing to do where one document answers both",
    ),
)
RULES: dict[str, Rule] = {rule.code: rule for rule in ACROSS}
_BACK = [rule.code for rule in ACROSS if rule.severity == "back"]

#: As text: polars compares its own table of texts with texts only.
_HANDLED = [Role.INTAKE.value, Role.HELP.value, Role.PROMISE.value]
_QUIET = [Role.RECORD.value, Role.BY_PRODUCT.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """Rows that stay (a frame like the one given), those that come back, and those that are reported."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    noted: pl.DataFrame


def sift_across(
    rows: pl.DataFrame, registered: pl.DataFrame | None, roles: dict[str, str], *, sheet: str, whole: bool
) -> Across:
    """Event rows held against each other and their matter.

    `rows`: matter_id, kind, day, document_no, f_row, row, `column` and `cell` (where the date stands and its text).
    `registered`: matter_id and day of those the file registers (None: a log, where the first registration counts).
    `whole`: matters whose earlier rows lie in the store may be missing here, and nothing is asked of what came before.
    """
    # The number polars holds each id under: equal for equal ids while both columns live.
    matter = pl.col("matter_id").cast(CELL).to_physical()
    role = each_once(rows["kind"], lambda kinds: pl.Series([roles.get(kind) for kind in kinds], dtype=CELL))
    texts = pl.col("kind", "document_no").cast(CELL)
    frame = rows.select(matter, texts, "day", pl.col("f_row").is_null().alias("unnumbered"), role.alias("role"))
    frame = frame.with_row_index("at")
    first = (
        registered.select(matter, pl.col("day").alias("start")).unique("matter_id", keep="first")
        if registered is not None
        else frame.filter(pl.col("kind") == "registered")
        .unique("matter_id", keep="first", maintain_order=True)
        .select("matter_id", pl.col("day").alias("start"))
    )
    frame = frame.join(first, on="matter_id", how="left", maintain_order="left")
    early = pl.concat(_before_start(frame))
    # A row that comes back is no forerunner of another.
    stays = frame.join(early.filter(pl.col("rule").is_in(_BACK)), on="at", how="anti")
    disorder = [] if not whole else [_ruled(at, rule) for rule, at in out_of_order(stays)]
    found = pl.concat([early, *disorder, *_doubles(stays)])
    told = rows.select("row", "column", pl.col("cell").cast(pl.String)).with_row_index("at")
    broken = told.join(found, on="at", how="inner", maintain_order="left")
    cells = broken["cell"].unique().drop_nulls()
    display = pl.Series([shown(cell) for cell in cells.to_list()], dtype=pl.String)
    told = broken.select(
        pl.lit(sheet).alias("sheet"),
        "row",
        "column",
        broken["cell"].replace_strict(cells, display, default="", return_dtype=pl.String).alias("value"),
        "rule",
    ).cast(REJECT_SCHEMA)
    back = pl.col("rule").is_in(_BACK)
    out = found.filter(back)["at"].unique()
    kept = rows.with_row_index("at").filter(~pl.col("at").is_in(out.implode())).drop("at") if len(out) else rows
    return Across(rows=kept, rejects=told.filter(back), noted=told.filter(~back))


def wording(rule: str) -> tuple[str, str, str, str]:
    """What is wrong (zh, en) and the remedy (zh, en) of any rule, over one row or several."""
    across = RULES.get(rule)
    return REMEDIES[rule] if across is None else (across.zh, across.en, across.remedy_zh, across.remedy_en)


def _marked(frame: pl.DataFrame, where: pl.Expr, rule: str) -> pl.DataFrame:
    return _ruled(frame.filter(where.fill_null(False))["at"], rule)


def _ruled(at: pl.Series, rule: str) -> pl.DataFrame:
    return at.to_frame().with_columns(pl.lit(rule).alias("rule"))


def _before_start(frame: pl.DataFrame) -> list[pl.DataFrame]:
    early, role, kind = pl.col("day") < pl.col("start"), pl.col("role"), pl.col("kind")
    registrations = frame.filter(kind == "registered")
    again = (pl.col("day") != pl.col("start")) | ~pl.col("matter_id").is_first_distinct()
    handled = role.is_in(_HANDLED) & ~kind.is_in(["registered", "transferred_in"])
    return [
        _marked(registrations, again, "registered_twice"),
        _marked(frame, early & (role == Role.REPLY.value), "answer_before_registration"),
        _marked(frame, early & (role == Role.END.value), "end_before_start"),
        _marked(frame, early & handled, "before_registration"),
    ]


def _doubles(frame: pl.DataFrame) -> list[pl.DataFrame]:
    quiet = pl.col("role").is_in(_QUIET) | (pl.col("kind") == "registered")
    plain = frame.filter(pl.col("unnumbered") & ~quiet)
    again = ~pl.struct("matter_id", "kind", "day", "document_no").is_first_distinct()
    numbered = frame.filter(pl.col("document_no").is_not_null())
    shared = pl.col("matter_id").n_unique().over("document_no") > 1
    return [_marked(plain, again, "event_twice"), _marked(numbered, shared, "document_twice")]
