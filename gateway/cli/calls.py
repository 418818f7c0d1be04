"""`gateway calls`: what happened, from the records."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from gateway.cli.kept_calls import LAST, Database, kept_call, kept_calls, recording_files
from gateway.cli.options import SettingsFile
from gateway.node import settings as config

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.records.store.question import Question

app = typer.Typer(help="What happened: list calls, look at one, add up what they cost, forget a number.")

Call = Annotated[
    str,
    typer.Argument(
        metavar="CALL",
        help="The id of a call as in its log lines, or its beginning; last: the newest.",
        show_default=False,
    ),
]
ACall = Annotated[
    str, typer.Argument(metavar="CALL", help="The id of a call, or its beginning; last: the newest.")
]
Number = Annotated[
    str, typer.Option(metavar="NUMBER", help="Calls from or to a number, or its last digits; or: withheld.")
]
Plan = Annotated[str, typer.Option(metavar="NAME", help="Calls that began or ended in this plan.")]
Outcome = Annotated[
    str, typer.Option("--result", metavar="RESULT", help="completed, rejected, cancelled, failed or lost.")
]
Since = Annotated[
    str,
    typer.Option(
        metavar="TIME", help='Calls since then: "2026-11-27", "2026-11-27 18:00", or how long ago: 2h, 7d.'
    ),
]
Until = Annotated[str, typer.Option(metavar="TIME", help="Calls before then.")]
AsJson = Annotated[bool, typer.Option("--json", help="A JSON object a line, with all that is kept.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV, a row a call.")]
EVERY = 10**9
"""Calls: no bound."""


@app.callback(invoke_without_command=True)
def calls(
    context: typer.Context,
    *,
    number: Number = "",
    plan: Plan = "",
    result: Outcome = "",
    since: Since = "",
    until: Until = "",
    most: Annotated[int, typer.Option(metavar="CALLS", min=1, max=EVERY, help="The newest so many.")] = 50,
    json: AsJson = False,
    csv: AsCsv = False,
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """List calls, the newest first: who called whom, when, by which plan, how long, and how it ended."""
    if context.invoked_subcommand is not None:
        return
    from gateway.errors import BadInput
    from gateway.records.report import listing

    if json and csv:
        raise BadInput("command line", "--csv", None, "leave it out, or --json: one of the two")
    question = _question(number, plan, result, since, until, most)
    with kept_calls(database, settings_file) as records:
        found = list(records.find(question))
    if json or csv:
        text = listing.json_lines(found) if json else listing.csv_table(found)
        sys.stdout.write(text + "\n" if text else "")
    elif found:
        console = _console()
        console.print(listing.table(found, None, console.width))
    else:
        _console().print("no calls")


@app.command()
def show(
    call: Call = LAST,
    *,
    json: AsJson = False,
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Show one call: what was said, how long answers were waited for, what else happened."""
    from gateway.records.report import conversation, listing

    found = kept_call(call, database, settings_file)
    if json:
        sys.stdout.write(listing.json_lines([found]) + "\n")
    else:
        _console().print(conversation.conversation(found, None))


