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

from gateway import config, log
from gateway.errors import GatewayError, SpeechError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Listen = Annotated[str | None, typer.Option(envvar="GATEWAY_LOCAL_LISTEN", help="HOST:PORT to listen on.")]
Dialplans = Annotated[Path, typer.Argument(help="Folder of dialplan files.", envvar="GATEWAY_DIALPLANS")]


@app.command()
def serve(  # the options are documented in gateway.config
    sip: Annotated[str | None, typer.Option(help="HOST:PORT to answer calls on. [127.0.0.1:5060]")] = None,
    rtp: Annotated[str | None, typer.Option(help="LOW-HIGH ports for audio. [10000-20000]")] = None,
    dialplans: Annotated[Path | None, typer.Option(help="Folder of dialplan files. [dialplans]")] = None,
    local: Annotated[
        bool | None, typer.Option("--local/--no-local", help="Start the embedded agent. [if a plan needs it]")
    ] = None,
    local_listen: Annotated[str | None, typer.Option(help="Its HOST:PORT. [127.0.0.1:8090]")] = None,
    public_address: Annotated[str | None, typer.Option(help="Our address as callers see it.")] = None,
    max_calls: Annotated[int | None, typer.Option(help="Calls at once. [1000]")] = None,
    native: Annotated[
        bool | None, typer.Option("--native/--portable", help="C++ media plane. [where it is built]")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error. [info]")] = None,
    journal: Annotated[Path | None, typer.Option(help="File for all facts and orders of calls.")] = None,
    settings_file: Annotated[Path | None, typer.Option("--config", help="[gateway.yaml]")] = None,
) -> None:
    """Answer calls until Ctrl-C or SIGTERM; running calls may finish first, a second signal ends them.

    Every option is also an environment variable: --sip is GATEWAY_SIP.
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
        native=native,
        log_level=log_level,
        journal=journal,
    )
    log.configure(settings.log_level)
    from gateway.serve import serve as run_gateway

    # What is imported stays. Frozen, its 80 000 objects are no longer walked by every full collection: 45 ms
    # and more in which no call is served.
    gc.collect()
    gc.freeze()
    _run(run_gateway(settings))


@app.command()
def local(
    listen: Listen = "127.0.0.1:8090",
    engine: Annotated[str, typer.Option(help="agent, tone, echo or script.")] = "agent",
    script: Annotated[Path | None, typer.Option(help="YAML file of the script engine.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Threads for recognition, and for synthesis.")] = 1,
    ga_only: Annotated[bool, typer.Option("--ga-only", help="Refuse the retired flat dialect.")] = False,
    api_key: Annotated[str, typer.Option(envvar="GATEWAY_LOCAL_API_KEY", show_default=False)] = "",
    session_seconds: Annotated[
        float, typer.Option(min=1, envvar="GATEWAY_LOCAL_SESSION_SECONDS", help="Life of a session.")
    ] = 3600,
    tls_cert: Annotated[Path | None, typer.Option(help="Serve wss:// with this certificate.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key.")] = None,
    log_level: Annotated[str, typer.Option(envvar="GATEWAY_LOG_LEVEL")] = "info",
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
) -> None:
    """Run the embedded realtime server alone: the same protocol as OpenAI's, no key, no internet."""
    log.configure(log_level)
    from gateway.local.server import run
    from gateway.local.settings import LocalSettings

    host, port = _address(listen or "127.0.0.1:8090")
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
    )
    if not until_stdin_closes:
        run(settings)
        return
    threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
    try:
        run(settings)
    except SpeechError as error:  # whoever started us has a log, and need not try again
        structlog.get_logger(__name__).error("! embedded agent cannot speak", error=str(error))
        raise SystemExit(os.EX_UNAVAILABLE) from None


