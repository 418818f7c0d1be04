"""The command line: the only place that knows everything. It parses, composes and runs.

Each command imports what it needs when it runs: `gateway check` needs no SIP stack, `gateway local` no
dialplan, and a missing part is named in one line where it is missed.
"""

# ruff: noqa: PLC0415 - see above
from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer

from gateway import log, log_events
from gateway.errors import BadInput, GatewayError, SpeechError
from gateway.node import settings as config
from gateway.options import listed, reference, setting

ABOUT = (
    """Let people phone an AI agent: answer SIP calls, and join each with a realtime session of its own."""
)
FIRST_STEPS = """First steps: `gateway serve` in one terminal; in another

`gateway phone --to sip:100@127.0.0.1 --say "What are your opening hours?"`

`gateway COMMAND --help` tells the options of a command."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help=ABOUT,
    epilog=FIRST_STEPS,
)

CALLS, PLANS, TRYING = "Calls", "Dialplans", "Trying and measuring"
"""The commands in groups."""
LINE, EMBEDDED, RECORDS = "The line", "The embedded agent", "Logs and records"
"""The options of `serve` in groups."""
ENGINE = "Who answers"
STEPS = "What the caller does, in the order given"
LOAD, OUTPUT = "Load", "Results"

LEVELS = "debug, info, warning or error."
WITHOUT_OPTION = ("learn_source", "caller_audio_ms", "limits", "prices")

Folder = Annotated[
    Path | None, typer.Argument(metavar="FOLDER", help="The same as --dialplans.", show_default=False)
]
DialplansOption = Annotated[Path | None, setting("dialplans", panel=PLANS, metavar="FOLDER")]
Region = Annotated[str | None, setting("region", panel=PLANS, metavar="COUNTRY")]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings as KEY: VALUE lines (sip: 0.0.0.0:5060). Options and environment come first.",
        show_default="gateway.yaml in the working directory, if it is there",
    ),
]
LogLevel = Annotated[
    str,
    typer.Option(
        help=f"The least important lines that are logged. {LEVELS}",
        envvar="GATEWAY_LOG_LEVEL",
        metavar="LEVEL",
    ),
]


@app.command(
    rich_help_panel=CALLS,
    epilog="Each is also a key of gateway.yaml, written like the option with _ for -. Further settings:\n\n"
    + listed(WITHOUT_OPTION),
)
def serve(
    sip: Annotated[str | None, setting("sip", panel=LINE, metavar="HOST:PORT")] = None,
    rtp: Annotated[str | None, setting("rtp", panel=LINE, metavar="LOW-HIGH")] = None,
    public_address: Annotated[str | None, setting("public_address", panel=LINE, metavar="ADDRESS")] = None,
    max_calls: Annotated[int | None, setting("max_calls", panel=LINE, metavar="CALLS")] = None,
    drain_seconds: Annotated[float | None, setting("drain_seconds", panel=LINE, metavar="SECONDS")] = None,
    native: Annotated[bool | None, setting("native", "--native/--portable", panel=LINE)] = None,
    dialplans: DialplansOption = None,
    region: Region = None,
    local: Annotated[bool | None, setting("local", "--local/--no-local", panel=EMBEDDED)] = None,
    local_listen: Annotated[str | None, setting("local_listen", panel=EMBEDDED, metavar="HOST:PORT")] = None,
    log_level: Annotated[str | None, setting("log_level", panel=RECORDS, metavar="LEVEL")] = None,
    log_transcripts: Annotated[
        bool | None, setting("log_transcripts", "--log-transcripts/--no-log-transcripts", panel=RECORDS)
    ] = None,
    journal: Annotated[Path | None, setting("journal", panel=RECORDS, metavar="FILE")] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Answer calls until Ctrl-C or SIGTERM.

    Running calls may then finish; a second signal hangs them up. Closing the terminal lets them finish, too;
    without a terminal SIGHUP reads the dialplans again.
    """
    settings = config.load(
        settings_file,
        sip=sip,
        rtp=rtp,
        dialplans=dialplans,
        local=local,
        local_listen=local_listen,
        public_address=public_address,
        max_calls=max_calls,
        drain_seconds=drain_seconds,
        native=native,
        region=region,
        log_level=log_level,
        log_transcripts=log_transcripts,
        journal=journal,
    )
    log.configure(settings.log_level)
    from gateway.node.serve import serve as run_gateway

    # What is imported stays. Frozen, its 80 000 objects are no longer walked by every full collection: 45 ms
    # and more in which no call is served.
    gc.collect()
    gc.freeze()
    # A thread that computes hands the interpreter over ten times sooner than usual: calls wait for it.
    sys.setswitchinterval(0.0005)
    _run(run_gateway(settings))


