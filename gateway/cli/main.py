"""All commands in groups, and the one place where an error becomes a line for a person."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import typer

from gateway import log
from gateway.cli import (
    api,
    browser,
    calls,
    campaign,
    check,
    dial,
    doctor,
    ear,
    edge,
    events,
    live,
    loadtest,
    local,
    phone,
    rehearse,
    route,
    schema,
    serve,
    token,
    tool,
    trunks,
)
from gateway.errors import GatewayError

ABOUT = (
    """Let people phone an AI agent: answer SIP calls, and join each with a realtime session of its own."""
)
FIRST_STEPS = """First steps: `gateway serve` in one terminal; in another

`gateway phone --to sip:100@127.0.0.1 --say "What are your opening hours?"`

`gateway COMMAND --help` tells the options of a command."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help=ABOUT,
    epilog=FIRST_STEPS,
)

CALLS, PLANS, TRYING = "Calls", "Dialplans", "Trying and measuring"
"""The commands in groups."""

app.command(rich_help_panel=CALLS, epilog=serve.FURTHER)(serve.serve)
app.command(rich_help_panel=CALLS, epilog=dial.EXAMPLE)(dial.dial)
app.command(rich_help_panel=CALLS, epilog=campaign.GUIDE)(campaign.campaign)
for command in live.COMMANDS:
    calls.app.command()(command)
app.add_typer(calls.app, name="calls", rich_help_panel=CALLS)
app.command(rich_help_panel=CALLS)(live.top)
app.command(rich_help_panel=CALLS)(trunks.trunks)
app.add_typer(token.app, name="token", rich_help_panel=CALLS)
app.command(hidden=True)(api.api)
app.command(hidden=True)(browser.browser)
app.command(rich_help_panel=CALLS)(local.local)
app.command(rich_help_panel=CALLS)(edge.edge)
app.command(rich_help_panel=CALLS)(live.restart)
app.command(rich_help_panel=CALLS)(doctor.doctor)
app.command(rich_help_panel=CALLS)(events.events)
app.command(rich_help_panel=TRYING, epilog=phone.EXAMPLE)(phone.phone)
app.command(rich_help_panel=TRYING)(rehearse.rehearse)
app.command(rich_help_panel=TRYING)(ear.ear)
app.command(rich_help_panel=TRYING, epilog=loadtest.GUIDE)(loadtest.loadtest)
app.command(rich_help_panel=PLANS)(check.check)
app.command(rich_help_panel=PLANS)(route.route)
app.command(rich_help_panel=PLANS)(tool.tool)
app.command(rich_help_panel=PLANS, epilog=schema.FOR_EDITORS)(schema.schema)


def main() -> None:
    """Run a command; what a person can mend is said in one line, without a traceback."""
    problem = ""
    try:
        app()
    except* GatewayError as group:  # a plain error is caught as a group of one
        problem = "; ".join(str(error) for error in _leaves(group))
    if problem:
        log.flush()
        sys.stderr.write(f"gateway: {problem}\n")
        raise SystemExit(1)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """The errors themselves, out of the groups that task groups put around them."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
