"""The runner of programs sees what they write, and gets rid of those that will not go."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest

from tests.equipment import patience, ports
from tests.equipment.process import Ended, Process, python

TALK = "import json, sys; print('plain'); print(json.dumps({'event': 'gateway.ready', 'port': 5060})); "
WAIT = "import signal; signal.pause()"


async def test_a_line_is_waited_for() -> None:
    """Plain text is kept, JSON lines are found by event and field, and SIGTERM ends it."""
    with Process(python("-c", TALK + WAIT)) as program:
        assert (await program.said("gateway.ready"))["port"] == 5060
        assert program.events("gateway.ready", port=5060)
        assert not program.events("gateway.ready", port=1)
        assert program.text[0] == "plain"
        assert program.descriptors() > 0
        assert program.rss_kb() > 1000
        assert program.cpu_seconds() >= 0
        assert program.stop() == -signal.SIGTERM


def test_an_early_end_shows_the_log() -> None:
    """Waiting for a line of a program that died fails at once, with its last words."""
    with Process(python("-c", "raise SystemExit('port 5060 is taken')")) as program:
        with pytest.raises(Ended, match="port 5060 is taken"):
            program.wait_for(lambda line: line, what="gateway.ready")
        assert program.wait() == 1


def test_a_program_that_will_not_go_is_killed() -> None:
    """SIGTERM ignored is an error, and nothing stays behind."""
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    program = Process(python("-c", deaf + TALK + WAIT))
    program.wait_for(lambda line: line)
    with pytest.raises(Ended, match="did not end"):
        program.stop(patient_seconds=0.2)
    assert not program.running


def test_a_killed_test_run_leaves_nothing_behind() -> None:
    """What a process started ends with it, however suddenly that ends."""
    start = f"from tests.equipment.process import *; p = Process(python('-c', {TALK + WAIT!r})); "
    start += "p.wait_for(lambda line: line); "  # before that it may not have learnt yet whom to follow
    with Process(python("-c", start + "print(json.dumps({'pid': p.pid})); " + WAIT)) as run:
        child = int(run.wait_for(lambda line: "pid" in line)["pid"])
        run.popen.kill()
        run.wait()
    deadline = time.monotonic() + patience.seconds(5)
    while _alive(child):
        assert time.monotonic() < deadline


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):  # gone before it is opened, or before it is read
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # nobody collects it here; it is over all the same


def test_free_ports_are_free() -> None:
    """Every port of a range can be bound, for UDP and TCP."""
    low, high = ports.free_range(10)
    assert high - low == 9
    for port in range(low, high + 1):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("127.0.0.1", port))
