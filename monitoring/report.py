"""What the checks found, as plain data, as Markdown and as one self-contained page."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from data.store.mutes import Mute
from monitoring.check import SEVERITY_LABELS, Finding, Outcome, Severity, worst
from monitoring.mutes import mute_of
from monitoring.tables import MASKED_NOTE, audit_tables
from monitoring.volume import ALL_OFFICES


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorReport:
    """The findings, gravest first, and the table of every check; `mutes` are those that stand on the day it is made.

    `as_of` is the last local day looked at, as an ISO date; `model` names the model in use and `version` numbers it,
    both None by rules.
    """

    as_of: str
    model: str | None
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    mutes: tuple[Mute, ...] = ()
    version: int | None = None

    @property
    def severity(self) -> Severity | None:
        """The gravest severity found and not muted; None if there is nothing to say."""
        return worst(finding for finding in self.findings if self.mute_of(finding) is None)

    def mute_of(self, finding: Finding) -> Mute | None:
        """What keeps a finding quiet, if anything does."""
        return mute_of(finding.code, finding.numbers, finding.severity, self.mutes)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON values: `as_of`, `model`, `severity`, `findings`, `tables` and `totals` by check."""
        return {
            "as_of": self.as_of,
            "model": self.model,
            "severity": self.severity.value if self.severity else None,
            "findings": [
                finding.as_dict() | {"muted": muted_as_dict(self.mute_of(finding))} for finding in self.findings
            ],
            "tables": {outcome.name: outcome.rows for outcome in self.outcomes},
            "totals": {outcome.name: outcome.totals for outcome in self.outcomes if outcome.totals},
        }


def muted_as_dict(mute: Mute | None) -> dict[str, Any] | None:
    """A mute as plain JSON values: until which day, why, and in which role; by whom stands in the log."""
    return None if mute is None else {"until": mute.until.isoformat(), "reason": mute.reason, "role": mute.role}


_TEXT = {
    "muted": ("暂不提醒至 {until}（{reason}）", "muted until {until} ({reason})"),
    "title": ("监测报告", "Monitoring report"),
    "as_of": ("截止", "as of"),
    "model": ("在用模型", "model in use"),
    "rules": ("按规则运行", "rules-only"),
    "findings": ("监测发现", "Findings"),
    "none": ("未发现需要处理的情况。", "Nothing to act on."),
    "remedy": ("建议", "What to do"),
    "data_quality": ("数据质量", "Data quality"),
    "drift": ("分布变化", "Drift"),
    "past_lists": ("往期清单", "Past lists"),
    "feature": ("特征", "Feature"),
    "usual_month": ("训练期末年各月最大 PSI", "largest PSI of a month of the last year learnt from"),
    "mean_then": ("训练期平均", "mean in training"),
    "mean_now": ("本期平均", "mean now"),
    "cutoff": ("截止日", "Cutoff"),
    "listed": ("列入件数", "Listed"),
    "returned": ("再次反映（95% 区间）", "Raised again (95 % interval)"),
    "order": ("未列入事项的排序能力", "Order among unlisted"),
    "waiting": ("观察期未满", "too early"),
    "masked": ("少于10件，不显示", "under 10, not shown"),
    "few": ("件数太少", "too few"),
    "note": ("说明", "Note"),
    "together": ("合计", "together"),
    "colon": ("：", ": "),
    "events": ("记录数", "events"),
    "days_behind": ("数据滞后天数", "days behind"),
    "late_share": ("近90天补录占比", "late entry, last 90 days"),
    "assumed_share": ("推定时间占比", "assumed times"),
    "links_checked": ("已查重关联", "links checked"),
    "unknown_codes": ("未识别代码", "unknown codes"),
    "office": ("单位", "Office"),
    "registered": ("近30天登记", "Registered, 30 days"),
    "usual": ("平时", "usual"),
}


