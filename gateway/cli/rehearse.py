"""`gateway rehearse`: conversation tests of dialplans."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import log
from gateway.cli import event_loop
from gateway.cli.kept_calls import Database, kept_call
from gateway.cli.options import SettingsFile
from gateway.errors import BadInput

if TYPE_CHECKING:
    from gateway.rehearsal.reading import Playbill

OUTPUT = "Results"
AT_ONCE = 8
"""Calls that two cores carry beside their gateways: callers mostly listen."""
Places = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PLACE]...",
        help="Files of rehearsals, or folders of them, or of plans with a folder `rehearsals`. With"
        " --record the file to be written.",
        show_default="dialplans; with --record the standard output",
    ),
]
Record = Annotated[
    str,
    typer.Option(
        metavar="CALL",
        help="Ring nobody: make a rehearsal of a finished call of the records, by its id. Its words have"
        " to be kept.",
        show_default=False,
        rich_help_panel="Making one",
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
    places: Places = None,
    *,
    only: Only = "",
    at_once: AtOnce = AT_ONCE,
    to: To = "",
    whole: Whole = False,
    keep: Keep = Path("rehearsal-failures"),
    junit: JUnit = None,
    record: Record = "",
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Ring plans as their author's scripts say, and judge what was heard, done and spent.

    A gateway of its own is started on free ports, with the embedded agent or a scripted model where the file
    says so. Exit code 1: something was not as expected.
    """
    if record:
        _record(record, places or [], database, settings_file)
        return
    log.configure("error", component="phone")
    from rich.console import Console

    from gateway.rehearsal import command

    options = command.RehearsalOptions(at_once, only, to, keep, junit, whole, settings_file)
    console = Console(highlight=False, soft_wrap=True)
    bills = _read(places or [Path("dialplans")], settings_file, only)
    outcome: list[bool] = []

    async def run() -> None:
        outcome.append(await command.rehearse(bills, options, console))

    event_loop.run(run())
    raise SystemExit(0 if all(outcome) and outcome else 1)


def _read(places: list[Path], settings_file: Path | None, only: str) -> list[Playbill]:
    """Read all that is to be rehearsed. Raises BadInput."""
    from gateway.node import settings
    from gateway.realtime.providers import SHIPPED
    from gateway.rehearsal import reading

    custom = settings.load(settings_file).providers
    bills = reading.read(*places, providers={*SHIPPED, *custom})
    if not any(only.lower() in call.title.lower() for bill in bills for call in bill.calls):
        raise BadInput("command line", "--only", only, "no call has these words in its title")
    return bills


def _record(call: str, places: list[Path], database: str | None, settings_file: Path | None) -> None:
    """Write a rehearsal of a call. Raises BadInput."""
    from gateway.rehearsal.from_record import rehearsal_of

    if len(places) > 1:
        raise BadInput("command line", "PLACE", str(places[1]), "name one file that is to be written")
    text = rehearsal_of(kept_call(call, database, settings_file))
    if not places:
        sys.stdout.write(text)
        return
    (place,) = places
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        cure = "there is something already: name a new file"
        raise BadInput("command line", "PLACE", str(place), cure) from None
    except OSError as error:
        raise BadInput("command line", "PLACE", str(place), error.strerror or str(error)) from None
    sys.stdout.write(f"{place}\n")
