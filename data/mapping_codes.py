"""How the codes and attributes of a mapping are read: kinds, labels of the vocabularies, declared attributes."""

import difflib
import re
from collections.abc import Collection
from typing import cast

from data.forbidden import RULES, forbidden_header
from data.mapping_parts import DESCRIBES, AttributeSpec, KindRule
from data.strict_toml import Reader, Table
from data.vocabulary import CASE_CLASSES, CATEGORIES, CAUSES, KIND, PROCEDURES, Role

DTYPES = ("category", "money", "number", "flag", "day")
#: Which vocabulary turns a column's labels into codes.
VOCABULARIES: dict[str, dict[str, tuple[str, str]]] = {
    "category": CATEGORIES,
    "cause": CAUSES,
    "procedure_path": PROCEDURES,
    "case_class": CASE_CLASSES,
}
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def read_kinds(reader: Reader, table: Table) -> dict[str, KindRule]:
    """What each code of the file becomes."""
    if not table:
        reader.wrong("kinds", "至少要有一种环节", "at least one kind is needed")
    return {code: read_kind(reader, code, value) for code, value in table.items()}


def read_kind(reader: Reader, code: str, value: object) -> KindRule:
    """What one code of the file becomes: a kind by its name, or a table that adds one or names an amount."""
    where = f"kinds.{code}"
    if isinstance(value, str):
        if value not in KIND:
            near = difflib.get_close_matches(value, KIND, n=1, cutoff=0.5)
            reader.wrong(
                where,
                f"没有环节 {value}" + (f"；是否指 {near[0]}？" if near else ""),
                f"no kind {value}" + (f"; did you mean {near[0]}?" if near else ""),
            )
            return KindRule(kind=value, role="record")
        return KindRule(kind=value, role=str(KIND[value].role))
    if not isinstance(value, dict):
        reader.wrong(where, "须为环节代码或表", "must be a kind or a table")
        return KindRule(kind="", role="record")
    table = cast(Table, value)
    reader.known(
        table, where, ("kind", "added", "role", "zh", "en", "amount", "owner", "reason", "source", "confirmed_by")
    )
    amount = reader.optional(table, where, "amount")
    if amount is not None:
        check_column(reader, f"{where}.amount", amount)
    if "kind" in table:
        if "added" in table or "role" in table:
            reader.wrong(where, "kind 与 added/role 只能取其一", "either kind, or added with role")
        base = read_kind(reader, code, reader.take(table, where, "kind", str))
        return KindRule(kind=base.kind, role=base.role, amount=amount)
    added = reader.take(table, where, "added", str)
    if added in KIND:
        reader.wrong(where, f"{added} 已是内置环节，直接写代码即可", f"{added} is a shipped kind; name it directly")
    if added and not NAME.fullmatch(added):
        reader.wrong(where, "代码只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    return KindRule(
        kind=added,
        role=reader.chosen(table, where, "role", [str(role) for role in Role]),
        added=True,
        zh=reader.optional(table, where, "zh") or added,
        en=reader.optional(table, where, "en") or added,
        amount=amount,
        owner=reader.optional(table, where, "owner"),
        reason=reader.optional(table, where, "reason"),
        source=reader.optional(table, where, "source"),
        confirmed_by=reader.optional(table, where, "confirmed_by"),
    )


def read_labels(reader: Reader, table: Table, used: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """For each vocabulary its own labels and those the mapping adds, each with its code.

    A vocabulary of the mapping's own stands here too, as long as a declared attribute uses it (`used`).
    """
    brought = [name for name in sorted(used) if name in table and name not in VOCABULARIES]
    reader.known(table, "labels", (*VOCABULARIES, *brought))
    found: dict[str, dict[str, str]] = {}
    for name, codes in VOCABULARIES.items():
        own = reader.take(table, "labels", name, dict, {})
        for label in own:
            if reader.take(own, f"labels.{name}", label, str) not in codes:
                reader.wrong(f"labels.{name}.{label}", f"只能是 {'、'.join(codes)}", f"one of {', '.join(codes)}")
        found[name] = {zh: code for code, (zh, _) in codes.items()} | {str(k): str(v) for k, v in own.items()}
    for name in brought:
        own = reader.take(table, "labels", name, dict, {})
        found[name] = {label: reader.take(own, f"labels.{name}", label, str) for label in own}
        for label, code in found[name].items():
            if not NAME.fullmatch(code):
                where = f"labels.{name}.{label}"
                reader.wrong(where, "代码只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    return found


def read_attribute(reader: Reader, name: str, table: Table, layout: str, own: Collection[str] = ()) -> AttributeSpec:
    """One declared attribute; `own` are the vocabularies the mapping brings itself."""
    where = f"attributes.{name}"
    reader.known(
        table,
        where,
        ("column", "dtype", "fixed_at", "dated", "labels", "describes", "owner", "reason", "source", "confirmed_by"),
    )
    if not NAME.fullmatch(name):
        reader.wrong(where, "名称只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    column = reader.take(table, where, "column", str)
    check_column(reader, f"{where}.column", column)
    dtype = reader.chosen(table, where, "dtype", DTYPES)
    fixed = "fixed_at" in table and reader.chosen(table, where, "fixed_at", ("registration",)) == "registration"
    dated = reader.take(table, where, "dated", bool, False)
    if fixed and dated:
        reader.wrong(where, "fixed_at 与 dated 只能取其一", "either fixed_at or dated, not both")
    if dated and layout != "event_per_row":
        reader.wrong(where, "事项表的列没有日期，不能写 dated", "a column of the matters sheet has no date: not dated")
    labels = reader.chosen(table, where, "labels", (*VOCABULARIES, *own)) if "labels" in table else None
    if labels is not None and dtype != "category":
        reader.wrong(where, 'labels 只用于 dtype = "category"', 'labels only with dtype = "category"')
    if dtype == "category" and layout != "event_per_row" and labels is None:
        reader.wrong(where, "分类列须写明 labels（词表）", "a category needs labels (its vocabulary)")
    describes = reader.optional(table, where, "describes")
    if describes and describes not in DESCRIBES:
        reader.wrong(
            f"{where}.describes",
            "只能是 matter（描述事项）或 handling（描述本院办理）；描述人的列不得申明",
            "matter (describes the matter) or handling (describes our handling); no column that describes a person",
        )
    return AttributeSpec(
        name=name,
        column=column,
        dtype=dtype,
        fixed=fixed,
        dated=dated,
        labels=labels,
        owner=reader.take(table, where, "owner", str),
        reason=reader.take(table, where, "reason", str),
        source=reader.take(table, where, "source", str),
        confirmed_by=reader.optional(table, where, "confirmed_by"),
        describes=describes,
    )


def check_column(reader: Reader, where: str, header: str) -> None:
    """Note a column the gate keeps out: a mapping cannot open it (G2, G4)."""
    rule = forbidden_header(header)
    if rule is not None:
        zh, en = RULES[rule]
        reader.wrong(where, f"此列属禁止读取的内容（{zh}）", f"this column is kept out ({en})")
