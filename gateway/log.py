"""structlog, set up once: for people on a terminal, JSON lines elsewhere.

Marks in front of a message say its kind at a glance: `<` came in, `>` went out, `=` state, `x` closing,
`!` something to look at. Nothing is logged per frame.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TextIO

import orjson
import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(level: str = "info", *, stream: TextIO | None = None, json: bool | None = None) -> None:
    """Send every log line to `stream` (default stderr), as JSON unless it is a terminal.

    Context bound with `structlog.contextvars` (call id, numbers) is part of every line. Control characters
    cannot break a line or paint a terminal: JSON escapes them, on a terminal a value that has some is shown
    with repr.
    """
    stream = stream or sys.stderr
    as_json = not stream.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S.%f", utc=as_json),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_dumps)]
        if as_json
        else [_printable, structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=28)]
    )
    structlog.configure(
        processors=shared + renderer,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        # In one piece with its newline: the embedded agent's process writes to the same stream.
        logger_factory=structlog.WriteLoggerFactory(_Unbreakable(stream)),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    # Libraries that use the standard library's logging speak up only when something is wrong.
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")


class _Unbreakable:
    """A stream whose reader may leave: lines are lost then, not calls."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write if possible."""
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush if possible."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def _printable(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Write out what a terminal would obey; structlog's own renderer lets an escape through."""
    return {key: _shown(value) for key, value in event.items()}


def _shown(value: object) -> object:
    return repr(value) if isinstance(value, str) and not value.isprintable() else value


def _dumps(event: object, default: object = None, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()
