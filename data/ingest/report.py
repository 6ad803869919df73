"""What an import did and what it left out, for the person who gave the file."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from data.forbidden import RULES
from data.ingest.across import wording
from data.ingest.draft import Drafts
from data.ingest.located import Column
from data.ingest.quality import Quality
from data.ingest.quality_text import markdown
from data.mapping import Mapping
from data.reconcile import MISSING_LIMIT
from data.store.register import BatchOutcome
from data.times import cutoff_day
from data.vault import TOKEN

#: More rows than this help nobody mend a file; the workbook says how many there are.
WORKBOOK_ROWS = 50_000
#: So many numbers are named in a sentence.
SHOWN_NUMBERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """The result of one import, or of a dry run: what it would have been.

    `batch_id` is None where no row could be taken in; `changed` is false where the store already held all of it.
    `coverage` is the one applied: a file with refused rows closes nothing, because what was refused is not gone.
    `drafts` holds rejects, blanked cells, unknown codes and columns; nothing in it shows what the gate keeps out.
    """

    file: str
    mapping: str
    bench_only: bool
    batch_id: int | None
    changed: bool
    declared_coverage: str
    coverage: str
    time_zone: str
    outcome: BatchOutcome | None
    drafts: Drafts
    quality: Quality
    dry_run: bool = False
    mapping_version: tuple[str, int] | None = None
    reused: tuple[str, ...] = ()

    @property
    def needs_confirm(self) -> bool:
        """Whether a full import misses so many stored rows that somebody has to say it is meant."""
        tallies = () if self.outcome is None else (self.outcome.events, self.outcome.attributes)
        return any(one.missing > MISSING_LIMIT * one.covered for one in tallies if one.covered)

    @property
    def rejected_rows(self) -> int:
        """How many rows came back; one row may break several rules."""
        return self.drafts.rejects.select("sheet", "row").n_unique()

    @property
    def assumed_share(self) -> float:
        """The share of events whose time of knowledge is assumed (2.0 % = 0.02)."""
        assumed = self.drafts.events["assumed"]
        return float(assumed.sum()) / len(assumed) if len(assumed) else 0.0

    @property
    def hashed(self) -> tuple[int, int]:
        """How many accepted numbers have a hash for the vault, and how many filled cells gave none."""
        tokens = pl.Series(dtype=pl.String) if self.drafts.hashed is None else self.drafts.hashed[TOKEN].drop_nulls()
        return int((tokens != "").sum()), int((tokens == "").sum())

    @property
    def control_columns(self) -> tuple[Column, ...]:
        """Columns of control measures in the file: unread, and a finding for the auditor."""
        return tuple(column for column in self.drafts.forbidden if column.rule == "control")

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON values, counts by rule instead of rows."""
        drafts = self.drafts
        return {
            "file": self.file,
            "mapping": self.mapping,
            "bench_only": self.bench_only,
            "batch_id": self.batch_id,
            "changed": self.changed,
            "coverage": self.coverage,
            "declared_coverage": self.declared_coverage,
            "observed_until": drafts.observed_until,
            "observed_through": cutoff_day(drafts.observed_until, self.time_zone).isoformat(),
            "rows_read": drafts.rows_read,
            "reading": drafts.reading.as_dict(),
            "matters": drafts.matters.height,
            "events": drafts.events.height,
            "attributes": drafts.attributes.height,
            "rejected_rows": self.rejected_rows,
            "rejects_by_rule": _counts(drafts.rejects),
            "blanked_cells": drafts.blanked.height,
            "blanked_by_rule": _counts(drafts.blanked),
            "rows_of_unknown_codes": drafts.left_out,
            "unknown_codes": drafts.unknown.to_dicts(),
            "forbidden_columns": [{"sheet": c.sheet, "header": c.header, "rule": c.rule} for c in drafts.forbidden],
            "unread_columns": [{"sheet": c.sheet, "header": c.header} for c in drafts.unread],
            "absent_columns": [{"sheet": c.sheet, "header": c.header} for c in drafts.absent],
            "reused_numbers": list(self.reused),
            "rejects_noted": _counts(drafts.noted),
            "dry_run": self.dry_run,
            "needs_confirm": self.needs_confirm,
            "mapping_version": None if self.mapping_version is None else list(self.mapping_version),
            "quality": self.quality.body,
            "findings": [{"code": "control_column", "sheet": c.sheet} for c in self.control_columns],
            "assumed_share": round(self.assumed_share, 4),
            "vault": None if drafts.hashed is None else dict(zip(("hashed", "unread"), self.hashed, strict=True)),
            "outcome": None if self.outcome is None else self.outcome.as_dict(),
        }

    def lines(self, language: str) -> list[str]:
        """The report as sentences in `zh` or `en`, most important first, with the data-quality report below."""
        said = [zh if language == "zh" else en for zh, en in self.sentences()]
        return [*said, "", *markdown(self.quality.body, language).splitlines()]

    def reject_workbook(self) -> bytes:
        """The workbook of `write_rejects`, for the requester alone."""
        buffer = io.BytesIO()
        self._write(buffer)
        return buffer.getvalue()

    def write_rejects(self, path: Path) -> None:
        """An .xlsx with the rows that came back, the blanked cells, unknown codes and unread columns, zh and en."""
        path.write_bytes(self.reject_workbook())

    def sentences(self) -> Iterable[tuple[str, str]]:
        """What the import did, most important first, as (zh, en)."""
        drafts = self.drafts
        day = cutoff_day(drafts.observed_until, self.time_zone)
        if self.dry_run:
            yield "试运行：未写入任何内容", "dry run: nothing was written"
        if self.mapping_version is not None:
            office, version = self.mapping_version
            yield f"使用 {office} 的映射第 {version} 版", f"read by version {version} of {office}'s mapping"
        if self.outcome is None:
            yield "没有一行可以导入，未写入任何内容", "no row could be taken in; nothing was written"
        elif not self.changed:
            yield "内容与已导入的相同，未作任何更改", "the store already held all of this; nothing was changed"
        yield (
            f"事项 {drafts.matters.height} 件，办理记录 {drafts.events.height} 条，数据截至 {day}",
            f"{drafts.matters.height} matters, {drafts.events.height} events, data through {day}",
        )
        if self.outcome is not None and self.outcome.changed:
            rows = self.outcome.events
            yield (
                f"新增 {rows.first} 条，更正 {rows.corrected} 条，恢复 {rows.returned} 条，未变 {rows.unchanged} 条，"
                f"库中有而文件中没有 {rows.missing} 条",
                f"{rows.first} new, {rows.corrected} corrected, {rows.returned} back again, "
                f"{rows.unchanged} unchanged, {rows.missing} stored but not in the file",
            )
        if self.needs_confirm and self.dry_run:
            yield (
                "文件中缺少的记录超过5%，正式导入时须确认（--confirm）",
                "over 5 % of the stored rows are not in the file; the import itself needs --confirm",
            )
        if self.reused:
            shown, more = "、".join(self.reused[:SHOWN_NUMBERS]), len(self.reused)
            yield (
                f"{more} 个编号在库中是另一件事项（类别或事由与登记日期都不同）：{shown}；编号若已另行使用，"
                "请给新事项换一个编号后重新导入，并撤销本次导入",
                f"{more} numbers are another matter's in the store (class and day of registration differ): {shown}; "
                "where a number was given out again, give the new matter its own, import again and take this one back",
            )
        if self.rejected_rows:
            yield (
                f"退回 {self.rejected_rows} 行（见退回表）",
                f"{self.rejected_rows} rows came back (see the workbook of rejects)",
            )
        if self.coverage != self.declared_coverage:
            yield (
                "因有退回行，本次不核销库中已有而文件中缺少的记录；请改正后重新导入",
                "because rows came back, nothing missing from the file was closed; mend them and import again",
            )
        if drafts.left_out:
            yield (
                f"{drafts.left_out} 行的环节代码未识别，未导入",
                f"{drafts.left_out} rows have codes the mapping does not know and were left out",
            )
        if drafts.blanked.height:
            yield (
                f"{drafts.blanked.height} 个单元格含不应保存或无法识别的内容，已清空，其余照常导入",
                f"{drafts.blanked.height} cells were left out, the rest of their rows was taken in",
            )
        yield from drafts.reading.sentences()
        if drafts.hashed is not None:
            with_hash, no_number = self.hashed
            yield (
                f"查重库：{with_hash} 个编号有密钥散列，{no_number} 格不是有效证件号或其单位没有密钥；证件号未保存",
                f"vault: {with_hash} numbers have a keyed hash, {no_number} cells hold no valid identity number or "
                "their office has no key; no identity number was kept",
            )
        for column in drafts.forbidden:
            zh, en = RULES[column.rule or "site"]
            yield f"未读取列“{column.header}”（{zh}）", f"column {column.header} was left unread ({en})"
        if drafts.absent:
            names = "、".join(column.header for column in drafts.absent)
            yield f"文件中没有这些列：{names}", f"columns the file does not have: {names}"
        if self.assumed_share > 0:
            yield (
                f"{self.assumed_share:.1%} 的办理记录没有录入日期，获知时间为推定",
                f"{self.assumed_share:.1%} of the events have no entry date; when they were known is assumed",
            )

    def _write(self, target: io.BytesIO) -> None:
        drafts = self.drafts
        # In memory: no temporary file, and no cell can become a formula or a link.
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(target, options) as book:
            _sheet(book, "退回行 rejected", _explained(drafts.rejects), drafts.rejects.height)
            _sheet(book, "已清空单元格 left out", _explained(drafts.blanked), drafts.blanked.height)
            codes = [
                ("工作表 sheet", "列 column", "代码 code", "行数 rows", "首见行 first row"),
                *((row[0], row[1], row[2], row[3], row[4]) for row in drafts.unknown.rows()),
            ]
            _sheet(book, "未识别代码 unknown", codes, drafts.unknown.height)
            columns: list[Sequence[object]] = [("工作表 sheet", "列 column", "原因", "reason")]
            columns += [(c.sheet, c.header, *RULES[c.rule or "site"]) for c in drafts.forbidden]
            columns += [(c.sheet, c.header, "映射未用到", "not in the mapping") for c in drafts.unread]
            _sheet(book, "未读取的列 unread", columns, len(columns) - 1)


