"""`gateway browser`: calls from browsers; `gateway serve` starts it when the first is made."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway import log
from gateway.cli import event_loop
from gateway.cli.options import SettingsFile
from gateway.node import settings as config


def browser(
    gateway: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Where calls go.")],
    *,
    control: Annotated[Path, typer.Option(metavar="SOCKET", help="Its control socket.")],
    settings_file: SettingsFile = None,
) -> None:
    """Carry calls from browsers to a gateway, for the gateway itself; offers come on the standard input."""
    settings = config.load(settings_file)
    log.configure(settings.log_level, component="browser")
    gc.disable()  # as in `gateway serve`
    try:
        from gateway.browser import service
    finally:
        gc.enable()
    gc.freeze()  # what is imported stays: to walk it takes 50 ms, in which no packet is passed on
    sys.setswitchinterval(0.0005)
    event_loop.run(service.serve(gateway, control, settings.browser))
