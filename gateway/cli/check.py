"""`gateway check`: every mistake in the dialplan files."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from typing import Any

from gateway.cli.dialplans import PLACES, Folder, knowledge
from gateway.cli.options import SettingsFile, takes
from gateway.cli.outcome import finish
from gateway.node.settings import Settings


@takes(Settings, **PLACES)
def check(folder: Folder = None, *, settings_file: SettingsFile = None, **given: Any) -> None:
    """Check all dialplan files: every mistake with file, line, column, key, value and cure.

    Exit code 1: there is a mistake. Warnings, such as a secret that is not set here, do not count.
    """
    from gateway.dialplan.commands import run_check

    settings, catalog, tools = knowledge(settings_file, folder, given)
    finish(run_check(settings.dialplans, region=settings.region, providers=catalog, tools=tools))
