"""What is said where several calls' ids begin as somebody wrote: none of them is taken."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.records.report.listing import plain

LISTED = 10
"""So many of them are named."""


def several(calls: Iterable[str], *, a_line_each: bool = False) -> str:
    """Return a sentence that names the first `LISTED` of the calls, each by its id or by a line about it."""
    named = [plain(call) for call in calls]
    named[LISTED:] = ["and more"] if len(named) > LISTED else []
    before, between = ("\n  ", "\n  ") if a_line_each else (" ", ", ")
    return f"several calls begin so, write more of it:{before}{between.join(named)}"
