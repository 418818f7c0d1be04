"""`gateway loadtest`: many calls at once, measured on the wire."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway import log
from gateway.cli.options import Shown, address, takes
from gateway.loadtest.settings import LoadSettings

LOAD, OUTPUT = "Load", "Results"
GUIDE = "The whole guide: docs/loadtest.md."
To = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="A gateway that runs on this machine.",
        rich_help_panel=LOAD,
        show_default="one is started for the test",
    ),
]


Peer = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Another program that answers calls here: rung as well, after the gateway in each step.",
        rich_help_panel=LOAD,
        show_default="none",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Where the agents' server listens, so that the peer can be told.",
        rich_help_panel=LOAD,
        show_default="any free port",
    ),
]


@takes(
    LoadSettings,
    calls=Shown("CALLS", LOAD),
    rate=Shown("CALLS", LOAD),
    duration=Shown("SECONDS", LOAD),
    scenario=Shown("talk|barge-in|setup|digits|soak", LOAD),
    hold=Shown("SECONDS", LOAD),
    ramp=Shown(panel=LOAD, names="--ramp"),
    find_capacity=Shown(panel=LOAD, names="--find-capacity"),
    number=Shown("NUMBER", LOAD),
    detector=Shown("session|local|duck", LOAD),
    hear_echo=Shown(panel=LOAD, names="--hear-echo"),
    pin=Shown(panel=LOAD, names="--pin"),
    tls=Shown(panel=LOAD, names="--tls"),
    refuse=Shown(panel=LOAD, names="--refuse"),
    light=Shown(panel=LOAD, names="--light"),
    json=Shown("FILE", OUTPUT),
    html=Shown("FILE", OUTPUT),
    keep=Shown("FOLDER", OUTPUT),
)
def loadtest(
    *,
    to: To = None,
    peer: Peer = None,
    model: Model = None,
    command: Annotated[str, typer.Option(hidden=True, help="Runs instead of python -m gateway.")] = "",
    **given: Any,
) -> None:
    """Ring a gateway with many calls at once and measure what each of them hears.

    Needs SIPp and root, for it listens to the packets of this machine, and rings nobody else.

    Exit code 1: a bound is broken.
    """
    log.configure("warning", component="loadtest")
    from gateway.loadtest import command as load

    settings = LoadSettings(
        address=address(to) if to else None,
        peer=address(peer) if peer else None,
        model=address(model) if model else None,
        command=tuple(command.split()),
        **given,
    )
    raise SystemExit(load.run(settings))
