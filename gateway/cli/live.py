"""`gateway top`, `gateway calls live` and `watch`, and what is ordered of one call: the calls that are up."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.kept_calls import parties
from gateway.cli.options import SettingsFile
from gateway.node import settings as config

if TYPE_CHECKING:
    from gateway.node.control_client import ControlClient

EVERY_S = 1.0

Socket = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="The gateway's socket.", show_default="`control` of the settings"),
]
Call = Annotated[str, typer.Argument(help="The id of a call, or its beginning.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, an object a line.")]


def top(*, socket: Socket = None, settings_file: SettingsFile = None) -> None:
    """Show the calls that are up as a table that keeps itself current, until Ctrl-C."""
    run(_top(path(socket, settings_file)))


def live(*, json: AsJson = False, socket: Socket = None, settings_file: SettingsFile = None) -> None:
    """List the calls that are up, the oldest first."""

    async def listed(gateway: ControlClient) -> None:
        from rich.console import Console

        from gateway.node.live_table import table

        calls = await gateway.ask("calls")
        if json:
            print_lines(calls)
        else:
            Console(highlight=False).print(table(calls, await gateway.ask("about")))

    run(connected(path(socket, settings_file), listed))


def watch(
    call: Annotated[str, typer.Argument(help="Only this call.")] = "",
    *,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Print what happens in one call, or in all, as JSON lines, until it is over or Ctrl-C."""

    async def watched(gateway: ControlClient) -> None:
        async for line in gateway.watch(await _full(gateway, call) if call else None):
            print_lines([line])

    run(connected(path(socket, settings_file), watched))


def restart(*, socket: Socket = None, settings_file: SettingsFile = None) -> None:
    """Replace the processes of a gateway with several workers one after the other; calls end as they like."""
    from gateway.errors import BadInput

    async def asked(gateway: ControlClient) -> None:
        if "workers" not in await gateway.ask("about"):
            cure = "it is one process, and nobody takes its place meanwhile: stop it, and start it again"
            raise BadInput("gateway", "restart", None, cure)
        await gateway.ask("restart")
        typer.echo("its log says when all are replaced, or why not")

    run(connected(path(socket, settings_file), asked))


def end(call: Call, *, socket: Socket = None, settings_file: SettingsFile = None) -> None:
    """End a call now."""
    _order(socket, settings_file, call, "end")


