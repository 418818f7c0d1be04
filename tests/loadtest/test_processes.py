"""Children are started, read, measured and ended by their process id."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from gateway.loadtest import processes
from gateway.loadtest.processes import Program, ProgramFailed, python


def _says(event: str) -> str:
    line = json.dumps({"event": event, "n": 1})
    return f"print({line!r}, flush=True)"


def test_a_program_that_says_it_is_ready(tmp_path: Path) -> None:
    """Its JSON line is waited for; it is ended with its context, and its log stays."""
    code = f"import time; print('hello'); {_says('= ready')}; time.sleep(60)"
    with Program("child", python("-c", code), tmp_path) as child:
        assert child.wait_for("= ready")["n"] == 1
        assert child.ended() is None
        assert processes.rss_mb(child.pid) > 1
        assert processes.descriptors(child.pid) >= 3
    assert child.ended() == -15
    assert "hello" in child.tail()


def test_a_program_that_dies(tmp_path: Path) -> None:
    """Waiting for it shows what it said last."""
    with (
        Program("child", python("-c", "raise SystemExit('no luck')"), tmp_path) as child,
        pytest.raises(ProgramFailed, match="no luck"),
    ):
        child.wait_for("= ready")


def test_a_program_that_will_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ignores SIGTERM is killed after a while."""
    monkeypatch.setattr(processes, "GONE_WITHIN", 0.2)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN)"
    code = f"{deaf}; {_says('= deaf')}; time.sleep(60)"
    with Program("child", python("-c", code), tmp_path) as child:
        child.wait_for("= deaf")
    assert child.ended() == -9


def test_processor_time() -> None:
    """It grows with work; that of everybody is more than our own; the dead have none."""
    before, everybody = processes.cpu_seconds(os.getpid()), processes.machine_cpu_seconds()
    while processes.cpu_seconds(os.getpid()) < before + 0.05:
        sum(range(10_000))
    assert processes.machine_cpu_seconds() > everybody
    assert processes.cpu_seconds(2**22 + 1) == processes.rss_mb(2**22 + 1) == 0


def test_processor_time_of_threads() -> None:
    """By name; the first is called what it is. A process that is gone has none."""
    stop = threading.Event()
    second = threading.Thread(target=stop.wait)
    second.start()
    try:
        found = processes.thread_seconds(os.getpid())
        assert found["main"] > 0
        assert len(found) > 1
    finally:
        stop.set()
        second.join()
    assert processes.thread_seconds(2**22 + 1) == {}


def test_free_ports() -> None:
    """Neighbours, the first one even, out of SIPp's way."""
    low, high = processes.free_range(10)
    assert high - low == 9
    assert low % 2 == 0
    assert low >= processes.LOWEST_PORT


def test_waiting_for_a_fact() -> None:
    """It is looked at until it holds, or until the time is over."""
    turns = iter([False, False, True])
    assert processes.until(lambda: next(turns), 5)
    assert not processes.until(lambda: False, 0.1)
