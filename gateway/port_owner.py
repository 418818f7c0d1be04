"""Who holds a port of this machine, so that "address in use" can say what to stop.

Linux tells it in two places: /proc/net has each socket's inode, /proc/PID/fd the sockets of each process. A
user sees the latter of the own processes only, root of all.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"
"""TCP_LISTEN of the kernel's tcp_states.h: a connection that has the port as well stands in nobody's way."""
LOOK_S = 1.0
"""A look at a machine with very many processes ends after that long."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process. `gateway`: it is `gateway serve`, or started what has the port."""

    pid: int
    name: str
    gateway: bool = False

    def __str__(self) -> str:
        return f"pid {self.pid}, {'an earlier gateway' if self.gateway else self.name}"


def in_use(what: str, port: int, option: str) -> str:
    """Return a line for people: who has the port that `what` was to have, and what helps."""
    if (owner := find(port)) is None:
        return f"{what} is in use: stop the program that has it (root sees which), or choose another {option}"
    return f"{what} is in use by {owner}: stop it (kill {owner.pid}), or choose another {option}"


def find(port: int) -> Owner | None:
    """Return whom to stop so that another process receives no more at a port; None if we see none."""
    pid = holder(port)
    return None if pid is None else _described(pid)


def holder(port: int) -> int | None:
    """Return the pid of another process that receives at a port, by UDP or TCP; None if we see none."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    until = time.monotonic() + LOOK_S
    for folder in PROC.glob("[0-9]*") if wanted else ():
        if time.monotonic() > until:
            break
        if int(folder.name) != os.getpid() and not wanted.isdisjoint(_open(folder)):
            return int(folder.name)
    return None


def _inodes(port: int) -> Iterator[str]:
    for kind in ("udp", "udp6", "tcp", "tcp6"):
        with contextlib.suppress(OSError), (PROC / "self/net" / kind).open(encoding="ascii") as table:
            next(table)  # the heading
            for line in table:
                fields = line.split()
                local, state, inode = fields[1], fields[3], fields[9]
                receives = kind.startswith("udp") or state == LISTENING
                if receives and int(local.rpartition(":")[2], 16) == port:
                    yield inode


def _open(folder: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):  # gone, or somebody else's
        for descriptor in (folder / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(descriptor.readlink())


def _described(pid: int) -> Owner:
    command = _command(pid)
    # Its embedded agent or a worker: stopped alone, it would be begun again.
    started = _runs(command, "local") or _runs(command, "serve")
    if started and _runs(_command(parent := _parent(pid)), "serve"):
        return Owner(parent, "gateway", gateway=True)
    name = "".join(letter for letter in Path(command[0]).name if letter.isprintable()) or "a program"
    return Owner(pid, name, gateway=_runs(command, "serve"))


def _runs(command: list[str], verb: str) -> bool:
    """Return whether a command line is `gateway VERB`, or `python -m gateway VERB`."""
    return any(Path(word).name == "gateway" and following == verb for word, following in pairwise(command))


def _command(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return [""]


def _parent(pid: int) -> int:
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
