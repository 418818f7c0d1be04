"""structlog, set up once: for people on a terminal, JSON lines elsewhere.

Whoever logs names an event of `log_events`; its sentence is put in here, for a terminal by `log_console`.
Nothing is logged per frame.

Logging cannot fail and does not wait: whoever logs has a call to care for, or all calls. What cannot be
written out is written as well as it can be; where nobody reads, lines are lost, counted, and said afterwards.
"""

from __future__ import annotations

import atexit
import io
import json
import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TextIO

import orjson

from gateway.background_writer import BackgroundWriter
from gateway.log_console import Console
from gateway.log_events import EVENTS
from gateway.number_mask import masked_fields
from gateway.plain_structlog import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_OBEYED = re.compile(r"[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What JSON need not escape (RFC 8259 section 7) and a terminal or a line reader obeys all the same."""


_FIRST = ("timestamp", "level", "event", "call", "msg", "component")
"""The fields that each line begins with, as far as it has them."""


def configure(
    level: str = "info",
    *,
    component: str = "gateway",
    stream: TextIO | None = None,
    json: bool | None = None,
    masks: bool = False,
) -> None:
    """Send every log line to `stream` (default stderr), as JSON unless it is a terminal.

    `component` names this program where several write to one stream.
    Context bound with `structlog.contextvars` (call id, numbers) is part of every line. Control characters
    cannot break a line or paint a terminal: JSON escapes them, on a terminal a value that has some is shown
    with repr. `masks`: of telephone numbers only the ends are told (`number_mask`).
    """
    stream = stream or sys.stderr
    lines = _background(stream, component) or _Unbreakable(stream)
    as_json = not stream.isatty() if json is None else json
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S.%f", utc=as_json),
        *([structlog.processors.format_exc_info] if as_json else []),
        *([_mask] if masks else []),
    ]
    if as_json:
        processors += [_Sentence(component), structlog.processors.JSONRenderer(_dumps)]
    else:
        processors.append(Console(component, colours=stream.isatty(), masks=masks))
    structlog.configure(
        processors=[_Unfailing(processors)],
        # In one piece with its newline: the embedded agent's process writes to the same stream.
        logger_factory=structlog.WriteLoggerFactory(lines),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    set_level(level)
    # Libraries that use the standard library's logging speak up only when something is wrong.
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()], force=True)


_level = "info"


def set_level(level: str) -> None:
    """Log from this level on, wherever lines go to; everybody who logs heeds it at once."""
    global _level  # noqa: PLW0603 - a process has one log
    _level = level
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]))


def current_level() -> str:
    """Return the least important level that is logged."""
    return _level


def _mask(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return masked_fields(event)


class _Sentence:
    """Adds the event's sentence and who speaks, and puts first what is read first."""

    def __init__(self, component: str) -> None:
        self._component = component

    def __call__(
        self, _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        known = EVENTS.get(event["event"])
        said = {"msg": known.msg} if known else {}
        line = {**said, "component": self._component, **event}
        return {**{name: line[name] for name in _FIRST if name in line}, **line}


class _Unfailing:
    """A chain of processors that always ends in a line, however odd the event."""

    def __init__(self, processors: list[structlog.typing.Processor]) -> None:
        self._processors = processors

    def __call__(
        self, logger: object, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.ProcessorReturnValue:
        said: structlog.typing.ProcessorReturnValue = dict(event)
        try:
            for process in self._processors:
                said = process(logger, method, said)  # type: ignore[arg-type] # a mapping until the last one
        except Exception as error:  # noqa: BLE001 - a log line must not end a call, let alone the process
            return json.dumps(
                {
                    "level": method,
                    "event": ascii(event.get("event")),
                    "call": ascii(event.get("call")),
                    "unwritable": type(error).__name__,
                }
            )
        return said


_writer: BackgroundWriter | None = None


def flush() -> None:
    """Wait a moment for lines that were not written yet: before the process ends, or says more by itself."""
    if _writer is not None:
        _writer.flush()


def _background(stream: TextIO, component: str) -> _Lines | None:
    """Write this stream from now on, in place of the one before; None where it has no descriptor."""
    global _writer  # noqa: PLW0603 - a process has one log
    if _writer is not None:
        atexit.unregister(_writer.close)
        _writer.close()
        _writer = None
    try:
        descriptor = stream.fileno()
        stream.flush()
        _writer = BackgroundWriter(descriptor, partial(_says_lost, component))
    except (OSError, ValueError, io.UnsupportedOperation):
        return None
    atexit.register(_writer.close)
    return _Lines(_writer)


def _says_lost(component: str, lines: int) -> bytes:
    event = "log.lines_lost"
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    said = {"timestamp": now, "level": "warning", "event": event, "msg": EVENTS[event].msg}
    return orjson.dumps(said | {"component": component, "lines": lines}) + b"\n"


class _Lines:
    """What structlog writes text to: the writer, in UTF-8."""

    def __init__(self, writer: BackgroundWriter) -> None:
        self._writer = writer

    def write(self, text: str) -> int:
        """Hand one or more lines over."""
        self._writer.write(text.encode("utf-8", "backslashreplace"))
        return len(text)

    def flush(self) -> None:
        """Do nothing: whoever logs does not wait."""


class _Unbreakable:
    """A stream without a descriptor, as in tests, whose reader may leave: lines are lost then, not calls."""

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


class _Libraries(logging.Handler):
    """Passes on what libraries say through the standard library's logging, as lines like all others."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record; what cannot even be formatted is named."""
        try:
            said = record.getMessage()
        except Exception as error:  # noqa: BLE001 - a library's mistake
            said = f"{record.msg!r} ({type(error).__name__} in its text)"
        level = min(max(record.levelno, logging.DEBUG), logging.CRITICAL) // 10 * 10
        structlog.get_logger().log(
            level, "library.said", library=record.name, said=said, exc_info=record.exc_info
        )


def _dumps(event: object, default: object = None, **_: object) -> str:
    try:
        text = orjson.dumps(event, default=_text, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a character, a whole number above 64 bits, a key of no known kind
        text = json.dumps(event, default=_text, skipkeys=True)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - somebody else's __str__
        return f"{type(value).__name__} ({type(error).__name__} in its text)"
