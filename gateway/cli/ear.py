"""`gateway ear`: what a caller feels, measured from a recording."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.kept_calls import Database, kept_call, recording_files
from gateway.cli.options import SettingsFile
from gateway.node import settings as config

if TYPE_CHECKING:
    from gateway.ear.plot import Note
    from gateway.ear.stereo import StereoCall
    from gateway.records.call_record import CallRecord

Call = Annotated[
    str,
    typer.Argument(
        help="A stereo WAV file, the caller on the left, the agent on the right, as `gateway phone --record`"
        " writes it; or the id of a call that was recorded, as in its log lines."
    ),
]
DeadAir = Annotated[
    float, typer.Option(metavar="SECONDS", help="How long it may be silent when it is the agent's turn.")
]
TalkOver = Annotated[float, typer.Option(metavar="SECONDS", help="How long both may speak at once.")]
BargeIn = Annotated[
    float, typer.Option(metavar="SECONDS", help="How long an agent that is interrupted may speak on.")
]
Prompts = Annotated[
    list[Path] | None,
    typer.Option(
        "--prompt",
        metavar="FILE",
        help="A WAV file that the agent has played: found in the recording, and compared (PESQ). Several.",
        show_default="of the id of a call: those that its transcript names",
    ),
]
Plot = Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it, too: CALL.png, or .svg or .pdf.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]


def ear(
    call: Call,
    *,
    dead_air: DeadAir = 2.0,
    talk_over: TalkOver = 0.5,
    barge_in: BargeIn = 0.5,
    prompt: Prompts = None,
    plot: Plot = None,
    json: Json = False,
    database: Database = None,
    settings_file: SettingsFile = None,
) -> None:
    """Measure a recorded call as a caller hears it: gaps, interruptions, talk-over, cut words, clicks, level.

    Exit code 1: there is something to complain of.
    """
    import orjson
    from rich.console import Console

    from gateway.ear import measurement, report, stereo
    from gateway.ear.plot import draw
    from gateway.ear.prompts import read_prompt

    record = None if _is_file(call) else kept_call(call, database, settings_file)
    heard = stereo.read(Path(call)) if record is None else _recorded(record, settings_file)
    prompts = prompt if prompt or record is None else list(_played(record, settings_file))
    known = [read_prompt(one) for one in prompts or ()]
    patience = measurement.Patience(dead_air, talk_over, barge_in)
    found = measurement.measure(heard, patience, known)
    if plot is not None:
        draw(heard, found, plot, call, [] if record is None else _notes(record))
    console = Console(highlight=False, soft_wrap=True)
    if json:
        console.print(orjson.dumps(found.as_dict(), option=orjson.OPT_SERIALIZE_NUMPY).decode(), markup=False)
    else:
        console.print(report.shown(found))
    raise SystemExit(1 if found.complaints else 0)


def _is_file(call: str) -> bool:
    """Return whether a file is meant: an id of a call is hexadecimal digits alone."""
    return Path(call).exists() or not re.fullmatch("[0-9a-f]{1,8}", call)


def _recorded(record: CallRecord, settings_file: Path | None) -> StereoCall:
    """Return a call's recording, as the ear takes it. Raises BadInput where there is none."""
    from gateway.ear.stereo import of_samples

    sound = recording_files(settings_file).sound(record)
    return of_samples(sound.caller, sound.agent, sound.rate, record.call)


def _played(record: CallRecord, settings_file: Path | None) -> Iterator[Path]:
    """Yield the files that stand by their names in a transcript, as far as they are among the plans."""
    files = sorted(config.load(settings_file).dialplans.rglob("*.wav"))
    for text in dict.fromkeys(line.text for line in record.transcript or () if line.who != "caller"):
        yield from [file for file in files if text == f"[{file.name}]"][:1]


def _notes(record: CallRecord) -> list[Note]:
    """Return what was said, in seconds of the recording."""
    from gateway.ear.plot import Note

    began = int((record.recording or {}).get("began_ms", 0))
    return [
        Note(line.who, at, at + (line.ms or 0) / 1000, line.text)
        for line in record.transcript or ()
        if (at := (line.at_ms - began) / 1000) >= 0
    ]
