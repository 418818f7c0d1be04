"""The load test from beginning to end: rig, steps, reports."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
from rich.console import Console

from gateway.errors import BadInput
from gateway.loadtest import caller_audio, circumstances, needs, page, report, step
from gateway.loadtest.live import Progress
from gateway.loadtest.outcome import Outcome
from gateway.loadtest.settings import MOST_CALLS, LoadSettings
from gateway.loadtest.target import Rig, peer, rig


def run(settings: LoadSettings) -> int:
    """Run a load test; 0 when all bounds hold (or a capacity was found), else 1. Raises GatewayError."""
    needs.check(settings)
    now = circumstances.this_run()
    outcomes: list[Outcome] = []
    with _ended_by_signals(), _told_when_broken_off(outcomes), _folder(settings) as folder:
        most = MOST_CALLS if settings.find_capacity else max(settings.levels())
        with Progress() as progress, rig(settings, most, folder) as under_test:
            for number, calls in enumerate(_levels(settings, outcomes)):
                place = folder / f"step-{number}"
                outcomes.append(_step(settings, under_test, calls, place, progress))
                if settings.peer is not None:
                    other = peer(settings, under_test)
                    place = folder / f"step-{number}-peer"
                    outcomes.append(_step(settings, other, calls, place, progress))
                    outcomes[-1].of = "peer"
        sentence = report.verdict(settings, outcomes)
        voice = (folder / "voice").read_text(encoding="utf-8")
    result = report.as_json(settings, outcomes, sentence, voice, now)
    if settings.html is not None:
        text = page.render(settings, outcomes, sentence, voice, now)
        settings.html.write_text(text, encoding="utf-8")
    data = orjson.dumps(result, option=orjson.OPT_INDENT_2)
    if settings.json is not None and str(settings.json) != "-":
        settings.json.write_bytes(data + b"\n")
    if settings.json is not None and str(settings.json) == "-":
        sys.stdout.buffer.write(data + b"\n")
    else:
        report.show(Console(), outcomes, sentence)
    return 0 if settings.find_capacity or not any(one.broken() for one in report.own(outcomes)) else 1


def _levels(settings: LoadSettings, outcomes: list[Outcome]) -> Iterator[int]:
    """Calls of each step; looking for the capacity, more and more until a bound breaks."""
    if not settings.find_capacity:
        yield from settings.levels()
        return
    for calls in range(settings.calls, MOST_CALLS + 1, settings.calls):
        yield calls
        if outcomes[-1].broken():
            return


def _step(settings: LoadSettings, under_test: Rig, calls: int, place: Path, progress: Progress) -> Outcome:
    title = f"{settings.scenario}, {calls} calls"
    progress.begin(title, settings.duration + (0 if settings.behaviour.short else calls / settings.rate))
    # SIPp runs in the step's folder, where the scenarios find their sounds.
    place.mkdir()
    origin = caller_audio.prepare(place)
    (place.parent / "voice").write_text(origin, encoding="utf-8")
    return step.run(settings, under_test, calls, place, progress.watch)


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM unwinds everything, as Ctrl-C does: no program of ours is left behind."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _told_when_broken_off(outcomes: list[Outcome]) -> Iterator[None]:
    """Show what was measured until Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        if outcomes:
            report.show(Console(), outcomes, "Broken off.")
        raise


@contextlib.contextmanager
def _folder(settings: LoadSettings) -> Iterator[Path]:
    if settings.keep is not None:
        try:
            settings.keep.mkdir(parents=True)
        except OSError as error:
            cure = f"{error.strerror}: name a new folder"
            raise BadInput("command line", "--keep", str(settings.keep), cure) from None
        yield settings.keep.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="loadtest-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
