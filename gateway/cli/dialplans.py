"""What the commands about dialplans share: where the files are, and what they are checked against."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.options import Shown
from gateway.errors import BadInput
from gateway.node import settings as config

PANEL = "Dialplans"
PLACES = {"dialplans": Shown("FOLDER", PANEL), "region": Shown("COUNTRY", PANEL)}
"""Settings that count here, too, as options."""
Folder = Annotated[
    Path | None, typer.Argument(metavar="FOLDER", help="The same as --dialplans.", show_default=False)
]


def knowledge(
    file: Path | None, folder: Path | None, given: dict[str, Any]
) -> tuple[config.Settings, dict[str, frozenset[str] | None], tuple[str, ...]]:
    """Return what dialplans are checked against, as `serve` would: settings, providers with voices, tools.

    Raises BadInput for two folders, one as an argument and another one as an option.
    """
    from gateway.calls.sessions import Sessions
    from gateway.tools.builtin import NAMES

    named = given.get("dialplans")
    if folder and named and folder != named:
        raise BadInput("command line", "--dialplans", str(named), f"name one folder only, not {folder}, too")
    settings = config.load(file, **{**given, "dialplans": folder or named})
    return settings, Sessions("", settings.providers).catalog(), NAMES
