"""`gateway local`: the embedded realtime server, alone or for the gateway that started it."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import os
import signal
import threading
from typing import Annotated, Any

import structlog
import typer

from gateway import log
from gateway.cli.options import LogLevel, Shown, address, takes
from gateway.errors import BadInput, SpeechError
from gateway.local.server.settings import READY, LocalSettings

ENGINE = "Who answers"
Listen = Annotated[
    str, typer.Option(envvar="GATEWAY_LOCAL_LISTEN", metavar="HOST:PORT", help="Where to listen.")
]


@takes(
    LocalSettings,
    api_key=Shown("KEY", variable="GATEWAY_LOCAL_API_KEY"),
    tls_cert=Shown("FILE"),
    tls_key=Shown("FILE"),
    session_seconds=Shown("SECONDS", least=1, variable="GATEWAY_LOCAL_SESSION_SECONDS"),
    ga_only=Shown(names="--ga-only"),
    origins=Shown("SITES", variable="GATEWAY_LOCAL_ORIGINS"),
    engine=Shown("agent|tone|echo|script", ENGINE),
    workers=Shown("THREADS", ENGINE, least=1),
    script=Shown("FILE", ENGINE),
)
def local(
    listen: Listen = "127.0.0.1:8090",
    *,
    log_level: LogLevel = "info",
    pretend_time: Annotated[str, typer.Option(envvar="GATEWAY_PRETEND_TIME", hidden=True)] = "",
    companion: Annotated[int | None, typer.Option("--companion", metavar="DESCRIPTOR", hidden=True)] = None,
    **given: Any,
) -> None:
    """Run the embedded realtime server alone: OpenAI's Realtime protocol, without a key or the internet.

    Not needed beside `gateway serve`, which starts one itself when a dialplan asks for it.
    """
    # Whoever started us says how numbers are logged; by itself this hears of none.
    log.configure(log_level, component="embedded", masks=os.environ.get("GATEWAY_LOG_NUMBERS") == "masked")
    from gateway import wall_clock
    from gateway.local.server.process import run

    if pretend_time:
        try:
            wall_clock.pretend(wall_clock.moment(pretend_time))
        except ValueError as error:
            raise BadInput("environment", "GATEWAY_PRETEND_TIME", pretend_time, str(error)) from None
    host, port = address(listen)
    settings = LocalSettings(host=host, port=port, descriptor=companion, **given)
    if companion is None:
        run(settings)
        return
    threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
    try:
        run(settings, ready=lambda _address: _say(READY))
    except SpeechError as error:  # whoever started us has a log, and need not try again
        structlog.get_logger(__name__).error("embedded.unavailable", error=str(error))
        raise SystemExit(os.EX_UNAVAILABLE) from None


def _say(word: bytes) -> None:
    """Tell whoever started us: our standard output is their pipe."""
    os.write(1, word)


def _end_with_stdin() -> None:
    """Ask for our own end when whoever started us is gone."""
    while os.read(0, 1024):  # not sys.stdin: its lock would still be held when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)