def to_markdown(report: MonitorReport, language: str) -> str:
    """The report as Markdown in `zh` or `en`."""
    say = _speaker(language)
    lines = [f"# {say('title')}", "", _subtitle(report, say), "", f"## {say('findings')}", ""]
    told = [(finding, report.mute_of(finding)) for finding in report.findings]
    lines += [line for finding, mute in told for line in _finding_lines(finding, mute, language)] or [say("none")]
    for heading, header, rows in _tables(report, language):
        lines += ["", f"## {heading}", "", f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
        lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    lines += ["", MASKED_NOTE[language != "zh"]]
    return "\n".join(lines) + "\n"


def to_html(report: MonitorReport, language: str) -> str:
    """The report as one HTML page that needs nothing else: styles and charts inside, no script, no network."""
    say = _speaker(language)
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        f"<title>{escape(say('title'))} {escape(report.as_of)}</title><style>{PAGE_STYLE}</style></head><body>",
        f"<h1>{escape(say('title'))}</h1><p>{escape(_subtitle(report, say))}</p><h2>{escape(say('findings'))}</h2>",
    ]
    told = [(finding, report.mute_of(finding)) for finding in report.findings]
    parts += [_finding_html(finding, mute, language) for finding, mute in told] or [f"<p>{escape(say('none'))}</p>"]
    charts = {_TEXT[name][language != "zh"]: svg for name, svg in _charts(report, language)}
    for heading, header, rows in _tables(report, language):
        parts.append(f"<h2>{escape(heading)}</h2>{charts.get(heading, '')}<table><thead><tr>")
        parts += [f"<th>{escape(cell)}</th>" for cell in header]
        parts.append("</tr></thead><tbody>")
        parts += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
        parts.append("</tbody></table>")
    parts.append(f"<p>{escape(MASKED_NOTE[language != 'zh'])}</p></body></html>")
    return "".join(parts) + "\n"


#: The style of every report that stands for itself.
PAGE_STYLE = (
    "body{font:15px/1.6 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:62rem;margin:2rem auto;"
    "padding:0 1rem;color:#1c2430}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d8dde5}"
    ".finding{border-left:4px solid #7a8699;padding:.2rem .9rem;margin:.8rem 0;background:#f6f7f9}"
    ".muted{color:#5b6577}.warning{border-color:#b7791f}.severe{border-color:#b42318}svg{max-width:100%}"
)


def _speaker(language: str) -> Callable[[str], str]:
    return lambda key: _TEXT[key][0 if language == "zh" else 1]


def _subtitle(report: MonitorReport, say: Callable[[str], str]) -> str:
    return f"{say('as_of')} {report.as_of} · {say('model')}{say('colon')}{report.model or say('rules')}"


def _said(finding: Finding, language: str) -> tuple[str, str, str, str]:
    label = SEVERITY_LABELS[finding.severity]
    if language == "zh":
        return label[0], finding.title_zh, finding.text_zh, finding.remedy_zh
    return label[1], finding.title_en, finding.text_en, finding.remedy_en


def _muted(mute: Mute | None, language: str) -> str:
    if mute is None:
        return ""
    return " · " + _speaker(language)("muted").format(until=mute.until.isoformat(), reason=mute.reason)


def _finding_lines(finding: Finding, mute: Mute | None, language: str) -> list[str]:
    label, title, text, remedy = _said(finding, language)
    return [
        f"- **{label} · {title}** ({finding.code}){_muted(mute, language)}",
        f"  {text}",
        f"  {_speaker(language)('remedy')}{_speaker(language)('colon')}{remedy}",
    ]


def _finding_html(finding: Finding, mute: Mute | None, language: str) -> str:
    label, title, text, remedy = _said(finding, language)
    say = _speaker(language)
    kind = finding.severity.value if mute is None else "muted"
    return (
        f'<div class="finding {kind}"><strong>{escape(label)} · {escape(title)}</strong>'
        f"{escape(_muted(mute, language))}<br>{escape(text)}<br>{escape(say('remedy') + say('colon') + remedy)}</div>"
    )


