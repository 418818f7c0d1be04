"""Small plots as inline SVG: lines over time, and distributions. No scripts, no network.

Colours come from CSS variables of the page (`--a`, `--b` ...), so that light and dark both read well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from gateway.loadtest import axis
from gateway.loadtest.axis import Axis

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 22, 10, 34
COLOURS = ("--a", "--b", "--c", "--d", "--e")
SMALLEST_BAR = 0.15
"""Height of a bar that stands for one value, in powers of ten: zero could not be seen."""
Points = Sequence[tuple[float, float]]


def lines(series: Mapping[str, Points], across: str, up: str, bound: float | None = None) -> str:
    """Return series over a common axis, both axes from zero; `bound` is a line that should not be crossed."""
    everything = [point for points in series.values() for point in points]
    x_axis = axis.over(0, max((x for x, _ in everything), default=1))
    y_axis = axis.over(0, max([y for _, y in everything] + [bound or 0], default=1), 4)
    parts = [_across(x_axis, across), _up([(y_axis.part(y), text) for y, text in y_axis.ticks()], up)]
    if bound is not None:
        y = _y(y_axis.part(bound))
        parts.append(f'<line class="bound" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for colour, points in zip(COLOURS, series.values(), strict=False):
        places = [(_x(x_axis.part(x)), _y(y_axis.part(y)), x, y) for x, y in points]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top, *_ in places)
        parts.append(f'<polyline style="stroke:var({colour})" points="{path}"/>')
        if len(points) < 20:
            parts += [
                f'<circle style="fill:var({colour})" r="3" cx="{left:.1f}" cy="{top:.1f}">'
                f"<title>{x:g}: {y:.4g}</title></circle>"
                for left, top, x, y in places
            ]
    return _frame(parts) + _legend(tuple(series))


def distribution(values: NDArray[np.float64], unit: str, bound: float | None = None) -> str:
    """Return how many values lie where; logarithmic, so that the few outermost ones are seen too."""
    x_axis = axis.over(float(values.min()), float(values.max()))
    counts, edges = np.histogram(values, 60, (x_axis.low, x_axis.high))
    marks = [mark * 10**power for power in range(7) for mark in ((1, 2, 5) if counts.max() < 50 else (1,))]
    most = np.log10(counts.max()) + SMALLEST_BAR + 0.2

    def height(count: float) -> float:
        return float((np.log10(count) + SMALLEST_BAR) / most)

    up = [(height(mark), f"{mark}") for mark in marks if mark <= counts.max()]
    parts = [_across(x_axis, unit), _up(up, "how many")]
    for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if count:
            x, y = _x(x_axis.part(left)), _y(height(count))
            wide = max(_x(x_axis.part(right)) - x - 0.5, 1)
            over = ' class="over"' if bound is not None and left >= bound else ""
            parts.append(
                f'<rect{over} x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{_y(0) - y:.1f}">'
                f"<title>{left:.4g} to {right:.4g} {unit}: {count}</title></rect>"
            )
    if bound is not None and x_axis.low <= bound <= x_axis.high:
        x = _x(x_axis.part(bound))
        parts.append(f'<line class="bound" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    return _frame(parts)


def _x(part: float) -> float:
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _y(part: float) -> float:
    return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def _across(x_axis: Axis, name: str) -> str:
    marks = (
        f'<text x="{_x(x_axis.part(x)):.0f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{text}</text>'
        for x, text in x_axis.ticks()
    )
    title = f'<text x="{_x(0.5):.0f}" y="{HEIGHT - 4}" text-anchor="middle">{escape(name)}</text>'
    return "".join((*marks, title))


def _up(ticks: Sequence[tuple[float, str]], name: str) -> str:
    """Return horizontal lines, each at a part of the height."""
    marks = (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(part):.1f}" y2="{_y(part):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{_y(part) + 4:.1f}" text-anchor="end">{text}</text>'
        for part, text in ticks
    )
    middle = f"{_y(0.5):.0f}"
    title = (
        f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">'
        f"{escape(name)}</text>"
    )
    return "".join((*marks, title))


def _frame(parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


def _legend(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return ""
    marks = (
        f'<span><i style="background:var({colour})"></i>{escape(name)}</span>'
        for colour, name in zip(COLOURS, names, strict=False)
    )
    return f'<p class="legend">{"".join(marks)}</p>'
