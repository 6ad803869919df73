"""What a proposed mapping says, as lines for people, as plain values and as the TOML that ingest takes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from data.forbidden import RULES, header_key, may_show_header
from data.ingest.guesses import Guess
from data.ingest.sources import shown_header
from data.mapping import FixedOffice
from data.vocabulary import KINDS

#: attribute → type, and the vocabulary of its labels.
ATTRIBUTES: dict[str, tuple[str, str | None]] = {
    "category": ("category", "category"),
    "cause": ("category", "cause"),
    "procedure_path": ("category", "procedure_path"),
    "first_time": ("flag", None),
    "reply_possible": ("flag", None),
    "received_on": ("day", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One sheet the mapping reads: our field → the column taken for it."""

    role: str
    sheet: str
    columns: Mapping[str, Guess]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A column the mapping does not read, and why (`rule`: kept out by the gate)."""

    sheet: str
    header: str
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A mapping as far as the file alone tells it; with `problems` it is not whole and has no TOML.

    `unknown`: labels nobody maps (sheet, column, label, rows, first_row).  `notes` and `problems` are (zh, en).
    """

    file: str
    name: str
    layout: str
    time_zone: str
    numbering: str
    office: FixedOffice | None
    parts: tuple[Part, ...]
    dates: tuple[Guess, ...]
    documents: Mapping[str, str]
    attributes: Mapping[str, Guess]
    kinds: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    left: tuple[Left, ...]
    unknown: pl.DataFrame
    notes: tuple[tuple[str, str], ...]
    problems: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The proposal as plain JSON values."""
        return {
            "file": self.file,
            "name": self.name,
            "layout": self.layout,
            "numbering": self.numbering,
            "columns": [
                {
                    "sheet": sheet,
                    "column": column,
                    "field": field,
                    "confidence": one.confidence,
                }
                for sheet, column, field, one in self._columns()
            ],
            "codes": dict(self.kinds),
            "labels": {field: dict(table) for field, table in self.labels.items()},
            "unknown_codes": self.unknown.to_dicts(),
            "forbidden_columns": [
                {"sheet": shown_header(one.sheet), "header": shown_header(one.header), "rule": one.rule}
                for one in self.left
                if one.rule
            ],
            "unread_columns": [
                {"sheet": shown_header(one.sheet), "header": shown_header(one.header)}
                for one in self.left
                if not one.rule
            ],
            "notes": [{"zh": zh, "en": en} for zh, en in self.notes],
            "problems": [{"zh": zh, "en": en} for zh, en in self.problems],
        }

    def lines(self, language: str) -> list[str]:
        """The proposal as a table and sentences in `zh` or `en`."""
        zh = language == "zh"
        out = [
            f"格式 {self.layout}，编号方式 {self.numbering}"
            if zh
            else f"layout {self.layout}, numbering {self.numbering}"
        ]
        out += [
            f"  {one.confidence:4.0%}  {sheet or '-'} · {column} → {field}" + _filled(one, zh=zh)
            for sheet, column, field, one in self._columns()
        ]
        out += [
            f"        {_label(number)} → {_label(column)} · document_no" for column, number in self.documents.items()
        ]
        out += [f"        {code} → {kind}" for code, kind in self.kinds.items()]
        out += [f"        {label} → {field}: {code}" for field, t in self.labels.items() for label, code in t.items()]
        for one in self.left:
            why = RULES[one.rule][0 if zh else 1] if one.rule else ("未采用" if zh else "not used")
            out.append(f"  —     {shown_header(one.sheet) or '-'} · {shown_header(one.header)}（{why}）")
        for sheet, column, label, rows, first in self.unknown.iter_rows():
            out.append(
                f"  ?     {sheet or '-'} · {column}：“{label}” {rows} 行（首见第 {first} 行），含义不明，未映射"
                if zh
                else f"  ?     {sheet or '-'} · {column}: {label}, {rows} rows (first: {first}), not known, not mapped"
            )
        return out + [note[0 if zh else 1] for note in self.notes]

    def toml(self, *, owner: str | None = None, confirmed_by: str | None = None) -> str:
        """The mapping as TOML; attributes are declared only where their owner and a second person are given (G26)."""
        out = [
            "# 由 petition-risk map 依据文件提出，请核对后使用 / proposed from the file; check before use",
            f"name = {_q(self.name)}    # 事项身份的一部分，以后各月不要改 / part of every matter's identity",
            f"time_zone = {_q(self.time_zone)}",
            f"numbering = {_q(self.numbering)}      # per_matter：再次反映沿用原编号 | per_contact：每件另编号",
            'coverage = "full"                      # full：文件是全部台账 | append：只含新增',
            f"layout = {_q(self.layout)}",
        ]
        single = self.layout != "sheets"
        if single and self.parts[0].sheet:
            out.append(f"sheet = {_q(self.parts[0].sheet)}")
        if self.office is not None:
            out += ["", "[office]", f"id = {_q(self.office.office_id)}"]
            out += [f"name = {_q(self.office.name)}", f"level = {_q(self.office.level)}"]
        for part in self.parts:
            if not single:
                out += ["", f"[sheets.{part.role}]", f"name = {_q(part.sheet)}"]
            out += ["", "[columns]" if single else f"[sheets.{part.role}.columns]"]
            out += [
                f"{field} = {_q(_label(one.header))}    # {one.confidence:.0%}" for field, one in part.columns.items()
            ]
        if self.dates:
            out += ["", "[dates]"]
            out += [f"{_q(_label(one.header))} = {self._date(one)}    # {one.confidence:.0%}" for one in self.dates]
        if self.kinds:
            # Our own labels too: next month's file may hold what this one does not yet.
            ours = {kind.zh: kind.code for kind in KINDS} | dict(self.kinds)
            out += ["", "[kinds]", *(f"{_q(code)} = {_q(kind)}" for code, kind in ours.items())]
        for field, table in self.labels.items():
            out += ["", f"[labels.{field}]", *(f"{_q(label)} = {_q(code)}" for label, code in table.items())]
        out += self._attributes(owner, confirmed_by)
        return "\n".join([*out, "", "[task]", "horizon_days = 90", ""])

    def _attributes(self, owner: str | None, confirmed_by: str | None) -> list[str]:
        declared = bool(owner and confirmed_by and owner != confirmed_by)
        mark = "" if declared else "# "
        out: list[str] = []
        if self.attributes and not declared:
            out += [
                "",
                "# 申明并经另一部门确认后，去掉行首 # / remove the # once declared and confirmed",
            ]
        for name, one in self.attributes.items():
            dtype, labels = ATTRIBUTES[name]
            out += [
                "",
                f"{mark}[attributes.{name}]",
                f"{mark}column = {_q(_label(one.header))}",
                f"{mark}dtype = {_q(dtype)}",
            ]
            out += [f"{mark}labels = {_q(labels)}"] if labels else []
            out += [
                f'{mark}fixed_at = "registration"',
                f'{mark}describes = "matter"    # matter 事项 | handling 本院办理',
                f"{mark}owner = {_q(owner or '')}",
                f"{mark}confirmed_by = {_q(confirmed_by or '')}",
                f'{mark}reason = "登记时确定，描述事项，不描述人"',
                f'{mark}source = "人民检察院信访工作规定"',
            ]
        return out

    def _date(self, one: Guess) -> str:
        number = self.documents.get(one.header)
        if number is None:
            return _q(one.field)
        return f"{{ kind = {_q(one.field)}, document_no = {_q(_label(number))} }}"

    def _columns(self) -> list[tuple[str, str, str, Guess]]:
        """Sheet, column (both as they may be shown), field and guess of every column the mapping reads."""
        found = [(part.sheet, field, one) for part in self.parts for field, one in part.columns.items()]
        seen = {(sheet, one.header) for sheet, _, one in found}
        first = self.parts[0].sheet if self.parts else ""
        found += [(first, f"dates.{one.field}", one) for one in self.dates]
        more = [(first, f"attributes.{name}", one) for name, one in self.attributes.items()]
        found += [entry for entry in more if (entry[0], entry[2].header) not in seen]
        return [(shown_header(sheet), _label(one.header), field, one) for sheet, field, one in found]


def _label(header: str) -> str:
    """A column that was recognised, as it may be shown; ingest finds it under its bare name too."""
    return header if may_show_header(header) else header_key(header)


def _filled(one: Guess, *, zh: bool) -> str:
    if one.fit is None:
        return "（空列，只凭列名）" if zh else " (empty; by its name alone)"
    if one.fit < 1:
        return f"（{one.fit:.0%} 的单元格相符）" if zh else f" ({one.fit:.0%} of the cells fit)"
    return ""


def _q(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
