"""When, with what and on which machine a load test was run: without it a figure cannot be compared."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

TOP = Path(__file__).parents[2]
"""Of the repository, where there is one."""
GIT_S = 5.0
"""Seconds that git may take to name the commit."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Each a line for people."""

    date: str
    """Local time, with its distance from UTC."""
    version: str
    """Of the gateway, with the commit where it runs from a repository."""
    machine: str
    system: str
    command: str
    """As it could be typed again."""

    def as_dict(self) -> Mapping[str, str]:
        """Return them by name, in this order."""
        return asdict(self)


def circumstances(now: datetime, arguments: Sequence[str]) -> Circumstances:
    """Return those of this process; `arguments` are the command's, without its name."""
    return Circumstances(
        now.astimezone().strftime("%Y-%m-%d %H:%M %z"),
        " ".join(filter(None, (importlib.metadata.version("sip-voice-gateway"), _commit(TOP)))),
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_memory_gb():.1f} GB",
        f"{_distribution()}, {platform.system()} {platform.release()}, Python {platform.python_version()}",
        shlex.join(["gateway", *arguments]),
    )


def this_run() -> Circumstances:
    """Return those of the command that runs."""
    return circumstances(datetime.now().astimezone(), sys.argv[1:])


def _commit(top: Path) -> str:
    """Return the commit that is checked out, and whether files were changed since; "" where there is none."""
    if not (top / ".git").exists():  # installed, perhaps inside somebody else's repository
        return ""
    command = ("git", "-C", str(top), "describe", "--always", "--dirty=, changed", "--exclude=*")
    try:
        answer = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, timeout=GIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"({answer.stdout.strip()})"


def _processor() -> str:
    """Return the model, from the first core of proc(5)'s cpuinfo; not every architecture has one there."""
    for line in _read("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
