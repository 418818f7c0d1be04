"""`gateway phone`: ring a number and talk, as a caller would."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway import log
from gateway.cli import event_loop

STEPS, OUTPUT = "What the caller does, in the order given", "Results"
EXAMPLE = (
    "Example: interrupt the greeting after a second, and press a key 2 seconds later:\n\n"
    '`gateway phone --to sip:100@127.0.0.1 --interrupt-after 1 --say "Stop." --after 2 --digits 1`'
)

To = Annotated[str, typer.Option(metavar="URI", help="SIP address to ring, such as sip:100@127.0.0.1:5060.")]
WebRtc = Annotated[
    str,
    typer.Option(
        "--webrtc",
        metavar="URL",
        help="Ring as a browser does, by the control API there (http://127.0.0.1:8080); --to is the number.",
        show_default=False,
    ),
]
Token = Annotated[
    str,
    typer.Option(
        envvar="GATEWAY_TOKEN",
        metavar="TOKEN",
        help="For that API, with the role operate.",
        show_default=False,
    ),
]
Say = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="Say something once the agent has finished.", rich_help_panel=STEPS),
]
Play = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="The same with the words of a WAV file.", rich_help_panel=STEPS),
]
Digits = Annotated[
    list[str] | None,
    typer.Option(metavar="KEYS", help="Press keys: 0-9, *, # (RFC 4733).", rich_help_panel=STEPS),
]
After = Annotated[
    list[float] | None,
    typer.Option(
        metavar="SECONDS",
        help="Do the next thing so long after the one before, whoever speaks.",
        rich_help_panel=STEPS,
    ),
]
InterruptAfter = Annotated[
    list[float] | None,
    typer.Option(
        metavar="SECONDS",
        help="Do the next thing when the agent has spoken for so long; alone: say a few words then.",
        rich_help_panel=STEPS,
    ),
]
Record = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Keep the call in a WAV file, the caller on the left, the agent on the right.",
        rich_help_panel=OUTPUT,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object instead of the conversation.", rich_help_panel=OUTPUT),
]


def phone(
    to: To,
    say: Say = None,
    play: Play = None,
    digits: Digits = None,
    after: After = None,
    interrupt_after: InterruptAfter = None,
    record: Record = None,
    json: Json = False,
    webrtc: WebRtc = "",
    token: Token = "",
    native: Annotated[bool | None, typer.Option("--native/--portable", hidden=True)] = None,
    log_level: Annotated[str, typer.Option(envvar="GATEWAY_PHONE_LOG_LEVEL", hidden=True)] = "error",
) -> None:
    """Ring a number, talk and interrupt as a caller would; print the conversation and how it felt.

    When all is done it hears the agent's answer out and hangs up. Ctrl-C ends the call sooner. The exit code
    is 1 if nobody answered, or the call was cut off.
    """
    del say, play, digits, after, interrupt_after  # read in their order from the command line
    log.configure(log_level, component="phone")
    from gateway.phone import caller, report, script

    told = report.CallReport(to)
    api = caller.BrowserApi(webrtc, token) if webrtc else None
    steps = script.read(sys.argv)
    event_loop.run(caller.hold_call(to, steps, told, json=json, record=record, native=native, api=api))
    if told.failed:
        raise SystemExit(1)