def say(
    call: Call,
    text: Annotated[str, typer.Argument(help="What the caller is to hear, behind what is playing.")],
    *,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Say something to a caller, in the gateway's own voice."""
    _order(socket, settings_file, call, "say", text=text)


def tell(
    call: Call,
    text: Annotated[str, typer.Argument(help="What the agent is to know from now on.")],
    *,
    answer: Annotated[bool, typer.Option("--answer", help="It speaks about it at once.")] = False,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Tell the agent of a call something that the caller does not hear."""
    _order(socket, settings_file, call, "tell", text=text, answer=answer)


def instruct(
    call: Call,
    text: Annotated[str, typer.Argument(help="What it goes by from now on; - reads the standard input.")],
    *,
    answer: Annotated[bool, typer.Option("--answer", help="It speaks by them at once.")] = False,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Give the agent of a call other instructions, in place of the plan's."""
    text = sys.stdin.read() if text == "-" else text
    _order(socket, settings_file, call, "instruct", text=text, answer=answer)


def keys(
    call: Call,
    digits: Annotated[str, typer.Argument(help="0-9, *, #, A-D.")],
    *,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Press keys in a call (RFC 4733), as for a machine at the other end."""
    _order(socket, settings_file, call, "keys", digits=digits)


def mute(
    call: Call,
    on: Annotated[bool, typer.Argument(metavar="on|off", help="Nobody hears the caller, or again.")],
    *,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Let nobody hear the caller of a call, no agent and no recording, or again."""
    _order(socket, settings_file, call, "mute", on=on)


def record(
    call: Call,
    on: Annotated[bool, typer.Argument(metavar="on|off", help="Go on recording, or pause.")],
    *,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Pause the recording of a call, as while a card number is told, or take it up again."""
    _order(socket, settings_file, call, "record", on=on)


def move(
    call: Call,
    plan: Annotated[str, typer.Argument(help="A plan of the dialplan that the call began with.")],
    *,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Move a call on to another plan at once."""
    _order(socket, settings_file, call, "move", plan=plan)


def hold(call: Call, *, socket: Socket = None, settings_file: SettingsFile = None) -> None:
    """Put a caller on hold, with music, once the agent has finished."""
    _order(socket, settings_file, call, "hold")


def resume(call: Call, *, socket: Socket = None, settings_file: SettingsFile = None) -> None:
    """Take a caller back from hold."""
    _order(socket, settings_file, call, "resume")


def transfer(
    call: Call,
    target: Annotated[str, typer.Argument(help="A name under `targets` of the call's plan.")],
    *,
    digits: Annotated[str, typer.Option(help="What to dial, where the target's address has {digits}.")] = "",
    summary: Annotated[str, typer.Option(help="What the target is told of the call.")] = "",
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Put a caller through to a target of its plan; `watch` tells how it comes out."""
    _order(socket, settings_file, call, "transfer", target=target, digits=digits, summary=summary)


def collect(
    call: Call,
    *,
    count: Annotated[int, typer.Option(metavar="KEYS", min=1, max=32, help="How many at most.")] = 32,
    ends: Annotated[str, typer.Option(metavar="KEY", help="The key that ends them: #, * or nothing.")] = "#",
    seconds: Annotated[int, typer.Option(min=1, max=60, help="How long to wait for the first.")] = 10,
    socket: Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Have a caller press keys, and print them; nobody else is told of them."""

    async def collected(gateway: ControlClient) -> None:
        about = {"count": count, "ends": ends, "seconds": seconds}
        typer.echo(await gateway.ask("collect", call=await _full(gateway, call), **about))

    run(connected(path(socket, settings_file), collected))


def message(call: Call, *, socket: Socket = None, settings_file: SettingsFile = None) -> None:
    """Have a caller leave a message after a beep; the log says where it is (`message.left`)."""
    _order(socket, settings_file, call, "message")


COMMANDS = (
    live,
    watch,
    end,
    say,
    tell,
    instruct,
    keys,
    collect,
    message,
    mute,
    record,
    hold,
    resume,
    transfer,
    move,
)
"""Those of `gateway calls`."""


def _order(socket: Path | None, settings_file: Path | None, call: str, do: str, **about: Any) -> None:
    async def ordered(gateway: ControlClient) -> None:
        await gateway.ask(do, call=await _full(gateway, call), **about)

    run(connected(path(socket, settings_file), ordered))


async def _full(gateway: ControlClient, beginning: str) -> str:
    """Return the id of the one call that begins so. Raises BadInput if there is none, or more."""
    from gateway.errors import BadInput
    from gateway.records.report.several import several

    found = [view for view in await gateway.ask("calls") if view["id"].startswith(beginning)]
    if not found:
        raise BadInput("command line", "call", beginning, "no such call is up")
    if len(found) > 1:
        lines = (f"{view['id']}  {parties(view['caller'], view['called'])}" for view in found)
        raise BadInput("command line", "call", beginning, several(lines, a_line_each=True))
    return str(found[0]["id"])


async def connected(at: Path, do: Any) -> None:
    """Ask the gateway whose socket that is."""
    from gateway.node.control_client import ControlClient

    async with ControlClient.connected(at) as gateway:
        await do(gateway)


async def _top(path: Path) -> None:
    from rich.live import Live

    from gateway.node.control_client import ControlClient
    from gateway.node.live_table import table

    async with ControlClient.connected(path) as gateway:
        with Live(auto_refresh=False, screen=True) as shown:
            while True:
                calls, about = await gateway.ask("calls"), await gateway.ask("about")
                shown.update(table(calls, about, rows=shown.console.height - 4), refresh=True)
                await asyncio.sleep(EVERY_S)


def path(socket: Path | None, settings_file: Path | None) -> Path:
    """Return where the gateway is asked. Raises BadInput if nobody can."""
    from gateway.errors import BadInput

    found = socket or config.load(settings_file).control
    if found is None:
        raise BadInput("gateway.yaml", "control", "off", "name a socket: nobody can ask with these settings")
    return found


def run(work: Coroutine[Any, Any, None]) -> None:
    """Do it, until Ctrl-C."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise SystemExit(0) from None


def print_lines(lines: list[Any]) -> None:
    """Print each as a line of JSON."""
    import orjson

    for line in lines:
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
    sys.stdout.flush()
