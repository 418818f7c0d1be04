"""Small plots as inline SVG: lines over time, and distributions. No scripts, no network.

Colours come from CSS variables of the page (`--a`, `--b` ...), so that light and dark both read well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 22, 10, 34
COLOURS = ("--a", "--b", "--c", "--d", "--e")
Points = Sequence[tuple[float, float]]


def lines(series: Mapping[str, Points], across: str, up: str, bound: float | None = None) -> str:
    """Plot series over a common axis that begins at zero; `bound` is a line that should not be crossed."""
    everything = [point for points in series.values() for point in points]
    most_x = max((x for x, _ in everything), default=1) or 1
    most_y = _round_up(max([y for _, y in everything] + ([bound] if bound else []), default=1) or 1)
    parts = [_axes((0, most_x), (0, most_y), across, up)]
    if bound is not None:
        y = _y(bound / most_y)
        parts.append(f'<line class="bound" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for colour, points in zip(COLOURS, series.values(), strict=False):
        path = " ".join(f"{_x(x / most_x):.1f},{_y(y / most_y):.1f}" for x, y in points)
        parts.append(f'<polyline style="stroke:var({colour})" points="{path}"/>')
        if len(points) < 20:
            parts += [
                f'<circle style="fill:var({colour})" r="3" cx="{_x(x / most_x):.1f}" '
                f'cy="{_y(y / most_y):.1f}">'
                f"<title>{x:g}: {y:.4g}</title></circle>"
                for x, y in points
            ]
    return _frame(parts) + _legend(tuple(series))


def distribution(values: NDArray[np.float64], unit: str, bound: float | None = None) -> str:
    """Plot how many values lie where; logarithmic, so that the few outermost ones are seen too."""
    low, high = float(values.min()), float(values.max())
    high = high if high > low else low + 1
    counts, edges = np.histogram(values, 60, (low, high))
    most = float(np.log10(max(counts.max(), 1)) + 0.3)
    parts = [_axes((low, high), (0, most), unit, "how many", logarithmic=True)]
    for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if count:
            x, wide = _x((left - low) / (high - low)), (right - left) / (high - low) * (WIDTH - LEFT - RIGHT)
            y = _y((np.log10(count) + 0.1) / most)
            over = ' class="over"' if bound is not None and left >= bound else ""
            parts.append(
                f'<rect{over} x="{x:.1f}" y="{y:.1f}" width="{max(wide - 0.5, 1):.1f}" '
                f'height="{_y(0) - y:.1f}"><title>{left:.4g} to {right:.4g} {unit}: {count}</title></rect>'
            )
    if bound is not None and low <= bound <= high:
        x = _x((bound - low) / (high - low))
        parts.append(f'<line class="bound" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    return _frame(parts)


def _x(part: float) -> float:
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _y(part: float) -> float:
    return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def _round_up(value: float) -> float:
    step = 10 ** np.floor(np.log10(value))
    return float(next(step * mark for mark in (1, 1.5, 2, 3, 5, 7.5, 10) if step * mark >= value))


def _axes(
    across: tuple[float, float],
    up: tuple[float, float],
    x_name: str,
    y_name: str,
    *,
    logarithmic: bool = False,
) -> str:
    parts = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = across[0] + part * (across[1] - across[0])
        parts.append(
            f'<text x="{_x(part):.0f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{x:.3g}</text>'
        )
    marks = range(int(up[1]) + 1) if logarithmic else np.linspace(0, up[1], 5).tolist()
    for mark in marks:
        y, text = _y(mark / up[1]), f"{10**mark:g}" if logarithmic else f"{mark:.3g}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    parts.append(f'<text x="{_x(0.5):.0f}" y="{HEIGHT - 4}" text-anchor="middle">{escape(x_name)}</text>')
    middle = _y(0.5)
    parts.append(
        f'<text x="12" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 12 {middle:.0f})">'
        f"{escape(y_name)}</text>"
    )
    return "".join(parts)


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
