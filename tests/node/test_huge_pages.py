"""Memory that is in use without a hole comes onto pages of 2 MB, and no other."""

from __future__ import annotations

import asyncio
import ctypes
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from gateway.node import huge_pages
from tests.equipment import patience

HUGE = huge_pages.HUGE
SOUND = bytes(range(256)) * (HUGE // 256)


class Stretches:
    """Some 2 MB of our own, one after the other, nothing of it resident yet."""

    def __init__(self, number: int) -> None:
        self.memory = mmap.mmap(-1, (number + 1) * HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.memory.madvise(mmap.MADV_DONTFORK)  # which keeps the system from adding it to a neighbour
        self.begin = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self._first = -self.begin % HUGE

    def fill(self, stretch: int) -> None:
        self.memory[self._at(stretch) : self._at(stretch + 1)] = SOUND

    def punch(self, stretch: int) -> None:
        """Give a page back to the system."""
        self.memory.madvise(mmap.MADV_DONTNEED, self._at(stretch) + 7 * mmap.PAGESIZE, mmap.PAGESIZE)

    def holds(self, stretch: int) -> bool:
        """Return whether what was filled in is there."""
        return self.memory[self._at(stretch) : self._at(stretch + 1)] == SOUND

    def kb(self, key: str) -> int:
        """Return what the system says of all of them (proc_pid_smaps(5))."""
        smaps = Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace")
        _, ours = smaps.split(f"\n{self.begin:x}-", 1)
        found = re.search(rf"^{key}: +(\d+) kB$", ours, re.MULTILINE)
        assert found is not None
        return int(found[1])

    def _at(self, stretch: int) -> int:
        return self._first + stretch * HUGE


@pytest.fixture
def stretches() -> Iterator[Stretches]:
    if not huge_pages.known_here():
        pytest.skip("Linux before 6.1, or without transparent huge pages")
    made = Stretches(3)
    yield made
    made.memory.close()


def test_what_is_whole_is_moved(stretches: Stretches) -> None:
    """Onto one page, with all that is in it, for no more memory."""
    stretches.fill(0)
    before = stretches.kb("Rss")
    huge_pages.collapse()
    assert stretches.kb("AnonHugePages") == HUGE // 1024
    assert stretches.kb("Rss") == before
    assert stretches.holds(0)


def test_what_has_a_hole_is_left_alone(stretches: Stretches) -> None:
    """What was given back stays so."""
    stretches.fill(0)
    stretches.fill(1)
    stretches.punch(1)
    before = stretches.kb("Rss")
    huge_pages.collapse()
    assert stretches.kb("AnonHugePages") == HUGE // 1024
    assert stretches.kb("Rss") == before


def test_what_is_given_back_later_goes(stretches: Stretches) -> None:
    """A page of the 2 MB, too."""
    stretches.fill(0)
    huge_pages.collapse()
    before = stretches.kb("Rss")
    stretches.punch(0)
    assert stretches.kb("Rss") == before - mmap.PAGESIZE // 1024


async def test_it_is_done_once_and_while_there_are_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process at rest is left alone."""
    calls, done = 0, 0

    def collapse() -> None:
        nonlocal done
        done += 1

    monkeypatch.setattr(huge_pages, "known_here", lambda: True)
    monkeypatch.setattr(huge_pages, "collapse", collapse)
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(huge_pages.keep_huge(lambda: calls, every=0.01))
        await asyncio.sleep(0.1)
        assert done == 1
        calls = 1
        async with patience.within(5):
            while done < 3:  # noqa: ASYNC110 - the thread sets no event
                await asyncio.sleep(0.01)
        keeper.cancel()


async def test_where_it_is_unknown_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody looks again."""
    monkeypatch.setattr(huge_pages, "known_here", lambda: False)
    with structlog.testing.capture_logs() as lines:
        async with patience.within(5):
            await huge_pages.keep_huge(lambda: 1, every=0.01)
    assert [line["event"] for line in lines] == ["memory.pages_small"]
