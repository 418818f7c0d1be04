"""`gateway rehearse`: conversation tests of dialplans."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway import log
from gateway.cli import event_loop
from gateway.errors import BadInput

OUTPUT = "Results"
Place = Annotated[
    Path,
    typer.Argument(
        metavar="PLACE",
        help="A file of rehearsals, or a folder of them, or of plans with a folder `rehearsals`.",
    ),
]
Only = Annotated[str, typer.Option(metavar="WORDS", help="Only the calls with these words in their title.")]
AtOnce = Annotated[int, typer.Option(metavar="N", min=1, max=16, help="So many calls at the same time.")]
To = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        help="Ring a gateway that runs, instead of one of our own; what it did inside is not judged then.",
        show_default=False,
    ),
]
Whole = Annotated[
    bool, typer.Option("--all", help="Show each conversation, not only the failed.", rich_help_panel=OUTPUT)
]
Keep = Annotated[
    Path, typer.Option(metavar="FOLDER", help="Where calls that failed are kept.", rich_help_panel=OUTPUT)
]
JUnit = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML.", rich_help_panel=OUTPUT)
]


def rehearse(
    place: Place = Path("dialplans"),
    only: Only = "",
    at_once: AtOnce = 4,
    to: To = "",
    whole: Whole = False,
    keep: Keep = Path("rehearsal-failures"),
    junit: JUnit = None,
) -> None:
    """Ring plans as their author's scripts say, and judge what was heard, done and spent.

    A gateway of its own is started on free ports, with the embedded agent or a scripted model where the file
    says so. Exit code 1: something was not as expected.
    """
    log.configure("error", component="phone")
    from rich.console import Console

    from gateway.rehearsal import command, reading

    options = command.RehearsalOptions(at_once, only, to, keep, junit, whole)
    console = Console(highlight=False, soft_wrap=True)
    bills = reading.read(place)
    if not any(only.lower() in call.title.lower() for bill in bills for call in bill.calls):
        raise BadInput("command line", "--only", only, "no call has these words in its title")
    outcome: list[bool] = []

    async def run() -> None:
        outcome.append(await command.rehearse(bills, options, console))

    event_loop.run(run())
    raise SystemExit(0 if all(outcome) and outcome else 1)
