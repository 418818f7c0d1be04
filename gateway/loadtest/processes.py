"""The programs of a load test as children: started, read, measured, and ended by their process id."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from gateway.errors import GatewayError

READY_WITHIN = 60.0
"""Seconds until a program takes calls; engines with speech need some."""
GONE_WITHIN = 10.0
LOWEST_PORT, HIGHEST_PORT = 12000, 32000
_TICKS = os.sysconf("SC_CLK_TCK")
_PAUSE = threading.Event()
"""Never set: waiting on it is a pause that a signal may cut short."""


class ProgramFailed(GatewayError):
    """A program of the load test ended, or did not begin; the message holds the end of its log."""


def pause(seconds: float) -> None:
    """Let time pass."""
    _PAUSE.wait(seconds)


class Program:
    """One child. Its output goes to a file, so that nobody has to keep up with it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as output:
            self._popen = subprocess.Popen(  # noqa: S603 - our own command
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._popen.poll()

    def wait_for(self, *events: str) -> dict[str, object]:
        """Wait for a JSON log line of one of these events."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and self.ended() is None:
            for text in self.log.read_bytes().splitlines():
                if text.startswith(b"{") and any(event.encode() in text for event in events):
                    return dict(orjson.loads(text))
            pause(0.05)
        how = "did not begin in time" if self.ended() is None else f"ended with {self.ended()}"
        raise ProgramFailed(f"{' '.join(self.command)} {how}:\n{self.tail()}")

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ask it to end, then end it."""
        if self.ended() is None:
            self._popen.send_signal(signal.SIGTERM)
            try:
                self._popen.wait(GONE_WITHIN)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and all its threads so far; proc(5), fields 14 and 15 of stat."""
    with contextlib.suppress(OSError):
        return _seconds(Path(f"/proc/{pid}/stat").read_text(encoding="ascii"))
    return 0.0


def thread_seconds(pid: int) -> dict[str, float]:
    """Processor time of a process so far by its threads' names, those of one name together.

    The first thread, which in a Python program is the one that runs it, is `main`.
    """
    found: dict[str, float] = {}
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            text = stat.read_text(encoding="ascii", errors="replace")
            name = "main" if stat.parent.name == str(pid) else text.partition("(")[2].rpartition(")")[0]
            found[name] = found.get(name, 0.0) + _seconds(text)
    return found


def _seconds(stat: str) -> float:
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(pid: int) -> float:
    """Resident memory."""
    with contextlib.suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    return 0.0


def descriptors(pid: int) -> int:
    """Open file descriptors."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are enough, and there may be thousands
    return 0


def machine_cpu_seconds() -> float:
    """Processor time spent by everybody since the machine began: all but idle and waiting for disks."""
    fields = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / _TICKS


def python(*arguments: str) -> list[str]:
    """The command that runs our own interpreter."""
    return [sys.executable, *arguments]


def free_port() -> int:
    """A port that is free for UDP and TCP."""
    return free_range(1)[0]


def free_range(count: int) -> tuple[int, int]:
    """Neighbouring free ports, the first one even, below those that the kernel hands out by itself.

    And above those with which SIPp begins: its callers' audio takes port after port from 8192.
    """
    for _ in range(200):
        low = random.randrange(LOWEST_PORT, HIGHEST_PORT - count, 2)  # noqa: S311 - no secret
        if all(is_free(port) for port in range(low, low + count)):
            return low, low + count - 1
    raise ProgramFailed(f"no {count} neighbouring free ports between {LOWEST_PORT} and {HIGHEST_PORT}")


def is_free(port: int) -> bool:
    """Return whether a port of the loopback is free for UDP and TCP."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def until(fact: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; False when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        pause(0.05)
    return fact()
