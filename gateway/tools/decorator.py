"""`@tool(...)`: what a function of a plan's author says of itself beside hints and docstring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

LONGEST_S = 120.0
"""Seconds; a caller who waits longer has hung up."""
_MARK = "__gateway_timeout__"


def tool(*, timeout: float) -> Callable[[F], F]:
    """Give a function another time-out than 5 seconds. Raises ValueError for one that makes no sense."""
    if not 0 < timeout <= LONGEST_S:
        raise ValueError(f"timeout={timeout}: write seconds, more than 0, at most {LONGEST_S:g}")

    def mark(function: F) -> F:
        setattr(function, _MARK, float(timeout))
        return function

    return mark


def timeout_of(function: Callable[..., Any], default: float) -> float:
    """Return a function's time-out in seconds."""
    return float(getattr(function, _MARK, default))
