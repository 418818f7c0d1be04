"""Says which step runs and for how long; keeps everything the steps print in one log file."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from . import CannotBuildError

COMMAND = "$ "
SAY_EVERY_S = 5.0
"""Between two words about a step that goes on, where there is no line to write over."""
ERRORS = (
    re.compile(r":\d+: (fatal )?error: "),  # compilers
    re.compile(r"^E: "),  # apt
    re.compile(r"^CMake Error"),
    re.compile(r"\b[A-Z]\w*Error: "),  # Python
    re.compile(r"\berror: ", re.IGNORECASE),
)


class Progress:
    """Numbered steps on `out`: one live line on a terminal; elsewhere a line at each end and some between."""

    def __init__(self, name: str, steps: int, log: Path, out: TextIO | None = None) -> None:
        self._name = name
        out = out or sys.stderr  # looked up now, so that whoever redirects it later is heard
        self.log = log
        self._out = out
        self._live = out.isatty()
        self._steps = steps
        self._step = 0
        self._title = ""
        self._began = self._step_began = self._said = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Count one step and time it."""
        self._step += 1
        self._title = title
        self._step_began = time.monotonic()
        if not self._live:
            self._line(f"{self._head()} ...")
        yield
        self._line(f"{self._head()}: done in {_clock(time.monotonic() - self._step_began)}")

    def say(self, text: str) -> None:
        """Print a line between steps."""
        self._line(f"{self._name}: {text}")

    def total(self) -> str:
        """Return the time since the start as m:ss."""
        return _clock(time.monotonic() - self._began)

    def run(
        self, command: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        """Run a command into the log, showing its last line; raise CannotBuildError if it fails."""
        with self.log.open("ab") as log:
            log.write(f"\n{COMMAND}{' '.join(command)}\n".encode())
            log.flush()
            try:
                process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                    command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            except FileNotFoundError as error:
                raise CannotBuildError(f"{command[0]} is not installed") from error
            with process:
                self._watch(process)
        if process.returncode:
            raise CannotBuildError(
                f"{self._title}: {_why(self.log)} ({Path(command[0]).name} ended with {process.returncode}; "
                f"everything it said is in {self.log})"
            )

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        while True:
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                self._tick(_last_line(self.log))
            else:
                return

    def _tick(self, detail: str) -> None:
        now = time.monotonic()
        text = f"{self._head()} {_clock(now - self._step_began)}  {detail}"
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._out.write(f"\r\x1b[K{text[:width]}")
            self._out.flush()
        elif now - self._said >= SAY_EVERY_S:
            self._line(text)

    def _head(self) -> str:
        number = f" [{self._step}/{self._steps}]" if self._steps > 1 else ""
        return f"{self._name}:{number} {self._title}"

    def _line(self, text: str) -> None:
        self._said = time.monotonic()
        self._out.write(f"\r\x1b[K{text}\n" if self._live else f"{text}\n")
        self._out.flush()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _tail(log: Path, size: int) -> list[str]:
    """Return what the command that runs has said of late, from the last `size` bytes of the log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size))
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    starts = [number for number, line in enumerate(lines) if line.startswith(COMMAND)]
    return lines[starts[-1] + 1 :] if starts else lines


def _last_line(log: Path) -> str:
    return (_tail(log, 4096) or [""])[-1].strip()


def _why(log: Path) -> str:
    """Return the line that says most about a failure: the surest kind of error first, else the last line."""
    # Far enough back: a compiler's neighbour at make -j may still print a screenful after an error.
    tail = [line.strip(" |") for line in _tail(log, 1 << 18)]
    for kind in ERRORS:
        for line, following in zip(tail, [*tail[1:], ""], strict=False):
            if kind.search(line):
                # CMake names the place first and the reason in the next line.
                return f"{line} {following}" if line.endswith(":") else line
    return (tail[-1:] or ["it said nothing"])[0]
