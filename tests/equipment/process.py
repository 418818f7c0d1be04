"""A program under test as a process of its own: started, read line by line, stopped by its pid.

Its log is JSON lines on stderr; `wait_for` waits for one, and whatever goes wrong shows the log's end.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from tests.equipment import elsewhere, patience

ROOT = Path(__file__).parent.parent.parent

Line = Mapping[str, Any]

# A test run that is killed leaves no servers behind: the kernel ends them with us (PR_SET_PDEATHSIG). A run
# in the background of a script ignores SIGINT, one under nohup SIGHUP, and so would they.
_LEASH = ("setpriv", "--pdeathsig", "TERM", "--", "env", "--default-signal=HUP,INT")
_ON_A_LEASH = _LEASH if shutil.which("setpriv") else ()


class Ended(AssertionError):
    """The process is over, or did not say in time what a test waited for; the message holds its log."""


class Process:
    """One running program and everything it has written."""

    running_now: ClassVar[weakref.WeakSet[Process]] = weakref.WeakSet()
    """Every one that was not stopped yet, so that a failing test can show their logs."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> None:
        self.command = list(command)
        self.text: list[str] = []
        """Everything from stdout and stderr, line by line."""
        self.log: list[Line] = []
        """The lines that are JSON objects."""
        self._news = threading.Condition()
        self._done = False
        self._reading = threading.Event()
        self._reading.set()
        self.popen = subprocess.Popen(
            [*elsewhere.here(), *_ON_A_LEASH, *self.command],
            cwd=cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, name="log-reader", daemon=True)
        self._reader.start()
        Process.running_now.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.popen.pid

    @property
    def running(self) -> bool:
        """True until it has ended."""
        return self.popen.poll() is None

    def events(self, event: str, **fields: object) -> list[Line]:
        """Log lines of one event whose fields have the given values."""
        with self._news:
            return [
                line for line in self.log if line.get("event") == event and fields.items() <= line.items()
            ]

    def wait_for(self, wanted: Callable[[Line], object], patient_seconds: float = 10, what: str = "") -> Line:
        """Wait for a log line, old or new."""
        deadline = time.monotonic() + patience.seconds(patient_seconds)
        seen = 0
        with self._news:
            while True:
                for line in self.log[seen:]:
                    if wanted(line):
                        return line
                seen = len(self.log)
                left = deadline - time.monotonic()
                if self._done or left <= 0:
                    how = f"ended with {self.popen.poll()}" if self._done else "kept silent"
                    raise Ended(
                        f"{' '.join(self.command)} {how}, waiting for {what or 'a line'}\n{self.tail()}"
                    )
                self._news.wait(left)

    async def said(self, event: str, patient_seconds: float = 10, **fields: object) -> Line:
        """Wait for a log line of an event without blocking the loop."""

        def wanted(line: Line) -> bool:
            return line.get("event") == event and fields.items() <= line.items()

        return await asyncio.to_thread(self.wait_for, wanted, patient_seconds, event)

    def read(self, on: bool) -> None:
        """Stop reading what it writes, or go on: a pipe that nobody reads fills up."""
        if on:
            self._reading.set()
        else:
            self._reading.clear()

    def tail(self, lines: int = 60) -> str:
        """Return the end of what it wrote."""
        return "".join(f"    | {line}\n" for line in self.text[-lines:])

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Halt it, with all of its threads, while the block lasts: some run on after SIGSTOP is sent."""
        self.popen.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)
        try:
            yield
        finally:
            self.popen.send_signal(signal.SIGCONT)

    def stop(self, patient_seconds: float = 15, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal (SIGTERM) and wait for the end; killing one that stays is an error."""
        if self.running:
            self.popen.send_signal(how)
        return self.wait(patient_seconds)

    def wait(self, patient_seconds: float = 15) -> int:
        """Wait for the end and give the exit code."""
        try:
            code = self.popen.wait(patience.seconds(patient_seconds))
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise Ended(f"{' '.join(self.command)} did not end\n{self.tail()}") from None
        finally:
            self._reader.join(2)
            Process.running_now.discard(self)
        return code

    def cpu_seconds(self) -> float:
        """Processor time it has used so far, all threads, without its children."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kb(self) -> int:
        """Resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def descriptors(self) -> int:
        """Open file descriptors."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def _read(self) -> None:
        assert self.popen.stdout
        for text in self.popen.stdout:
            self._reading.wait()
            line = _json(text)
            with self._news:
                self.text.append(text.rstrip("\n"))
                if line is not None:
                    self.log.append(line)
                self._news.notify_all()
        with self._news:
            self._done = True
            self._news.notify_all()
        self.popen.stdout.close()


def python(*arguments: str) -> list[str]:
    """Return the command that runs our own interpreter."""
    return [sys.executable, *arguments]


def _json(text: str) -> Line | None:
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
