"""The trunks of a gateway and how they stand, as a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.records.report.listing import plain

STATES = {"registered": "green", "reachable": "green", "failed": "red", "silent": "red"}


def table(trunks: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Return the trunks as `gateway.sip.trunk.TrunkView` tells of them."""
    if not trunks:
        return Text("no trunks: see docs/trunks.md")
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("trunk", "state", "where", "transport", "SRTP"):
        drawn.add_column(name, no_wrap=True, overflow="ellipsis")
    drawn.add_column("calls", justify="right", no_wrap=True)
    for one in trunks:
        drawn.add_row(
            Text(one["name"]),
            Text(one["state"], style=STATES.get(one["state"], "yellow")),
            Text(one["place"]),
            one["transport"],
            one["encryption"],
            str(one["calls"]),
        )
    return Group(
        drawn, *(Text(plain(f"{one['name']}: {more}"), style="dim") for one in trunks if (more := _more(one)))
    )


def _more(one: Mapping[str, Any]) -> str:
    said = [one["detail"]] if one["detail"] else []
    if one["until_s"] is not None:
        said.append(f"for {one['until_s']} s more")
    if one["algorithm"]:
        said.append(f"password shown by {one['algorithm']}")
    if one["again_s"] is not None:
        said.append(f"tried again in {one['again_s']} s")
    return ", ".join(said)
