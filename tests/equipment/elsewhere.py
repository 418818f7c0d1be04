"""The phones of a test stand for other machines: what this one is busy with must not make them stutter.

Where we may (as root), the thread that holds the phones goes before what else runs here; the programs under
test do not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

AHEAD = -10
"""Niceness: nine tenths of a processor that is shared with one other program (setpriority(2), sched(7))."""


@contextmanager
def as_elsewhere() -> Iterator[None]:
    """Let this thread, and those that it starts meanwhile, go first."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, min(before, AHEAD))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)


def here() -> tuple[str, ...]:
    """Return the words before a command that is to run like any other on this machine."""
    ahead = -os.getpriority(os.PRIO_PROCESS, 0)
    return ("nice", "-n", str(ahead)) if ahead > 0 else ()