@app.command()
def plot(
    call: ACall,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CALL.png, or .svg or .pdf.")],
    *,
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Draw one call: who spoke when, every wait for an answer, every interruption, and what was recorded."""
    from gateway.errors import BadInput
    from gateway.records.report.plot import draw

    found = kept_call(call, database, settings_file)
    sound = None
    if found.recording is not None:
        try:
            sound = recording_files(settings_file).sound(found)
        except BadInput as error:  # what happened when can be seen without it
            typer.echo(f"drawn without its recording: {error}", err=True)
    draw(found, sound, file)


@app.command()
def audio(
    call: Call = LAST,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Where to; - is the standard output.", show_default="CALL.wav"),
    ] = "",
    *,
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Copy the recording of one call, in clear: the caller on the left, what he heard on the right."""
    from gateway.errors import BadInput
    from gateway.records.recording.files import suffix

    found = kept_call(call, database, settings_file)
    files = recording_files(settings_file)
    if file == "-":
        whole = files.copy(found, sys.stdout.buffer)
    else:
        to = Path(file or f"{found.call}{suffix(found)}")
        with _written(to) as out:
            try:
                whole = files.copy(found, out)
            except BadInput:
                to.unlink()  # rather none than half of one
                raise
        typer.echo(to)
    if not whole:
        typer.echo("its end is missing: the gateway was stopped while it was written", err=True)


@app.command()
def cost(
    *,
    by: Annotated[
        str,
        typer.Option(
            metavar="KEYS",
            help="plan, day, month, provider, model, caller, called, result; several with commas.",
        ),
    ] = "plan,day",
    number: Number = "",
    plan: Plan = "",
    since: Since = "",
    until: Until = "",
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Add up calls, talk time and what the models cost."""
    from gateway.errors import BadInput
    from gateway.records.report import costs

    keys = [key.strip() for key in by.split(",")]
    if wrong := [key for key in keys if key not in costs.KEYS]:
        raise BadInput("command line", "--by", wrong[0], f"one of {', '.join(costs.KEYS)}")
    with kept_calls(database, settings_file) as records:
        found = records.find(_question(number, plan, "", since, until, EVERY))
        sums = costs.costs(found, keys, None)
    _console().print(costs.cost_table(sums, keys))


@app.command()
def forget(
    number: Annotated[str, typer.Argument(help="A number, all of it, as in the list; or: withheld.")],
    *,
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Delete all that is kept of calls from and to a number, with their recordings and SIP messages."""
    from gateway.errors import BadInput
    from gateway.records.sip_messages import erase
    from gateway.records.store.question import Question, spellings

    if not number.strip():
        raise BadInput("command line", "NUMBER", number, "write a number as `gateway calls` lists it")
    numbers = spellings(number)
    folder, messages = config.load(settings_file).sip_messages, 0
    with kept_calls(database, settings_file, only_read=False) as records:
        if folder is not None:  # first, as the records know the calls
            found = records.find(Question(number=number, over=True, most=EVERY))
            ids = {one.sip_call_id for one in found if {one.caller, one.called} & {*numbers}} - {""}
            try:
                messages = erase(folder, ids, numbers)
            except OSError as error:
                raise BadInput("gateway.yaml", "sip_messages", str(folder), str(error)) from None
        forgotten, going_on = records.forget(number), records.going_on(number)
    _console().print(
        f"{counted(forgotten, 'call')} forgotten"
        + (f", {counted(messages, 'SIP message')} erased" if messages else "")
        + (f"; {counted(going_on, 'call')} not over yet: forget the number again then" if going_on else "")
    )


@app.command()
def ladder(
    call: Call = LAST,
    *,
    whole: Annotated[bool, typer.Option("--whole", help="Each message as it was.")] = False,
    json: AsJson = False,
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Show a call's SIP messages, what came and what went; `sip_messages` of the settings has them kept."""
    from gateway.errors import BadInput
    from gateway.records.report import ladder as report

    folder = config.load(settings_file).sip_messages
    if folder is None:
        cure = "name a folder, such as var/sip: no messages are kept with these settings"
        raise BadInput("gateway.yaml", "sip_messages", None, cure)
    found = kept_call(call, database, settings_file)
    messages = report.kept(folder, found.sip_call_id, found.began)
    if not messages:
        raise BadInput("calls", "call", call, f"no message of it is kept in {folder}")
    if json:
        import orjson

        sys.stdout.write("".join(orjson.dumps(one).decode() + "\n" for one in messages))
    else:
        _console().print(report.ladder(messages, whole=whole))


def counted(many: int, what: str) -> str:
    """Return a number of things in words."""
    return f"{many} {what}{'' if many == 1 else 's'}"


def _written(path: Path) -> BinaryIO:
    """Open a file that only its owner may read. Raises BadInput."""
    from gateway.errors import BadInput

    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    except OSError as error:
        raise BadInput("command line", "FILE", str(path), error.strerror or str(error)) from None


def _question(number: str, plan: str, result: str, since: str, until: str, most: int) -> Question:
    from gateway.dialplan.problems import did_you_mean
    from gateway.errors import BadInput
    from gateway.records.call_record import RESULTS
    from gateway.records.store.question import Question

    if result and result not in RESULTS:
        raise BadInput("command line", "--result", result, did_you_mean(result, RESULTS))
    return Question(
        number=number.strip(),
        plan=plan,
        result=result,
        since=_moment("--since", since),
        until=_moment("--until", until),
        most=most,
    )


def _moment(option: str, text: str) -> datetime | None:
    """Read a time of this machine's zone, or how long ago. Raises BadInput."""
    from gateway.dialplan.values import parse_duration
    from gateway.errors import BadInput
    from gateway.records.store.question import utc

    if not text:
        return None
    try:
        ago: timedelta = parse_duration(text)
    except ValueError:
        try:
            return utc(datetime.fromisoformat(text))
        except ValueError:
            cure = 'write "2026-11-27", "2026-11-27 18:00", or how long ago, such as 2h or 7d'
            raise BadInput("command line", option, text, cure) from None
    try:
        return datetime.now(UTC) - ago
    except OverflowError:  # before there were telephones
        return datetime.min.replace(tzinfo=UTC)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)
