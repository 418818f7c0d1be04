"""`gateway api`: the control API alone; `gateway serve` starts it by itself."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from typing import Annotated

import typer

from gateway import log
from gateway.cli import event_loop
from gateway.cli.options import SettingsFile
from gateway.node import settings as config
from gateway.signals import end_with_stdin


def api(
    *,
    settings_file: SettingsFile = None,
    descriptor: Annotated[int | None, typer.Option(metavar="DESCRIPTOR", hidden=True)] = None,
) -> None:
    """Run the control API alone, for a gateway in this folder; `gateway serve` starts it by itself."""
    settings = config.load(settings_file)
    log.configure(settings.log_level, component="api", masks=settings.log_numbers == "masked")
    from gateway.api import server

    if descriptor is not None:
        end_with_stdin()
    event_loop.run(server.serve(settings, descriptor))
