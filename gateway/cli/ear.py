"""`gateway ear`: what a caller feels, measured from a recording."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[
    Path,
    typer.Argument(
        help="A stereo WAV file, the caller on the left, the agent on the right: of `gateway phone --record`."
    ),
]
DeadAir = Annotated[
    float, typer.Option(metavar="SECONDS", help="How long it may be silent when it is the agent's turn.")
]
TalkOver = Annotated[float, typer.Option(metavar="SECONDS", help="How long both may speak at once.")]
BargeIn = Annotated[
    float, typer.Option(metavar="SECONDS", help="How long an agent that is interrupted may speak on.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]


def ear(
    file: File,
    dead_air: DeadAir = 2.0,
    talk_over: TalkOver = 0.5,
    barge_in: BargeIn = 0.5,
    json: Json = False,
) -> None:
    """Measure a recorded call as a caller hears it: gaps, interruptions, talk-over, cut words, clicks, level.

    Exit code 1: there is something to complain of.
    """
    import orjson
    from rich.console import Console

    from gateway.ear import measurement, report, stereo

    found = measurement.measure(stereo.read(file), measurement.Patience(dead_air, talk_over, barge_in))
    console = Console(highlight=False, soft_wrap=True)
    if json:
        console.print(orjson.dumps(found.as_dict(), option=orjson.OPT_SERIALIZE_NUMPY).decode(), markup=False)
    else:
        console.print(report.shown(found))
    raise SystemExit(1 if found.complaints else 0)