def make_report(
    *,
    path: Path,
    mapping: Mapping,
    drafts: Drafts,
    outcome: BatchOutcome | None,
    declared_coverage: str,
    coverage: str,
    quality: Quality,
    dry_run: bool,
    mapping_version: tuple[str, int] | None,
    reused: tuple[str, ...],
) -> IngestReport:
    """The report of one import; `outcome` is None where there was nothing to write."""
    return IngestReport(
        file=path.name,
        mapping=mapping.name,
        bench_only=mapping.bench_only,
        batch_id=None if outcome is None or dry_run else outcome.batch_id,
        changed=outcome is not None and outcome.changed,
        declared_coverage=declared_coverage,
        coverage=coverage,
        time_zone=mapping.time_zone,
        outcome=outcome,
        drafts=drafts,
        quality=quality,
        dry_run=dry_run,
        mapping_version=mapping_version,
        reused=reused,
    )


def _counts(rows: pl.DataFrame) -> dict[str, int]:
    return {str(rule): int(n) for rule, n in rows["rule"].value_counts().sort("rule").rows()}


def _explained(rows: pl.DataFrame) -> list[Sequence[object]]:
    head = ("工作表 sheet", "行 row", "列 column", "值 value", "原因", "reason", "处理办法", "remedy")
    ordered = rows.sort("sheet", "row", "column").head(WORKBOOK_ROWS)
    return [head, *((*row[:4], *wording(row[4])) for row in ordered.rows())]


def _sheet(book: Any, name: str, rows: Sequence[Sequence[object]], total: int) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 7, 22)
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(at, column, cell)
            else:
                sheet.write_string(at, column, str(cell), bold if at == 0 else None)
    if total > WORKBOOK_ROWS:
        sheet.write_string(len(rows), 0, f"共 {total} 条，仅列前 {WORKBOOK_ROWS} 条 · {total} in all")
    sheet.freeze_panes(1, 0)
