"""`gateway dial`: call somebody, and have a plan lead the call."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from gateway.cli import live
from gateway.cli.options import SettingsFile

EXAMPLE = """Example: `gateway dial +15551230001 --plan reminder --var name=Ann --trunk carrier`"""

Number = Annotated[str, typer.Argument(help="Digits, such as +15551230001, or a SIP address.")]
PlanName = Annotated[str, typer.Option(help="The plan that leads the call.")]
Variables = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A variable of the plan; may be given several times."),
]
TrunkName = Annotated[str, typer.Option(help="The trunk that it goes over.", show_default="the only one")]
Ring = Annotated[str, typer.Option(metavar="TIME", help="How long it may ring.")]
Retries = Annotated[
    int, typer.Option(min=0, max=20, help="How often it is tried again where it is busy or nobody answers.")
]
RetryAfter = Annotated[str, typer.Option(metavar="TIME", help="How long after.")]


def dial(
    number: Number,
    *,
    plan: PlanName,
    var: Variables = None,
    trunk: TrunkName = "",
    ring: Ring = "30s",
    retries: Retries = 0,
    retry_after: RetryAfter = "1m",
    json: live.AsJson = False,
    socket: live.Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Call somebody through a running gateway, and tell what becomes of it, until the call is over.

    Ctrl-C ends the call. Exit code 1: nobody answered.
    """
    from gateway.campaign.single import Single, duration

    times = duration("--ring", ring), retries, duration("--retry-after", retry_after)
    call = Single(number, plan, trunk, _pairs(var or []), *times)
    answered = False

    async def made() -> None:
        nonlocal answered
        async for step in call.made(live.path(socket, settings_file)):
            live.print_lines([step.told]) if json else typer.echo(str(step))
            answered = answered or step.answered

    try:
        asyncio.run(made())
    except KeyboardInterrupt:
        return
    if not answered:
        raise SystemExit(1)


def _pairs(given: list[str]) -> dict[str, str]:
    from gateway.errors import BadInput

    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise BadInput("command line", "--var", text, "write NAME=VALUE, such as --var name=Ann")
        pairs[name] = value
    return pairs
