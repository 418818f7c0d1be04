"""The calls that are up, as a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.records.report.listing import clock, plain, told

STATES = {"ringing": "yellow", "answered": "green", "held": "magenta", "ended": "dim"}


def table(
    calls: Sequence[Mapping[str, Any]], about: Mapping[str, Any], rows: int | None = None
) -> RenderableType:
    """Return the calls as `control_wire` tells them, below a line about the process; at most so many rows."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("call", "state", "caller", "called", "plan"):
        drawn.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in ("talk", "turns", "cut", "USD"):
        drawn.add_column(name, justify="right", no_wrap=True)
    shown = calls if rows is None else calls[: max(1, rows)]
    several = any(call.get("node") for call in calls)
    if several:
        drawn.add_column("node", no_wrap=True, overflow="ellipsis", style="dim")
    for call in shown:
        drawn.add_row(
            Text(plain(call["id"])),
            Text(call["state"], style=STATES.get(call["state"], "")),
            Text(plain(call["caller"] or "withheld")),
            Text(plain(call["called"])),
            Text(plain(call["plan"] or "")),
            "" if call["talk_seconds"] is None else clock(call["talk_seconds"]),
            told(call["turns"]),
            told(call["barge_ins"]),
            "" if call["cost_usd"] is None else f"{call['cost_usd']:.4f}",
            *([Text(call.get("node", ""))] if several else []),
        )
    left = len(calls) - len(shown)
    return Group(_head(about), Text(), drawn, *([Text(f"and {left} more", style="dim")] if left else []))


def _head(about: Mapping[str, Any]) -> Text:
    head = Text(f"{about['sip']}  {about['calls']} of {about['max_calls']} calls", style="bold")
    head.append(f"  {about['taken']} so far, up for {clock(about['seconds'])}", style="dim")
    if about.get("cluster") == "away":
        head.append("  Redis is away", style="red")
    return head.append("  draining", style="red") if about["draining"] else head