@app.command()
def phone(
    context: typer.Context,
    to: Annotated[str, typer.Option(help="SIP URI to ring.")],
    say: Annotated[list[str] | None, typer.Option(help="Text to speak when the agent has finished.")] = None,
    play: Annotated[list[Path] | None, typer.Option(help="WAV file to play instead.")] = None,
    digits: Annotated[list[str] | None, typer.Option(help="Keys to press (RFC 4733).")] = None,
    after: Annotated[
        list[float] | None, typer.Option(help="The next one comes so many seconds after the last.")
    ] = None,
    interrupt_after: Annotated[
        list[float] | None, typer.Option(help="The next one comes when the agent has spoken so long.")
    ] = None,
    record: Annotated[Path | None, typer.Option(help="Keep both sides in a stereo WAV file.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of the conversation.")
    ] = False,
    native: Annotated[bool | None, typer.Option("--native/--portable", hidden=True)] = None,
    log_level: Annotated[str, typer.Option(envvar="GATEWAY_PHONE_LOG_LEVEL", hidden=True)] = "error",
) -> None:
    """Ring somebody, speak, listen, interrupt; print the conversation and what a caller feels of it.

    --say, --play and --digits are done in the order given; --after S and --interrupt-after S stand before
    the one they concern.
    """
    del context, say, play, digits, after, interrupt_after  # read in their order from the command line
    log.configure(log_level)
    from gateway.phone import caller, report, script

    _run(
        caller.hold_call(
            to, script.read(sys.argv), report.Report(to), json=json, record=record, native=native
        )
    )


@app.command()
def loadtest(
    calls: Annotated[int, typer.Option(help="Calls at once; with --find-capacity the step.")] = 100,
    rate: Annotated[float, typer.Option(help="New calls a second.")] = 20,
    duration: Annotated[float, typer.Option(help="Seconds that all are up, or that short calls come.")] = 30,
    scenario: Annotated[str, typer.Option(help="talk, barge-in, setup, digits or soak.")] = "talk",
    hold: Annotated[float | None, typer.Option(help="Seconds of a call of setup or digits.")] = None,
    ramp: Annotated[bool, typer.Option("--ramp", help="A quarter, half, three quarters, all.")] = False,
    find_capacity: Annotated[bool, typer.Option(help="Raise the calls until a bound breaks.")] = False,
    to: Annotated[str | None, typer.Option(help="HOST:PORT of a running gateway. [one of its own]")] = None,
    number: Annotated[str, typer.Option(help="The number to dial.")] = "100",
    json: Annotated[Path | None, typer.Option(help="Write the figures there; - prints them.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots there.")] = None,
    keep: Annotated[Path | None, typer.Option(help="New folder for logs and journal.")] = None,
    command: Annotated[str, typer.Option(hidden=True, help="Runs instead of python -m gateway.")] = "",
) -> None:
    """Ring a gateway with SIPp, on this machine only; measure on the wire what every call heard. Needs root.

    Ends with 1 when a bound is broken.
    """
    log.configure("warning")
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
        command=tuple(command.split()),
        json=json,
        html=html,
        keep=keep,
    )
    raise SystemExit(load.run(settings))


@app.command()
def check(dialplans: Dialplans = Path("dialplans")) -> None:
    """Check all dialplan files; every mistake with its place and cure. Ends with 1 if there is one."""
    from gateway.dialplan.commands import run_check

    settings, catalog, tools = _knowledge()
    _finish(run_check(dialplans, region=settings.region, providers=catalog, tools=tools))


@app.command()
def route(
    number: Annotated[str, typer.Argument(help="The number dialled, or sip:user@host.")],
    dialplans: Annotated[Path, typer.Option(envvar="GATEWAY_DIALPLANS", help="Folder.")] = Path("dialplans"),
    caller: Annotated[str, typer.Option("--from", help="The number that calls.")] = "",
    at: Annotated[str, typer.Option(help="2026-12-24 18:00, or 18:00 for today. [now]")] = "",
    header: Annotated[list[str] | None, typer.Option(help="A SIP header, NAME=VALUE.")] = None,
) -> None:
    """Show which plan a call would get, by which rule, why, and that plan with everything it inherits."""
    from datetime import datetime

    from gateway.dialplan.commands import run_route

    settings, catalog, tools = _knowledge()
    _finish(
        run_route(
            dialplans,
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


@app.command()
def schema(markdown: Annotated[bool, typer.Option("--markdown", help="For people.")] = False) -> None:
    """Print the JSON Schema of a dialplan file, for completion in editors."""
    from gateway.dialplan.commands import run_schema

    _finish(run_schema(markdown=markdown))


def _knowledge() -> tuple[config.Settings, dict[str, frozenset[str] | None], tuple[str, ...]]:
    """What a dialplan is checked against: settings, providers with their voices, tools."""
    from gateway.sessions import Sessions
    from gateway.tools.builtin import NAMES

    settings = config.load()
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
