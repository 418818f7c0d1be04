"""`gateway campaign`: call everybody on a list."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import live
from gateway.cli.dial import PlanName, RetryAfter, Ring, TrunkName
from gateway.cli.options import SettingsFile
from gateway.node import settings as config

if TYPE_CHECKING:
    from gateway.campaign.entries import CallList
    from gateway.campaign.progress_log import ProgressLog
    from gateway.campaign.rules import Rules
    from gateway.campaign.runner import CampaignProgress
    from gateway.node.settings import Settings

GUIDE = """Example: `gateway campaign people.csv --plan reminder --rate 2 --window "Mon-Fri 09:00-18:00"`

The file has a header; `number` is whom to call, `timezone` where they are, all other columns are variables of
the plan. More: docs/outbound.md."""
EVERY_S = 10.0
"""Between two lines of progress, where it is no terminal."""


List = Annotated[Path, typer.Argument(metavar="FILE.csv", help="Whom to call, one a line.")]
Rate = Annotated[float, typer.Option(min=0.001, max=100, help="Calls that are begun in a second.")]
Concurrency = Annotated[int, typer.Option(min=1, max=1000, help="Calls that are up at once.")]
Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window", metavar="HOURS", help='When people may be called, by their clock: "Mon-Fri 09:00-18:00".'
    ),
]
Zone = Annotated[
    str, typer.Option(metavar="ZONE", help="Of those whose line has none, such as Europe/Berlin.")
]
Never = Annotated[
    Path | None,
    typer.Option("--do-not-call", metavar="FILE", help="Numbers that are never called, one a line."),
]
Retries = Annotated[
    int, typer.Option(min=0, max=20, help="How often one who was not reached is tried again.")
]
ResultFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What came of it.", show_default="FILE.result.csv")
]
ProgressFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="How far it has come.", show_default="FILE.progress.jsonl"),
]
Redial = Annotated[
    bool,
    typer.Option(
        "--redial-interrupted", help="Call those again in whose call the gateway ended; they may have talked."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Call nobody; tell who would be, when.")]


def campaign(
    file: List,
    *,
    plan: PlanName,
    trunk: TrunkName = "",
    rate: Rate = 1.0,
    concurrency: Concurrency = 10,
    window: Windows = None,
    timezone: Zone = "",
    never: Never = None,
    retries: Retries = 0,
    retry_after: RetryAfter = "15m",
    ring: Ring = "30s",
    result: ResultFile = None,
    progress: ProgressFile = None,
    redial: Redial = False,
    dry_run: DryRun = False,
    socket: live.Socket = None,
    settings_file: SettingsFile = None,
) -> None:
    """Call everybody on a list through a running gateway, and write down how each call came out.

    Started again with the same file it goes on where it was. Ctrl-C stops it within a second: no more calls
    are begun, phones that ring are let go, and those who talk finish; a second Ctrl-C leaves at once.
    Exit code 1: somebody is still to be called.
    """
    from gateway.campaign.rules import Rules
    from gateway.campaign.single import duration

    times = duration("--ring", ring), retries, duration("--retry-after", retry_after)
    rules = Rules(plan, trunk, rate, concurrency, *times, _windows(window or []), _zone(timezone), redial)
    settings = config.load(settings_file)
    people = _people(file, never, rules, settings, timezone)
    if dry_run:
        _tell_dry_run(people, rules, settings)
        return
    kept = progress or file.with_name(f"{file.name}.progress.jsonl")
    if _run(people, rules, kept, result or _beside(file), live.path(socket, settings_file)):
        raise SystemExit(1)


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.result.csv")


def _people(file: Path, never: Path | None, rules: Rules, settings: Settings, timezone: str) -> CallList:
    """Return those of the list. Raises BadInput."""
    from gateway.campaign.entries import read_list, read_numbers
    from gateway.sip.ways import Ways

    ways = Ways(settings.trunks, settings.region)
    people = read_list(
        file,
        never=() if never is None else read_numbers(never),
        region=settings.region,
        check=lambda number: ways.find(number, rules.trunk),
    )
    _windows_have_zones(rules, people, timezone)
    return people


def _run(people: CallList, rules: Rules, kept: Path, written: Path, gateway: Path) -> int:
    from gateway.campaign.progress_log import ProgressLog
    from gateway.campaign.report import summary, write_results

    with ProgressLog(kept, people.digest) as log:
        if rules.windows:
            _tell_outlook(people, rules, log)
        try:
            progress = asyncio.run(_called(people, rules, log, gateway))
        finally:
            write_results(written, people.entries, log.state)
    sys.stdout.write(f"{summary(progress.outcomes, progress.total)}\nresults: {written}\n")
    return progress.total - progress.done


def _tell_outlook(people: CallList, rules: Rules, log: ProgressLog) -> None:
    """Say from when on people are called: with windows that may be hours from now."""
    from datetime import UTC, datetime

    from gateway.campaign.report import outlook

    left = (one for one in people.entries if not log.state.of(one.line).outcome)
    for line in outlook(left, rules, datetime.now(UTC)):
        sys.stderr.write(f"{line}\n")


async def _called(people: CallList, rules: Rules, log: ProgressLog, gateway: Path) -> CampaignProgress:
    from gateway.campaign.runner import CampaignRunner

    loop = asyncio.get_running_loop()
    with _shown() as tell:
        runner = CampaignRunner(people.entries, rules, log, gateway, tell)
        running = loop.create_task(runner.run())

        def stop() -> None:
            if runner.stopped:
                running.cancel()
            runner.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await running
        return runner.progress


@contextlib.contextmanager
def _shown() -> Iterator[Callable[[CampaignProgress], None]]:
    """Give what shows how far it has come: a bar on a terminal, a line now and then elsewhere."""
    from time import monotonic

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        last = float("-inf")

        def line(progress: CampaignProgress) -> None:
            nonlocal last
            if monotonic() - last >= EVERY_S:
                last = monotonic()
                sys.stderr.write(f"{_words(progress)}\n")

        yield line
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("")

        def draw(progress: CampaignProgress) -> None:
            bar.update(task, total=progress.total, completed=progress.done, description=_words(progress))

        yield draw


def _words(progress: CampaignProgress) -> str:
    away = ", the gateway does not answer" if progress.away else ""
    reached = progress.outcomes["answered"]
    stopping = "stopping: " if progress.stopping else ""
    return f"{stopping}{progress.done} of {progress.total} done, {reached} reached, {progress.up} up{away}"


def _windows(given: list[str]) -> tuple[str, ...]:
    from gateway.dialplan.hours import parse_opening
    from gateway.errors import BadInput

    for text in given:
        try:
            parse_opening(text)
        except ValueError as error:
            raise BadInput("command line", "--window", text, str(error)) from None
    return tuple(given)


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from gateway.errors import BadInput

    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        cure = "a name of the IANA list, such as Europe/Berlin"
        raise BadInput("command line", "--timezone", name, cure) from None


def _windows_have_zones(rules: Rules, people: CallList, timezone: str) -> None:
    """Raise BadInput where it is not known by whose clock somebody may be called."""
    from gateway.errors import BadInput

    lost = next((one for one in people.entries if not one.zone), None)
    if rules.windows and not timezone and lost is not None:
        cure = f"say where people are whose line has no timezone, as line {lost.line}"
        raise BadInput("command line", "--timezone", None, cure)


def _tell_dry_run(people: CallList, rules: Rules, settings: Settings) -> None:
    from datetime import UTC, datetime

    from gateway.campaign.report import dry_run
    from gateway.sip.ways import Ways

    _fits_plan(people, rules, settings)
    ways = Ways(settings.trunks, settings.region)

    def where(number: str) -> str:
        way = ways.find(number, rules.trunk)
        return f"over {way.trunk}" if way.trunk else way.to.uri

    for line in dry_run(people.entries, rules, datetime.now(UTC), where):
        sys.stdout.write(f"{line}\n")


def _fits_plan(people: CallList, rules: Rules, settings: Settings) -> None:
    """Raise BadInput for a plan that cannot call or lacks a variable; nothing where no plans are here."""
    from gateway.calls.originate import prepared
    from gateway.control import Origination
    from gateway.dialplan import loader

    there = loader.check(settings.dialplans).dialplan if settings.dialplans.is_dir() else None
    first = next((one for one in people.entries if not one.left_out), None)
    if there is not None and there.plans and first is not None:
        wanted = Origination(first.number, rules.plan, variables=first.variables, rings_s=rules.ring_s)
        prepared(wanted, there, "dry run")
