"""Small charts as inline SVG: a reliability curve, values with their intervals, and what longer lists would catch."""

from collections.abc import Sequence
from html import escape

from training.metrics import Bin, Figure

_INK, _SOFT, _MAIN, _OTHER = "#1c2733", "#8795a1", "#1f5a8a", "#9a5b13"
_FONT = "font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;font-size:13px"


def reliability_chart(bins: Sequence[Bin], *, said: str, came: str, title: str) -> str:
    """What was said (x) against what came (y) with 95 % intervals, beside the line of a perfect model."""
    if not bins:
        return ""
    most = max(0.05, *(one.said for one in bins), *(one.came.high or one.came.value or 0.0 for one in bins))
    top = min(1.0, most * 1.05)
    left, size, right = 62, 300, 16

    def x(value: float) -> str:
        return f"{left + size * value / top:.1f}"

    def y(value: float) -> str:
        return f"{right + size * (1 - value / top):.1f}"

    parts = [f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(top)}" y2="{y(top)}" stroke="{_SOFT}" stroke-dasharray="5 4"/>']
    for step in range(5):
        value = top * step / 4
        parts.append(
            f'<line x1="{x(0)}" y1="{y(value)}" x2="{x(top)}" y2="{y(value)}" stroke="#e3e8ed"/>'
            f'<text x="{left - 6}" y="{y(value)}" dy="4" text-anchor="end">{100 * value:.0f}%</text>'
            f'<text x="{x(value)}" y="{right + size + 18}" text-anchor="middle">{100 * value:.0f}%</text>'
        )
    points = [(one, one.came.value) for one in bins if one.came.value is not None]
    for one, value in points:
        if one.came.low is not None and one.came.high is not None:
            parts.append(
                f'<line x1="{x(one.said)}" y1="{y(min(top, one.came.low))}" x2="{x(one.said)}" '
                f'y2="{y(min(top, one.came.high))}" stroke="{_MAIN}"/>'
            )
        parts.append(f'<circle cx="{x(one.said)}" cy="{y(min(top, value))}" r="4" fill="{_MAIN}"/>')
    line = " ".join(f"{x(one.said)},{y(min(top, value))}" for one, value in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{_MAIN}"/>')
    middle = right + size / 2
    parts.append(
        f'<text x="{left + size / 2}" y="{right + size + 40}" text-anchor="middle">{escape(said)}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(came)}</text>'
    )
    return _svg(left + size + 24, right + size + 52, parts, title)


def interval_chart(rows: Sequence[tuple[str, Figure]], *, title: str, percent: bool = True, zero: bool = False) -> str:
    """One line a row: its name, its value and its 95 % interval on a common scale; `zero` draws the line at 0."""
    shown = [(name, one) for name, one in rows if one.value is not None]
    if not shown:
        return ""
    lows = [one.low if one.low is not None else one.value or 0.0 for _, one in shown]
    highs = [one.high if one.high is not None else one.value or 0.0 for _, one in shown]
    low, high = min(0.0, *lows), max(0.0, *highs)
    span = (high - low) or 1.0
    left, width, step = 330, 420, 26

    def x(value: float) -> str:
        return f"{left + width * (value - low) / span:.1f}"

    bottom = 12 + step * len(shown)
    parts = [f'<line x1="{left}" y1="{bottom}" x2="{left + width}" y2="{bottom}" stroke="{_SOFT}"/>']
    for part in range(5):
        value = low + span * part / 4
        label = f"{100 * value:.0f}%" if percent else f"{value:.2g}"
        parts.append(f'<text x="{x(value)}" y="{bottom + 18}" text-anchor="middle">{label}</text>')
    if zero:
        parts.append(f'<line x1="{x(0)}" y1="4" x2="{x(0)}" y2="{bottom}" stroke="{_INK}"/>')
    for place, (name, one) in enumerate(shown):
        at = 18 + step * place
        ink = _MAIN if place == 0 else _OTHER
        short = name if len(name) <= 24 else f"{name[:23]}…"
        parts.append(f'<text x="{left - 10}" y="{at + 4}" text-anchor="end">{escape(short)}</text>')
        if one.low is not None and one.high is not None:
            parts.append(
                f'<line x1="{x(one.low)}" y1="{at}" x2="{x(one.high)}" y2="{at}" stroke="{ink}" stroke-width="2"/>'
            )
        parts.append(f'<circle cx="{x(one.value or 0.0)}" cy="{at}" r="4" fill="{ink}"/>')
    return _svg(left + width + 40, bottom + 30, parts, title)


def gain_chart(caught: Sequence[tuple[float, float]], *, reviewed: str, found: str, title: str) -> str:
    """Share of what came back (y) among the share of candidates that stand highest (x), beside a list by chance."""
    if not caught:
        return ""
    left, size, top = 62, 300, 16
    points = [(left + size * x, top + size * (1 - y)) for x, y in [(0.0, 0.0), *caught]]
    parts = [
        f'<line x1="{left}" y1="{top + size}" x2="{left + size}" y2="{top}" stroke="{_SOFT}" stroke-dasharray="5 4"/>'
    ]
    for step in range(5):
        at = size * step / 4
        parts.append(
            f'<line x1="{left}" y1="{top + at}" x2="{left + size}" y2="{top + at}" stroke="#e3e8ed"/>'
            f'<text x="{left - 6}" y="{top + size - at}" dy="4" text-anchor="end">{25 * step}%</text>'
            f'<text x="{left + at}" y="{top + size + 18}" text-anchor="middle">{25 * step}%</text>'
        )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    middle = top + size / 2
    parts.append(
        f'<polyline points="{line}" fill="none" stroke="{_MAIN}" stroke-width="2"/>'
        f'<text x="{left + size / 2}" y="{top + size + 40}" text-anchor="middle">{escape(reviewed)}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(found)}</text>'
    )
    return _svg(left + size + 24, top + size + 52, parts, title)


def standalone(svg: str) -> str:
    """A chart as a file of its own: inside a page it needs no name space, alone it does."""
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(title, quote=True)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" style="{_FONT}" fill="{_INK}">{"".join(parts)}</svg>'
    )
