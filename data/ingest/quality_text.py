"""What the data-quality report says: sections for a page, Markdown for the desk, HTML for the printer."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

#: Rows of a table that are printed; the rest is counted.
ROWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the report: sentences, and a table where `head` is not empty."""

    title: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def sections(body: dict[str, Any], language: str) -> list[Section]:
    """The stored report (`Quality.body`) as sections in `zh` or `en`."""
    zh = language == "zh"
    return [
        _attention(body, zh=zh),
        _coverage(body, zh=zh),
        _rules(body, zh=zh),
        _times(body, zh=zh),
        _months(body, zh=zh),
        _documents(body, zh=zh),
        _columns(body, zh=zh),
    ]


def title(language: str) -> str:
    """The report's own title."""
    return "数据质量报告" if language == "zh" else "Data-quality report"


def markdown(body: dict[str, Any], language: str) -> str:
    """The report as Markdown."""
    out = [f"# {title(language)}"]
    for one in sections(body, language):
        out += ["", f"## {one.title}", *(f"- {line}" for line in one.lines)]
        if one.head:
            cells = [one.head, tuple("---" for _ in one.head), *one.rows]
            out += ["", *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)]
    return "\n".join(out) + "\n"


def html(body: dict[str, Any], language: str) -> str:
    """The report as one HTML page without scripts or links, for printing."""
    lang = "zh-CN" if language == "zh" else "en"
    out = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title(language)}</title>',
        "<style>body{font:15px/1.6 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:"
        "collapse;width:100%}th,td{border:1px solid #bbb;padding:4px 8px;text-align:left}h2{margin-top:1.6em}"
        "tr{break-inside:avoid}</style></head><body>",
        f"<h1>{title(language)}</h1>",
    ]
    for one in sections(body, language):
        out.append(f"<h2>{escape(one.title)}</h2>")
        if one.lines:
            out.append("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in one.lines) + "</ul>")
        if one.head:
            head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in one.head)
            rows = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in one.rows)
            out.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    return "\n".join([*out, "</body></html>", ""])


def _attention(body: dict[str, Any], *, zh: bool) -> Section:
    said = tuple(str(one["zh" if zh else "en"]) for one in body["attention"])
    none = "没有发现需要先处理的问题" if zh else "nothing was found that has to be dealt with first"
    return Section(title="先看这些" if zh else "Look at this first", lines=said or (none,))


def _coverage(body: dict[str, Any], *, zh: bool) -> Section:
    lines = (
        f"读取 {body['rows_read']} 行；可导入事项 {body['matters']} 件、办理记录 {body['events']} 条；"
        f"数据截至 {body['observed_through']}"
        if zh
        else f"{body['rows_read']} rows read; {body['matters']} matters and {body['events']} events can be taken in; "
        f"data through {body['observed_through']}",
    )
    return _table(
        "覆盖范围" if zh else "Coverage",
        ("单位", "事项", "记录", "最早", "最晚") if zh else ("Office", "Matters", "Events", "First", "Last"),
        [(o["office"], o["matters"], o["events"], o["first"], o["last"]) for o in body["offices"]],
        lines,
        zh=zh,
    )


def _rules(body: dict[str, Any], *, zh: bool) -> Section:
    what = (
        ("rejects", "退回", "came back"),
        ("blanked", "单元格未导入，其余照常", "cell left out, the rest taken in"),
        ("noted", "已导入，请核对", "taken in; please check"),
    )
    word, remedy = ("zh", "remedy_zh") if zh else ("en", "remedy_en")
    rows = [
        (one[word], one["count"], said_zh if zh else said_en, one[remedy])
        for key, said_zh, said_en in what
        for one in body[key]
    ]
    head = ("规则", "次数", "结果", "处理办法") if zh else ("Rule", "Times", "Outcome", "Remedy")
    return _table("校验结果" if zh else "Checks", head, rows, zh=zh, none=("全部通过" if zh else "all passed",))


