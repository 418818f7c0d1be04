"""How fast a core is just now: what a fixed piece of work costs there while something else is measured.

A virtual machine's core is up to twice as slow at some moments as at others, whoever else is on the host, and
CPU time grows with it. What two programs cost, one after the other, is comparable when each is divided by
this. The work takes less than a hundredth of the core, in a process of its own.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

WORK = """
import hashlib, os, statistics, sys, time
core = int(sys.argv[1])
os.sched_setaffinity(0, {core})
print(flush=True)
data, costs = bytes(range(256)) * 16, []

def work():
    counts = {}
    for number in range(600):
        counts[number & 63] = counts.get(number * 7 & 63, 0) + number
    for _ in range(4):
        hashlib.sha256(data).digest()
    return bytes(one ^ 0x55 for one in data[:1000])

os.set_blocking(0, False)
while True:
    before = time.thread_time()
    work()
    costs.append(time.thread_time() - before)
    if sys.stdin.buffer.read() is not None:
        break
    time.sleep(0.02)
print(statistics.fmean(costs))
"""
"""Ends with its input."""


@dataclass
class CoreSpeed:
    """What was found."""

    seconds: float = 0.0
    """The mean cost of a piece of work, in CPU time; none before the end."""


@contextlib.contextmanager
def watched(core: int) -> Iterator[CoreSpeed]:
    """Have the work done some times a second for as long as the block lasts."""
    speed = CoreSpeed()
    command = [sys.executable, "-c", WORK, str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as working:
        assert working.stdin is not None
        assert working.stdout is not None
        working.stdout.readline()  # it is there
        yield speed
        working.stdin.close()
        speed.seconds = float(working.stdout.read())
