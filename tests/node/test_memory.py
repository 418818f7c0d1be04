"""What calls leave behind in the allocator goes back to the system."""

from __future__ import annotations

import asyncio
import ctypes
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
