"""`gateway trunks`: how the lines to the telephone network stand."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli import live
from gateway.cli.options import SettingsFile

if TYPE_CHECKING:
    from gateway.node.control_client import ControlClient


def trunks(
    *, json: live.AsJson = False, socket: live.Socket = None, settings_file: SettingsFile = None
) -> None:
    """Show the trunks of a running gateway: registered or not, reachable or not, and what is wrong.

    Exit code 1: one is not registered, or does not answer.
    """
    bad = False

    async def listed(gateway: ControlClient) -> None:
        nonlocal bad
        from rich.console import Console

        from gateway.node.trunk_table import table

        found = await gateway.ask("trunks")
        bad = any(one["state"] in ("failed", "silent") for one in found)
        if json:
            live.print_lines(found)
        else:
            Console(highlight=False).print(table(found))

    live.run(live.connected(live.path(socket, settings_file), listed))
    if bad:
        raise SystemExit(1)