@app.command(rich_help_panel=CALLS)
def local(
    listen: Annotated[
        str,
        typer.Option(envvar="GATEWAY_LOCAL_LISTEN", metavar="HOST:PORT", help="Where to listen."),
    ] = "127.0.0.1:8090",
    api_key: Annotated[
        str,
        typer.Option(
            envvar="GATEWAY_LOCAL_API_KEY",
            metavar="KEY",
            help="What clients have to show.",
            show_default="none is asked for",
        ),
    ] = "",
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificate chain (PEM): serve wss:// only.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Private key (PEM) of the certificate.")
    ] = None,
    session_seconds: Annotated[
        float,
        typer.Option(
            min=1,
            envvar="GATEWAY_LOCAL_SESSION_SECONDS",
            metavar="SECONDS",
            help="How long a session may last; then it expires, as hosted ones do.",
        ),
    ] = 3600,
    ga_only: Annotated[
        bool, typer.Option("--ga-only", help="Refuse clients that speak the older, flat dialect.")
    ] = False,
    engine: Annotated[
        str,
        typer.Option(
            metavar="agent|tone|echo|script",
            help="An agent that listens and speaks, a tone, the caller's own words, or a script.",
            rich_help_panel=ENGINE,
        ),
    ] = "agent",
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="THREADS",
            help="For the agent's recognition, and as many for its voice; one of each does for 16 calls.",
            rich_help_panel=ENGINE,
        ),
    ] = 1,
    script: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What the script engine says, and how it fails (YAML, see docs/script.md).",
            rich_help_panel=ENGINE,
        ),
    ] = None,
    log_level: LogLevel = "info",
    companion: Annotated[int | None, typer.Option("--companion", metavar="DESCRIPTOR", hidden=True)] = None,
) -> None:
    """Run the embedded realtime server alone: OpenAI's Realtime protocol, without a key or the internet.

    Not needed beside `gateway serve`, which starts one itself when a dialplan asks for it.
    """
    log.configure(log_level, component="embedded")
    from gateway.local.server.process import run
    from gateway.local.server.settings import READY, LocalSettings

    host, port = _address(listen)
    settings = LocalSettings(
        host=host,
        port=port,
        engine=engine,
        script=script,
        ga_only=ga_only,
        workers=workers,
        api_key=api_key,
        session_seconds=session_seconds,
        tls_cert=tls_cert,
        tls_key=tls_key,
        descriptor=companion,
    )
    if companion is None:
        run(settings)
        return
    threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
    try:
        run(settings, ready=lambda _address: _say(READY))
    except SpeechError as error:  # whoever started us has a log, and need not try again
        structlog.get_logger(__name__).error("embedded.unavailable", error=str(error))
        raise SystemExit(os.EX_UNAVAILABLE) from None


