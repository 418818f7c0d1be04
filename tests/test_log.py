"""Log lines: JSON for programs, readable for people, one line each whatever a stranger writes into them."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from gateway import log
from tests.equipment.process import ROOT

ODD = [
    "\x1b[31mred",
    "two\nlines",
    "\x07",
    "\x7f",
    "\x9b2J",
    "\u2028",
    "\u2029",
    "\u202e",
    "\ufeff",
    'quo"te',
]


class Unspeakable:
    """Somebody else's object whose text cannot be had."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


UNWRITABLE: list[object] = [
    "\udcff",
    "\ud800",
    2**70,
    -(2**70),
    {(1, 2): 3},
    {"\udcff": 1},
    Unspeakable(),
    [Unspeakable()],
]
DEEP: list[object] = []
for _ in range(2000):
    DEEP = [DEEP]


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Return structlog and the root logger back as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(text) for text in stream.getvalue().split("\n")[:-1]]


def test_a_program_reads_json() -> None:
    """Time in UTC, level, event and call come first; then the sentence, whose it is, and the rest."""
    stream = io.StringIO()
    log.configure(stream=stream, component="embedded")
    with bound_contextvars(call="c1"):
        structlog.get_logger("x").info("call.ended", seconds=1.5)
    (line,) = lines(stream)
    assert list(line) == ["timestamp", "level", "event", "call", "msg", "component", "seconds"]
    assert line.pop("timestamp", "").endswith("Z")  # type: ignore[attr-defined]
    assert line == {
        "level": "info",
        "event": "call.ended",
        "call": "c1",
        "msg": "call ended",
        "component": "embedded",
        "seconds": 1.5,
    }


def test_an_event_that_nobody_listed_is_a_line_all_the_same() -> None:
    """It lacks a sentence; on a terminal it is written as it is."""
    stream, terminal = io.StringIO(), Terminal()
    for one in (stream, terminal):
        log.configure(stream=one)
        structlog.get_logger("x").info("not.listed")
    assert [(line["event"], "msg" in line) for line in lines(stream)] == [("not.listed", False)]
    assert "not.listed" in terminal.getvalue()


def test_a_person_reads_words() -> None:
    """On a terminal there are colours, marks and sentences, no braces; only others say who they are."""
    stream = Terminal()
    log.configure(stream=stream)
    structlog.get_logger("x").info("gateway.ready", sip="127.0.0.1:5060")
    log.configure(stream=stream, component="embedded")
    structlog.get_logger("x").info("client.connected")
    first, second = stream.getvalue().splitlines()
    assert "= answering calls" in first
    assert "127.0.0.1:5060" in first
    assert "{" not in first
    assert ("component" in first, "embedded" in second) == (False, True)


def test_what_is_less_important_is_left_out() -> None:
    """A level is the least that is written."""
    stream = io.StringIO()
    log.configure("warning", stream=stream)
    structlog.get_logger("x").info("no")
    structlog.get_logger("x").warning("yes")
    assert [line["event"] for line in lines(stream)] == ["yes"]


def test_the_last_configuration_counts() -> None:
    """A logger made before is not left behind."""
    first, second = io.StringIO(), io.StringIO()
    log.configure(stream=first)
    logger = structlog.get_logger("x")
    logger.info("one")
    log.configure(stream=second)
    logger.info("two")
    assert [line["event"] for line in lines(first) + lines(second)] == ["one", "two"]


@pytest.mark.parametrize("odd", ODD)
def test_a_stranger_cannot_break_a_json_line(odd: str) -> None:
    """Control characters arrive as data, and none of them is in the line as it is."""
    stream = io.StringIO()
    log.configure(stream=stream)
    structlog.get_logger("x").info("call.started", caller=odd)
    assert stream.getvalue().removesuffix("\n").isprintable()
    assert lines(stream)[0]["caller"] == odd