def _times(body: dict[str, Any], *, zh: bool) -> Section:
    assumed, late = body["assumed"], body["late"]
    lines = [
        f"推定的获知时间占 {_percent(assumed['share'])}"
        if zh
        else f"times of knowledge that are assumed: {_percent(assumed['share'])}"
    ]
    lines += [
        f"{kind['zh']}：{kind['events']} 条中 {kind['assumed']} 条为推定（{_percent(kind['share'])}）"
        if zh
        else f"{kind['en']}: {kind['assumed']} of {kind['events']} assumed ({_percent(kind['share'])})"
        for kind in assumed["kinds"][:ROWS]
    ]
    if not late["stated"]:
        lines.append("台账没有录入日期，无法计算迟录" if zh else "no entry dates: how late entries are is unknown")
        return Section(title="时间" if zh else "Times", lines=tuple(lines))
    median, p90 = late["median_days"], late["p90_days"]
    lines.append(
        f"有录入日期的 {late['stated']} 条：中位数 {median:g} 天、九成在 {p90:g} 天内录入"
        if zh
        else f"{late['stated']} with an entry date: median {median:g} days, nine in ten within {p90:g} days"
    )
    rows = [(_band(one, zh=zh), one["events"], _percent(one["share"])) for one in late["bands"]]
    head = ("发生到录入", "记录", "占比") if zh else ("From event to entry", "Events", "Share")
    return Section(title="时间" if zh else "Times", lines=tuple(lines), head=head, rows=_texts(rows))


def _months(body: dict[str, Any], *, zh: bool) -> Section:
    rows = [(g["office"], "、".join(g["months"]), "没有记录" if zh else "no row") for g in body["gaps"]]
    rows += [
        (
            f["office"],
            f["month"],
            f"{f['events']} 条，此前三月平均 {f['expected']}"
            if zh
            else f"{f['events']} rows, {f['expected']} a month before",
        )
        for f in body["falls"]
    ]
    head = ("单位", "月份", "情况") if zh else ("Office", "Month", "What")
    none = ("没有空缺月份，也没有骤降",) if zh else ("no empty months and no sudden falls",)
    return _table("空缺与骤降" if zh else "Gaps and falls", head, rows, zh=zh, none=none)


def _documents(body: dict[str, Any], *, zh: bool) -> Section:
    replies, links = body["replies"], body["links_checked"]
    lines = (
        f"没有文书号的答复占 {_percent(replies['share'])}（{replies['replies']} 条中 {replies['without']} 条）"
        if zh
        else f"replies without a document number: {_percent(replies['share'])} "
        f"({replies['without']} of {replies['replies']})",
        f"已核对是否同一事项的编号占 {_percent(links)}" if zh else f"numbers checked for links: {_percent(links)}",
    )
    rows = [
        (kind["zh" if zh else "en"], kind["replies"], kind["without"], _percent(kind["share"]))
        for kind in replies["kinds"]
    ]
    head = ("答复", "条数", "没有文书号", "占比") if zh else ("Reply", "Number", "No document no.", "Share")
    return _table("答复与关联" if zh else "Replies and links", head, rows, lines, zh=zh)


def _columns(body: dict[str, Any], *, zh: bool) -> Section:
    lines = [
        f"未读取列“{column['header']}”（{column['zh']}）"
        if zh
        else f"column {column['header']} was left unread ({column['en']})"
        for column in body["forbidden_columns"]
    ]
    for key, said_zh, said_en in (
        ("unread_columns", "映射未用到的列", "columns the mapping does not use"),
        ("absent_columns", "文件中没有的列", "columns the file does not have"),
    ):
        if body[key]:
            lines.append(f"{said_zh}：{'、'.join(body[key])}" if zh else f"{said_en}: {', '.join(body[key])}")
    rows = [(one["column"], one["label"], one["rows"], one["first_row"]) for one in body["unknown_codes"]]
    head = ("列", "未识别的代码", "行数", "首见行") if zh else ("Column", "Unknown code", "Rows", "First row")
    none = ("各列都已读取，代码都已识别",) if zh else ("every column was read, every code is known",)
    return _table("列与代码" if zh else "Columns and codes", head, rows, tuple(lines), zh=zh, none=none)


def _table(
    heading: str,
    head: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    lines: tuple[str, ...] = (),
    *,
    zh: bool,
    none: tuple[str, ...] = (),
) -> Section:
    """Sentences and a table; `none` is said where there is neither."""
    if not rows:
        return Section(title=heading, lines=lines or none)
    more, said = len(rows) - ROWS, lines
    if more > 0:
        said += (f"另有 {more} 行未列出" if zh else f"{more} more are not printed",)
    return Section(title=heading, lines=said, head=head, rows=_texts(rows[:ROWS]))


def _texts(rows: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(cell) for cell in row) for row in rows)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _band(one: dict[str, Any], *, zh: bool) -> str:
    low, high = one["from"], one["to"]
    if high is None:
        return f"{low} 天以上" if zh else f"{low} days and more"
    return f"{low}–{high} 天" if zh else f"{low}–{high} days"
