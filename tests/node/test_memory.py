"""What calls leave behind in the allocator goes back to the system."""

from __future__ import annotations

import asyncio
import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.node import memory
from tests.equipment import patience

BLOCKS = 100_000
SIZE = 500


def rss_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def fragment(libc: ctypes.CDLL) -> int:
    """Take 50 MB in small pieces and free nearly all, so that some stand in the way of the rest."""
    libc.malloc.restype = ctypes.c_void_p
    blocks = [libc.malloc(SIZE) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, SIZE)
    for number, block in enumerate(blocks):
        if number % 1000:
            libc.free(ctypes.c_void_p(block))
    return rss_kb()


def test_what_is_free_goes_back() -> None:
    """Where pieces in use stand between free ones, too."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        pytest.skip("only glibc keeps it, and only glibc can be told")
    before = fragment(libc)
    memory.trim()
    assert before - rss_kb() > BLOCKS * SIZE // 1024 // 2


async def test_it_is_done_after_calls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process at rest is left alone."""
    calls, trimmed = 0, 0

    def trim() -> None:
        nonlocal trimmed
        trimmed += 1

    monkeypatch.setattr(memory, "trim", trim)
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(memory.keep_trimmed(lambda: calls, every=0.01))
        await asyncio.sleep(0.1)
        assert trimmed == 0
        calls = 3
        async with patience.within(5):
            while not trimmed:  # noqa: ASYNC110 - the thread sets no event
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert trimmed == memory.LOOKS_AFTER_CALLS, "until the last transaction has ended"
        keeper.cancel()


LARGE_ONES = """
import ctypes, pathlib
from gateway.node import memory
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def rss_kb():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4
memory.set_large_apart()
large, small = [], []
for _ in range(100):
    large.append(libc.malloc(memory.LARGE_BYTES))
    small.append(libc.malloc(500))
    ctypes.memset(large[-1], 1, memory.LARGE_BYTES)
before = rss_kb()
for block in large:
    libc.free(ctypes.c_void_p(block))
print(before - rss_kb())
"""


def test_what_is_large_goes_back_at_once() -> None:
    """However much that is small was asked for beside it."""
    if not hasattr(ctypes.CDLL(None), "mallopt"):
        pytest.skip("only glibc can be told")
    freed = subprocess.run([sys.executable, "-c", LARGE_ONES], check=True, capture_output=True, timeout=60)
    assert int(freed.stdout) > 0.6 * 100 * memory.LARGE_BYTES / 1024
