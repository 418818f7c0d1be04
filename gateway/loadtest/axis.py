"""Round numbers along an axis: 1, 2 or 5 times a power of ten apart. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A range with its ticks."""

    low: float
    high: float
    step: float

    def ticks(self) -> list[tuple[float, str]]:
        """Return each tick with its text, as many digits as the step needs."""
        digits = max(0, -math.floor(math.log10(self.step)))
        first, last = math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9)
        return [(number * self.step, f"{number * self.step:.{digits}f}") for number in range(first, last + 1)]

    def part(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)


def over(low: float, high: float, ticks: int = 5) -> Axis:
    """Return an axis that ends at ticks, about so many steps long, and has room for all values."""
    high = high if high > low else low + 1
    step = _round((high - low) / ticks)
    return Axis(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)


def _round(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(mark * power for mark in (1, 2, 5, 10) if mark * power >= step * (1 - 1e-9))
