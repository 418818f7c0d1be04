"""`gateway route`: the plan that a call would get, and why."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.cli.dialplans import PLACES, Folder, knowledge
from gateway.cli.options import SettingsFile, takes
from gateway.cli.outcome import finish
from gateway.node.settings import Settings

Number = Annotated[
    str, typer.Argument(help="What is dialled: a number, or a SIP address such as sip:desk@example.com.")
]
Caller = Annotated[
    str, typer.Option("--from", metavar="NUMBER", help="Who calls.", show_default="a withheld number")
]
At = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help='When: "2026-12-24 18:00", or "18:00" for today, by the clock of the plan (its `timezone`).',
        show_default="now",
    ),
]
Header = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="A SIP header of the call; may be given more than once."),
]
Trunk = Annotated[str, typer.Option(metavar="NAME", help="The trunk that the call comes over.")]


@takes(Settings, **PLACES)
def route(
    number: Number,
    folder: Folder = None,
    *,
    settings_file: SettingsFile = None,
    caller: Caller = "",
    at: At = "",
    header: Header = None,
    trunk: Trunk = "",
    **given: Any,
) -> None:
    """Tell which plan a call would get, by which rule and why, and show that plan with all it inherits.

    Nobody is rung. Exit code 1: no plan wants the call.
    """
    from gateway.dialplan.commands import run_route

    known = knowledge(settings_file, folder, given)
    finish(
        run_route(
            known.settings.dialplans,
            number,
            now=datetime.now().astimezone(),
            caller=caller,
            at=at,
            headers=header or (),
            trunk=trunk,
            region=known.settings.region,
            providers=known.providers,
            tools=known.tools,
        )
    )
