"""The command line without its commands: what `gateway --help` says first, and `serve`, which most run."""

from __future__ import annotations

import typer

from gateway.cli import serve

ABOUT = (
    """Let people phone an AI agent: answer SIP calls, and join each with a realtime session of its own."""
)
FIRST_STEPS = """First steps: `gateway serve` in one terminal; in another

`gateway phone --to sip:100@127.0.0.1 --say "What are your opening hours?"`

`gateway COMMAND --help` tells the options of a command."""

CALLS, PLANS, TRYING = "Calls", "Dialplans", "Trying and measuring"
"""The commands in groups."""


def top() -> typer.Typer:
    """Return the command line, to which commands are added."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        help=ABOUT,
        epilog=FIRST_STEPS,
    )
    app.callback()(_every_command)
    return app


def add_serve(app: typer.Typer) -> None:
    """Add `gateway serve`."""
    app.command(rich_help_panel=CALLS, epilog=serve.FURTHER)(serve.serve)


def _every_command() -> None:  # one command alone would need no name otherwise
    pass