@app.command(
    rich_help_panel=TRYING,
    epilog="Example: interrupt the greeting after a second, and press a key 2 seconds later:\n\n"
    '`gateway phone --to sip:100@127.0.0.1 --interrupt-after 1 --say "Stop." --after 2 --digits 1`',
)
def phone(
    context: typer.Context,
    to: Annotated[
        str, typer.Option(metavar="URI", help="SIP address to ring, such as sip:100@127.0.0.1:5060.")
    ],
    say: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="Say something once the agent has finished.", rich_help_panel=STEPS
        ),
    ] = None,
    play: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The same with the words of a WAV file.", rich_help_panel=STEPS),
    ] = None,
    digits: Annotated[
        list[str] | None,
        typer.Option(metavar="KEYS", help="Press keys: 0-9, *, # (RFC 4733).", rich_help_panel=STEPS),
    ] = None,
    after: Annotated[
        list[float] | None,
        typer.Option(
            metavar="SECONDS",
            help="Do the next thing so long after the one before, whoever speaks.",
            rich_help_panel=STEPS,
        ),
    ] = None,
    interrupt_after: Annotated[
        list[float] | None,
        typer.Option(
            metavar="SECONDS",
            help="Do the next thing when the agent has spoken for so long; alone: say a few words then.",
            rich_help_panel=STEPS,
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep the call in a WAV file, the caller on the left, the agent on the right.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON object instead of the conversation.", rich_help_panel=OUTPUT
        ),
    ] = False,
    native: Annotated[bool | None, typer.Option("--native/--portable", hidden=True)] = None,
    log_level: Annotated[str, typer.Option(envvar="GATEWAY_PHONE_LOG_LEVEL", hidden=True)] = "error",
) -> None:
    """Ring a number, talk and interrupt as a caller would; print the conversation and how it felt.

    When all is done it hears the agent's answer out and hangs up. Ctrl-C ends the call sooner.
    """
    del context, say, play, digits, after, interrupt_after  # read in their order from the command line
    log.configure(log_level, component="phone")
    from gateway.phone import caller, report, script

    _run(
        caller.hold_call(
            to, script.read(sys.argv), report.CallReport(to), json=json, record=record, native=native
        )
    )


@app.command(rich_help_panel=TRYING, epilog="The whole guide: docs/loadtest.md.")
def loadtest(
    calls: Annotated[
        int, typer.Option(metavar="CALLS", help="Calls at once, 1000 at most.", rich_help_panel=LOAD)
    ] = 100,
    rate: Annotated[
        float, typer.Option(metavar="CALLS", help="New calls a second, 200 at most.", rich_help_panel=LOAD)
    ] = 20,
    duration: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="How long all calls are up together, or how long short ones keep coming.",
            rich_help_panel=LOAD,
        ),
    ] = 30,
    scenario: Annotated[
        str,
        typer.Option(
            metavar="talk|barge-in|setup|digits|soak",
            help="What callers do: ask questions, speak over the agent, or ring shortly (the last three).",
            rich_help_panel=LOAD,
        ),
    ] = "talk",
    hold: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How long a call of setup or digits lasts.",
            rich_help_panel=LOAD,
            show_default="2, digits 1",
        ),
    ] = None,
    ramp: Annotated[
        bool,
        typer.Option(
            "--ramp",
            help="A quarter of the calls first, then half, three quarters, all.",
            rich_help_panel=LOAD,
        ),
    ] = False,
    find_capacity: Annotated[
        bool,
        typer.Option(
            "--find-capacity", help="Add --calls more each step until a bound breaks.", rich_help_panel=LOAD
        ),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="A gateway that runs on this machine.",
            rich_help_panel=LOAD,
            show_default="one is started for the test",
        ),
    ] = None,
    number: Annotated[
        str, typer.Option(metavar="NUMBER", help="The number to dial.", rich_help_panel=LOAD)
    ] = "100",
    detector: Annotated[
        str,
        typer.Option(
            metavar="session|local|duck",
            help="Who notices callers that interrupt: see barge_in in a plan.",
            rich_help_panel=LOAD,
        ),
    ] = "session",
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the figures there; - prints them.", rich_help_panel=OUTPUT),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with plots there.", rich_help_panel=OUTPUT),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep the logs of all programs and the journal in this new folder.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    command: Annotated[str, typer.Option(hidden=True, help="Runs instead of python -m gateway.")] = "",
) -> None:
    """Ring a gateway with many calls at once and measure what each of them hears.

    Needs SIPp and root, for it listens to the packets of this machine, and rings nobody else.

    Exit code 1: a bound is broken.
    """
    log.configure("warning", component="loadtest")
    from gateway.loadtest import command as load
    from gateway.loadtest.settings import LoadSettings
    from gateway.loadtest.settings import ramp as steps

    settings = LoadSettings(
        calls=calls,
        rate=rate,
        duration=duration,
        scenario=scenario,
        hold=hold,
        steps=steps(calls) if ramp else (),
        find_capacity=find_capacity,
        address=_address(to) if to else None,
        number=number,
        detector=detector,
        command=tuple(command.split()),
        json=json,
        html=html,
        keep=keep,
    )
    raise SystemExit(load.run(settings))