@pytest.mark.parametrize("odd", ODD)
def test_a_stranger_cannot_paint_a_terminal(odd: str) -> None:
    """Nothing of a value reaches a terminal as a control sequence or a line of its own."""
    stream = io.StringIO()
    log.configure(stream=stream, json=False)  # without colours: every escape would be the stranger's
    structlog.get_logger("x").info("call.started", caller=odd)
    (text,) = stream.getvalue().split("\n")[:-1]
    assert text.isprintable()


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("value", [*UNWRITABLE, DEEP], ids=lambda value: type(value).__name__)
def test_whatever_is_logged_a_line_comes_out(value: object, as_json: bool) -> None:
    """Half a character, a number of any size, an object without a text: the call that logs it goes on."""
    stream = io.StringIO()
    log.configure(stream=stream, json=as_json)
    structlog.get_logger("x").info("not.listed", call="c1", value=value, **{"k\x1b\udcff": 1})
    text = stream.getvalue()
    assert "not.listed" in text
    assert "c1" in text
    assert text.removesuffix("\n").isprintable()
    text.encode("utf-8")


def test_what_json_does_not_know_is_written_as_text() -> None:
    """A path or an exception in a field is no reason to lose the line."""
    stream = io.StringIO()
    log.configure(stream=stream)
    structlog.get_logger("x").info("not.listed", path=Path("/a"), error=ValueError("b"))
    assert (lines(stream)[0]["path"], lines(stream)[0]["error"]) == ("/a", "b")


def test_a_traceback_stays_in_its_line() -> None:
    """A crash is one JSON line, with the traceback as a field."""
    stream = io.StringIO()
    log.configure(stream=stream)
    try:
        raise ValueError("deep inside")
    except ValueError:
        structlog.get_logger("x").exception("call.broke")
    assert "deep inside" in str(lines(stream)[0]["exception"])


def test_a_log_that_nobody_reads_any_more_does_no_harm() -> None:
    """A pipe whose reader has left, or a closed file: lines are lost, and nothing is raised into a call."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        log.configure(stream=pipe)
        for _ in range(3):
            structlog.get_logger("x").info("call.ended", text="y" * 10_000)
        with suppress(OSError):
            pipe.close()
        structlog.get_logger("x").exception("call.broke")


def test_lines_that_nobody_read_are_told_as_one_that_begins_like_all() -> None:
    """How many; said once somebody reads again."""
    read, write = os.pipe()
    with os.fdopen(write, "w") as pipe, os.fdopen(read, "rb") as reader:
        log.configure(stream=pipe)
        logger = structlog.get_logger("x")
        for _ in range(900):
            logger.info("not.listed", text="y" * 10_000)
        for text in reader:
            if (line := json.loads(text))["event"] != "not.listed":
                break
            logger.info("not.listed")
    assert list(line) == ["timestamp", "level", "event", "msg", "component", "lines"]
    assert (line["event"], line["timestamp"][-1]) == ("log.lines_lost", "Z")
    assert line["lines"] > 0


def test_a_line_is_written_in_one_piece() -> None:
    """Two processes that share a stream, unbuffered, do not write into each other's lines."""

    class Pieces(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    pieces: list[str] = []
    log.configure(stream=Pieces())
    structlog.get_logger("x").info("call.ended")
    (line,) = pieces
    assert line.endswith("}\n")


def test_libraries_speak_up_when_something_is_wrong() -> None:
    """What others log comes out from warnings on."""
    code = (
        "import logging; from gateway import log; log.configure(); "
        "logging.getLogger('lib').info('chatter'); logging.getLogger('lib').warning('trouble')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    (line,) = done.stderr.splitlines()
    said = json.loads(line)
    assert (said["event"], said["library"], said["said"]) == ("library.said", "lib", "trouble")


@pytest.mark.parametrize(
    ("said", "of"), [("%s", ("\x1b\udcff",)), ("%d", ("no number",)), ("%s", (Unspeakable(),))]
)
def test_libraries_cannot_break_a_line_either(said: str, of: tuple[object, ...]) -> None:
    """A websocket's reason or a mistake in a library's own log call is one printable line."""
    stream = io.StringIO()
    log.configure(stream=stream)
    logging.getLogger("lib").warning(said, *of)
    assert [line["event"] for line in lines(stream)] == ["library.said"]
    assert stream.getvalue().removesuffix("\n").isprintable()
