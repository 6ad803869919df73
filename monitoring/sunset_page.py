"""How a yearly report looks: Markdown, and one self-contained page with its chart."""

from collections.abc import Mapping
from html import escape
from typing import Any

from monitoring.report import PAGE_STYLE

_TEXT = {
    "title": ("年度评估：按清单办理是否有用", "Yearly report: did acting on the lists help"),
    "basis": (
        "{year} 年，{months} 个月、{lists} 份已满观察期的清单；数据截至 {as_of}；模型版本 {versions}",
        "{year}: {lists} matured lists of {months} months; data up to {as_of}; model versions {versions}",
    ),
    "verdict": ("结论", "Conclusion"),
    "figures": ("数字", "Figures"),
    "assumptions": ("前提", "Assumptions"),
    "limits": ("局限", "Limits"),
    "decides": (
        "本报告只提建议，由人决定；不含任何事项、单位或个人。",
        "This report recommends and people decide; it holds no matter, office or person.",
    ),
    "observed": ("实际", "observed"),
    "expected": ("预期", "expected"),
}


def _say(key: str, side: int, **values: object) -> str:
    return _TEXT[key][side].format(**values)


def _basis(report: Mapping[str, Any], side: int) -> str:
    versions = ", ".join(f"v{one}" for one in report["versions"]) or "–"
    return _say(
        "basis", side, **{name: report[name] for name in ("year", "months", "lists", "as_of")}, versions=versions
    )


def figures_of(report: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Name and value of every figure, in words."""
    return [(row[language], row[f"said_{language}"]) for row in report["rows"]]


def to_markdown(report: Mapping[str, Any], language: str) -> str:
    """A report as `Sunset.as_dict` gives it, as Markdown in `zh` or `en`."""
    side = int(language != "zh")
    lines = [f"# {_say('title', side)}", "", _basis(report, side), "", f"**{report['said'][language]}**", ""]
    if report["rows"]:
        lines += [f"## {_say('figures', side)}", "", "| | |", "| --- | --- |"]
        lines += [f"| {name} | {value} |" for name, value in figures_of(report, language)]
    for part in ("assumptions", "limits"):
        lines += ["", f"## {_say(part, side)}", "", *(f"- {one[language]}" for one in report[part])]
    return "\n".join([*lines, "", _say("decides", side)]) + "\n"


def to_html(report: Mapping[str, Any], language: str) -> str:
    """The same as one HTML page that needs nothing else: style and chart inside, no script, no network."""
    side = int(language != "zh")
    kind = "severe" if report["verdict"] == "worse" else "warning" if report["recommends_rules"] else ""
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        f"<title>{escape(_say('title', side))} {report['year']}</title><style>{PAGE_STYLE}</style></head><body>",
        f"<h1>{escape(_say('title', side))}</h1><p>{escape(_basis(report, side))}</p>",
        f"<h2>{escape(_say('verdict', side))}</h2>",
        f'<div class="finding {kind}"><strong>{escape(report["said"][language])}</strong></div>',
    ]
    if report["rows"]:
        parts.append(f"<h2>{escape(_say('figures', side))}</h2>{chart(report, language)}<table><tbody>")
        for name, value in figures_of(report, language):
            parts.append(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>")
        parts.append("</tbody></table>")
    for part in ("assumptions", "limits"):
        items = "".join(f"<li>{escape(one[language])}</li>" for one in report[part])
        parts.append(f"<h2>{escape(_say(part, side))}</h2><ul>{items}</ul>")
    parts.append(f"<p>{escape(_say('decides', side))}</p></body></html>")
    return "".join(parts) + "\n"


def chart(report: Mapping[str, Any], language: str) -> str:
    """Observed and expected share with the interval of what would have come, as inline SVG; empty without an effect."""
    effect, side = report["effect"], int(language != "zh")
    if effect is None:
        return ""
    # Observed less the difference's bounds is the range of what was expected.
    low, high = effect["observed"] - effect["high"], effect["observed"] - effect["low"]
    top = max(effect["observed"], high, 0.05) * 1.2

    def at(value: float) -> float:
        return 120 + 440 * min(max(value / top, 0.0), 1.0)

    bars = [
        (_say("observed", side), effect["observed"], 24, ""),
        (
            _say("expected", side),
            effect["expected"],
            56,
            f'<line x1="{at(low):.1f}" x2="{at(high):.1f}" y1="63" y2="63" stroke="#1c2430" stroke-width="2"/>',
        ),
    ]
    drawn = "".join(
        f'<text x="110" y="{y + 12}" text-anchor="end" font-size="13">{escape(name)}</text>'
        f'<rect x="120" y="{y}" width="{at(value) - 120:.1f}" height="14" fill="#3b6ea5"/>{more}'
        f'<text x="570" y="{y + 12}" font-size="13">{value:.1%}</text>'
        for name, value, y, more in bars
    )
    return f'<svg viewBox="0 0 640 84" width="640" height="84" role="img">{drawn}</svg>'
