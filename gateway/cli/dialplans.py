"""What the commands about dialplans share: where the files are, and what they are checked against."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import Shown
from gateway.errors import BadInput
from gateway.node import settings as config

if TYPE_CHECKING:
    from gateway.dialplan.checks import AgentCheck, Catalog
    from gateway.dialplan.loader import ToolMaker

PANEL = "Dialplans"
PLACES = {"dialplans": Shown("FOLDER", PANEL), "region": Shown("COUNTRY", PANEL)}
"""Settings that count here, too, as options."""
Folder = Annotated[
    Path | None, typer.Argument(metavar="FOLDER", help="The same as --dialplans.", show_default=False)
]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What dialplans are checked against, as `serve` would."""

    settings: config.Settings
    providers: Catalog
    tools: ToolMaker
    agents: AgentCheck


def knowledge(file: Path | None, folder: Path | None, given: dict[str, Any]) -> Knowledge:
    """Return what is known. Raises BadInput for two folders, as an argument and as an option."""
    from gateway.calls.records_check import RecordsCheck
    from gateway.calls.sessions import Sessions
    from gateway.media.plane import is_native
    from gateway.realtime.prices import Prices
    from gateway.tools.catalog import ToolCatalog

    named = given.get("dialplans")
    if folder and named and folder != named:
        raise BadInput("command line", "--dialplans", str(named), f"name one folder only, not {folder}, too")
    settings = config.load(file, **{**given, "dialplans": folder or named})
    prices = None
    with suppress(BadInput):  # that the list is no good is a mistake of the settings
        prices = Prices.read(settings.prices) if settings.prices else Prices.read()
    sessions = Sessions("", settings.providers, prices)
    agents = RecordsCheck(settings.records, sessions.check, taps=is_native(settings.native))
    return Knowledge(settings, sessions.catalog(), ToolCatalog, agents)