@app.command(rich_help_panel=PLANS)
def check(
    folder: Folder = None,
    dialplans: DialplansOption = None,
    region: Region = None,
    settings_file: SettingsFile = None,
) -> None:
    """Check all dialplan files: every mistake with file, line, column, key, value and cure.

    Exit code 1: there is a mistake. Warnings, such as a secret that is not set here, do not count.
    """
    from gateway.dialplan.commands import run_check

    settings, catalog, tools = _knowledge(settings_file, folder, dialplans, region)
    _finish(run_check(settings.dialplans, region=settings.region, providers=catalog, tools=tools))


@app.command(rich_help_panel=PLANS)
def route(
    number: Annotated[
        str, typer.Argument(help="What is dialled: a number, or a SIP address such as sip:desk@example.com.")
    ],
    folder: Folder = None,
    dialplans: DialplansOption = None,
    region: Region = None,
    settings_file: SettingsFile = None,
    caller: Annotated[
        str,
        typer.Option("--from", metavar="NUMBER", help="Who calls.", show_default="a withheld number"),
    ] = "",
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help='When: "2026-12-24 18:00", or "18:00" for today, in the zone of this machine.',
            show_default="now",
        ),
    ] = "",
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A SIP header of the call; may be given more than once."),
    ] = None,
) -> None:
    """Tell which plan a call would get, by which rule and why, and show that plan with all it inherits.

    Nobody is rung. Exit code 1: no plan wants the call.
    """
    from datetime import datetime

    from gateway.dialplan.commands import run_route

    settings, catalog, tools = _knowledge(settings_file, folder, dialplans, region)
    _finish(
        run_route(
            settings.dialplans,
            number,
            now=datetime.now().astimezone(),
            caller=caller,
            at=at,
            headers=header or (),
            region=settings.region,
            providers=catalog,
            tools=tools,
        )
    )


@app.command(
    rich_help_panel=PLANS,
    epilog="For an editor: `gateway schema > dialplans/schema.json`, see docs/dialplan.md.",
)
def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table for people instead.")] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="Print a table of the keys of gateway.yaml instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of a dialplan file, with which editors complete and check its keys."""
    from gateway.dialplan.commands import run_schema

    _finish((reference(), 0) if settings else run_schema(markdown=markdown))


@app.command(rich_help_panel=CALLS)
def events() -> None:
    """Print a table of all events that are logged: id, mark, level, sentence, meaning."""
    _finish((log_events.reference(), 0))


def _knowledge(
    file: Path | None, folder: Path | None, dialplans: Path | None, region: str | None
) -> tuple[config.Settings, dict[str, frozenset[str] | None], tuple[str, ...]]:
    """Return what dialplans are checked against, as `serve` would: settings, providers with voices, tools.

    Raises BadInput for two folders, one as an argument and another one as an option.
    """
    from gateway.calls.sessions import Sessions
    from gateway.tools.builtin import NAMES

    if folder and dialplans and folder != dialplans:
        raise BadInput(
            "command line", "--dialplans", str(dialplans), f"name one folder only, not {folder}, too"
        )
    settings = config.load(file, dialplans=folder or dialplans, region=region)
    return settings, Sessions("", settings.providers).catalog(), NAMES


def _finish(outcome: tuple[str, int]) -> NoReturn:
    text, code = outcome
    sys.stdout.write(text + "\n")
    raise SystemExit(code)


def _address(text: str) -> tuple[str, int]:
    try:
        return config.address(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _say(word: bytes) -> None:
    """Tell whoever started us: our standard output is their pipe."""
    os.write(1, word)


def _end_with_stdin() -> None:
    """Ask for our own end when whoever started us is gone."""
    while os.read(0, 1024):  # not sys.stdin: its lock would still be held when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _run(main: Coroutine[Any, Any, None]) -> None:
    if sys.platform == "linux":
        import uvloop

        uvloop.run(main)
    else:
        import asyncio

        asyncio.run(main)


def _fail(message: str) -> NoReturn:
    log.flush()
    sys.stderr.write(f"gateway: {message}\n")
    raise SystemExit(1)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """The errors themselves, out of the groups that task groups put around them."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def main() -> None:
    """Run a command; what a person can mend is said in one line, without a traceback."""
    problem = ""
    try:
        app()
    except* GatewayError as group:  # a plain error is caught as a group of one
        problem = "; ".join(str(error) for error in _leaves(group))
    if problem:
        _fail(problem)
