"""A program in a terminal of its own, as in a window: read what it shows, press Ctrl-C, close the window."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.equipment import patience
from tests.equipment.process import ROOT

_NOT_THERE = re.compile(r"[^\n]*\r\x1b\[K|\^C")
"""What a line showed before it was written over, and how the terminal shows Ctrl-C."""


class Terminal:
    """The window. Closing it is what its end does in any case."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> None:
        self._screen, terminal = pty.openpty()
        self._shown = ""
        self._news = threading.Condition()
        self._over = self._closing = False
        # As a shell in a new window does: a session whose controlling terminal this is. Who sits there is to
        # be heard when he hangs up, whoever runs the tests (nohup).
        self.popen = subprocess.Popen(
            ["setsid", "--ctty", "env", "--default-signal=HUP,INT", *command],
            cwd=cwd,
            env=env,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        self._reader = threading.Thread(target=self._read, name="screen", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        self.close()

    @property
    def lines(self) -> list[str]:
        """The lines that it shows, without empty ones."""
        text = _NOT_THERE.sub("", self._shown.replace("\r\n", "\n"))
        return [line for line in text.split("\n") if line.strip()]

    def wait_for(self, text: str, patient_seconds: float = 10) -> None:
        """Wait until a text was shown, be it written over by now."""
        with self._news:
            told = self._news.wait_for(
                lambda: text in self._shown or self._over, patience.seconds(patient_seconds)
            )
            assert told, self._shown
            assert text in self._shown, self._shown

    def press_ctrl_c(self) -> None:
        """Interrupt whatever runs in front."""
        os.write(self._screen, b"\x03")

    def close(self) -> None:
        """Close the window: the kernel sends SIGHUP, and what is written from now on fails."""
        self._closing = True
        self._reader.join()

    def wait(self, patient_seconds: float = 10) -> int:
        """Wait for the end of the program; return its exit code, or minus the signal that ended it."""
        code = self.popen.wait(patience.seconds(patient_seconds))
        if not self._closing:
            with self._news:
                self._news.wait_for(lambda: self._over, patience.seconds(patient_seconds))
        return code

    def _read(self) -> None:
        # Not blocked in a read: the kernel would keep the window open for that, whoever closes it.
        ready = select.poll()
        ready.register(self._screen, select.POLLIN)
        while not self._closing:
            if not ready.poll(20):
                continue
            try:
                more = os.read(self._screen, 4096)
            except OSError:  # EIO: nobody has the terminal open any more
                break
            with self._news:
                self._shown += more.decode(errors="replace")
                self._news.notify_all()
        os.close(self._screen)
        with self._news:
            self._over = True
            self._news.notify_all()
