"""`gateway tool`: a function of the plans, described or tried without a call."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from gateway import log
from gateway.cli.dialplans import PLACES, Folder, knowledge
from gateway.cli.options import SettingsFile, takes
from gateway.cli.outcome import finish
from gateway.node.settings import Settings

Name = Annotated[
    str,
    typer.Argument(
        help="As a plan names it: MODULE:FUNCTION, a webhook, SERVER__FUNCTION, or a built-in one."
    ),
]
Arguments = Annotated[
    str | None,
    typer.Option(
        "--args",
        metavar="JSON",
        help="""What a model would give it: '{"city": "Paris"}'. Without it the function is described.""",
        show_default=False,
    ),
]
Caller = Annotated[
    str, typer.Option("--from", metavar="NUMBER", help="Who calls.", show_default="a withheld number")
]


@takes(Settings, **PLACES)
def tool(
    name: Name,
    folder: Folder = None,
    *,
    settings_file: SettingsFile = None,
    args: Arguments = None,
    caller: Caller = "",
    **given: Any,
) -> None:
    """Try a function without a call, or show how it is described to a model.

    Exit code 1: it failed.
    """
    from gateway.tools.trying import try_tool

    log.configure("warning")
    known = knowledge(settings_file, folder, given)
    finish(asyncio.run(try_tool(known.settings.dialplans, name, args, caller, known.settings.region)))
