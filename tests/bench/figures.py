"""What a benchmark found: figures with a unit, a bar to hold, and the median of several runs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One measured value. `bar` is the most it may be; None: it is told, not judged."""

    benchmark: str
    name: str
    value: float
    unit: str
    bar: float | None = None
    spread: tuple[float, float] = (0.0, 0.0)
    """Least and greatest of the runs behind a median."""

    @property
    def key(self) -> str:
        """Its name among all figures."""
        return f"{self.benchmark}: {self.name}"

    @property
    def holds(self) -> bool:
        """True unless the value is above its bar."""
        return self.bar is None or self.value <= self.bar

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "benchmark": self.benchmark,
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "bar": self.bar,
            "holds": self.holds,
            "spread": [round(edge, 4) for edge in self.spread],
        }


def percentile(values: Iterable[float], part: float) -> float:
    """Return a percentile; NaN of nothing, which no bar holds."""
    array = np.fromiter(values, float)
    return float(np.percentile(array, part)) if len(array) else float("nan")


def medians(runs: Sequence[Sequence[Figure]]) -> list[Figure]:
    """Fold several runs of a benchmark into one: the median of each figure, with its spread."""
    found: list[Figure] = []
    for same in zip(*runs, strict=True):
        values = [figure.value for figure in same]
        first, several = same[0], len(same) > 1
        found.append(
            Figure(
                first.benchmark,
                first.name,
                statistics.median(values),
                first.unit,
                first.bar,
                (min(values), max(values)) if several else (0.0, 0.0),
            )
        )
    return found


def table(figures: Sequence[Figure], baseline: Mapping[str, float]) -> str:
    """Write the figures as a table; `ratio` is the value over the baseline's."""
    rows = [("benchmark", "figure", "median", "spread", "bar", "", "ratio")]
    for figure in figures:
        before = baseline.get(figure.key)
        rows.append(
            (
                figure.benchmark,
                figure.name,
                f"{figure.value:.4g} {figure.unit}",
                f"{figure.spread[0]:.4g}..{figure.spread[1]:.4g}" if any(figure.spread) else "",
                "" if figure.bar is None else f"<= {figure.bar:g}",
                "" if figure.bar is None else "ok" if figure.holds else "NOT HELD",
                f"{figure.value / before:.2f}" if before else "",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