def _tables(report: MonitorReport, language: str) -> list[tuple[str, list[str], list[list[str]]]]:
    """Heading, header and cells of every table, already in words."""
    say = _speaker(language)
    tables: list[tuple[str, list[str], list[list[str]]]] = []
    for outcome in report.outcomes:
        if not outcome.rows:
            continue
        if outcome.name == "drift":
            header = [say("feature"), "PSI", say("usual_month"), "KS", "p", say("mean_then"), say("mean_now")]
            cells = [
                [
                    row[language],
                    *(f"{row[figure]:.3f}" for figure in ("psi", "usual", "ks")),
                    _chance(row["p_corrected"]),
                    *(f"{row[figure]:.3g}" for figure in ("mean_then", "mean_now")),
                ]
                for row in outcome.rows
            ]
        elif outcome.name == "past_lists":
            header = [say("cutoff"), say("listed"), say("returned"), "B1", "B6", say("order"), say("note")]
            cells = [_past_cells(row, language) for row in outcome.rows]
            if outcome.totals:
                cells.append(_together_cells(outcome.totals, language))
        elif outcome.name != "data_quality":
            tables += audit_tables(outcome.name, outcome.rows, language)
            continue
        else:
            tables.append((say("data_quality"), *_quality(outcome.rows[0], say)))
            header = [say("office"), say("registered"), say("usual"), "p"]
            cells = [
                [
                    row["office"] or ALL_OFFICES[language != "zh"],
                    str(row["registered"]),
                    f"{row['usual']:.1f}",
                    _chance(row["p_corrected"]),
                ]
                for row in outcome.rows[0]["offices"]
            ]
        if cells:
            heading = say("registered") if outcome.name == "data_quality" else say(outcome.name)
            tables.append((heading, header, cells))
    return tables


def _chance(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _quality(row: dict[str, Any], say: Callable[[str], str]) -> tuple[list[str], list[list[str]]]:
    names = ["events", "days_behind", "late_share", "assumed_share", "links_checked", "unknown_codes"]

    def cell(name: str) -> str:
        value = row[name]
        if value is None:
            return "–"
        return f"{value:.1%}" if name.endswith(("share", "checked")) else str(value)

    return [say(name) for name in names], [[cell(name) for name in names]]


def _share_cell(share: dict[str, Any] | None, say: Callable[[str], str]) -> str:
    if share is None:
        return "–"
    if share["masked"]:
        return say("masked")
    if share["share"] is None:
        return "–"
    low, high = share["interval"]
    return f"{share['hits']}/{share['of']} = {share['share']:.0%} ({low:.0%}–{high:.0%})"


def _past_cells(row: dict[str, Any], language: str) -> list[str]:
    say = _speaker(language)
    if "returned" not in row:
        return [row["cutoff"], str(row["listed"]), say("waiting"), "–", "–", "–", ""]
    order = row["order_among_unlisted"]
    baselines = [row["baselines"].get(name) for name in ("B1", "B6")]
    return [
        row["cutoff"],
        str(row["listed"]),
        _share_cell(row["returned"], say),
        *(_share_cell(figures and figures["returned"], say) for figures in baselines),
        say("few") if order is None else f"{order['area']:.2f} ({order['interval'][0]:.2f}–{order['interval'][1]:.2f})",
        row["note"][language] if row["note"] else "",
    ]


def _together_cells(totals: dict[str, Any], language: str) -> list[str]:
    say = _speaker(language)
    baselines = [totals["baselines"].get(name) for name in ("B1", "B6")]
    return [
        f"{say('together')} ({totals['lists']})",
        "",
        _share_cell(totals["returned"], say),
        *(_share_cell(figures and figures["returned"], say) for figures in baselines),
        "",
        totals["note"][language] if totals["note"] else "",
    ]


def _charts(report: MonitorReport, language: str) -> list[tuple[str, str]]:
    rows = {outcome.name: outcome.rows for outcome in report.outcomes}
    drift = [(row[language], row["psi"]) for row in rows.get("drift", [])[:12]]
    return [("drift", _bars(drift))] if drift else []


def _bars(values: list[tuple[str, float]]) -> str:
    """Horizontal bars with their names and figures, as inline SVG."""
    top = max(max(value for _, value in values), 0.25)
    rows = [
        f'<text x="230" y="{20 * i + 14}" text-anchor="end" font-size="12">{escape(name)}</text>'
        f'<rect x="240" y="{20 * i + 4}" width="{380 * max(value, 0) / top:.1f}" height="12" fill="#3b6ea5"/>'
        f'<text x="{246 + 380 * max(value, 0) / top:.1f}" y="{20 * i + 14}" font-size="12">{value:.2f}</text>'
        for i, (name, value) in enumerate(values)
    ]
    height = 20 * len(values) + 8
    return f'<svg viewBox="0 0 700 {height}" width="700" height="{height}" role="img">{"".join(rows)}</svg>'
