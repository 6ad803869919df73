"""What a model says, drawn: a step function as a small line, a table of two features as a small heat map (inline SVG).

Only presentation attributes, no styles or scripts: drawings stand under the pages' content policy and in a file alone.
"""

from html import escape

import numpy as np
from numpy.typing import NDArray

from features.feature import Feature
from training.scorecard import NANO, Pair, Step

_WIDE, _HIGH = 260, 92
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 8, 20
_INK, _LINE, _GRID = "#3b4754", "#1f5fa8", "#c5ced8"
_UP, _DOWN = (176, 62, 20), (31, 95, 168)
_TEXT = f'font-family="sans-serif" font-size="10" fill="{_INK}"'


def step_chart(step: Step, feature: Feature, language: str) -> str:
    """The step function over its thresholds: what the value adds to the log-odds, 0 at the empty value."""
    name = feature.zh if language == "zh" else feature.en
    low, high = min(0.0, step.values.min() / NANO), max(0.0, step.values.max() / NANO)
    edges = _edges(step.thresholds, step.empty)

    def x(place: float) -> float:
        return _LEFT + (_WIDE - _LEFT - _RIGHT) * (place - edges[0]) / (edges[-1] - edges[0])

    def y(value: float) -> float:
        return _TOP + (_HIGH - _TOP - _BOTTOM) * (high - value) / ((high - low) or 1.0)

    points: list[str] = []
    for place, value in enumerate(step.values / NANO):
        points += [f"{x(edges[place]):.1f},{y(value):.1f}", f"{x(edges[place + 1]):.1f},{y(value):.1f}"]
    first, last = step.thresholds[0], step.thresholds[-1]
    told = f"{name}: {step.values[0] / NANO:+.2f} … {step.values[-1] / NANO:+.2f}"
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escape(told)}">'
        f'<line x1="{_LEFT}" y1="{y(0):.1f}" x2="{_WIDE - _RIGHT}" y2="{y(0):.1f}" stroke="{_GRID}"/>'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="{_LINE}" stroke-width="2"/>'
        f'<text x="{_LEFT - 4}" y="{y(high) + 8:.1f}" text-anchor="end" {_TEXT}>{high:+.2f}</text>'
        f'<text x="{_LEFT - 4}" y="{y(low):.1f}" text-anchor="end" {_TEXT}>{low:+.2f}</text>'
        f'<text x="{x(first):.1f}" y="{_HIGH - 6}" text-anchor="middle" {_TEXT}>{first:g}</text>'
        + (
            f'<text x="{x(last):.1f}" y="{_HIGH - 6}" text-anchor="middle" {_TEXT}>{last:g}</text>'
            if x(last) - x(first) > 40
            else ""
        )
        + "</svg>"
    )


def heat_map(pair: Pair, first: Feature, second: Feature, language: str) -> str:
    """The table as coloured cells: rows the first feature's intervals from the bottom up, columns the second's."""
    rows, columns = pair.values.shape
    most = max(1, int(np.abs(pair.values).max()))
    wide, high = _WIDE - _LEFT - _RIGHT, 130
    cells: list[str] = []
    for row in range(rows):
        for column in range(columns):
            value = pair.values[row, column]
            top = _TOP + high * (rows - 1 - row) / rows
            left = _LEFT + wide * column / columns
            cells.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide / columns + 0.3:.1f}" '
                f'height="{high / rows + 0.3:.1f}" '
                f'fill="{_colour(value / most)}"/>'
            )
    names = [one.zh if language == "zh" else one.en for one in (first, second)]
    told = f"{names[0]} × {names[1]}: {pair.values.min() / NANO:+.2f} … {pair.values.max() / NANO:+.2f}"
    bottom = _TOP + high + 13
    sides = pair.first_thresholds, pair.second_thresholds
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDE} {high + 34}" role="img" aria-label="{escape(told)}">{"".join(cells)}'
        f'<text x="{_LEFT - 4}" y="{_TOP + high:.1f}" text-anchor="end" {_TEXT}>≤{sides[0][0]:g}</text>'
        f'<text x="{_LEFT - 4}" y="{_TOP + 9}" text-anchor="end" {_TEXT}>&gt;{sides[0][-1]:g}</text>'
        f'<text x="{_LEFT}" y="{bottom}" {_TEXT}>≤{sides[1][0]:g}</text>'
        f'<text x="{_WIDE - _RIGHT}" y="{bottom}" text-anchor="end" {_TEXT}>&gt;{sides[1][-1]:g}</text>'
        "</svg>"
    )


def _edges(thresholds: NDArray[np.float64], empty: float) -> list[float]:
    """Interval ends from a little before what is seen to a little after."""
    first, last = min(float(thresholds[0]), empty), max(float(thresholds[-1]), empty)
    margin = 0.08 * (last - first) or 1.0
    return [first - margin, *thresholds.tolist(), last + margin]


def _colour(share: float) -> str:
    """White at 0, towards orange-brown where it raises the margin, towards blue where it lowers it."""
    to = _UP if share > 0 else _DOWN
    parts = [round(255 + (one - 255) * min(1.0, abs(share)) * 0.85) for one in to]
    return f"rgb({parts[0]},{parts[1]},{parts[2]})"
