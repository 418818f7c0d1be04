"""What is in use anyway, on pages of 2 MB: the processor finds it sooner.

For each page that is touched the processor keeps an entry in its TLB, and a gateway with calls touches more
pages of 4 kB than there are entries. Where all the pages of 2 MB are there already they become one, which
takes no more memory than they did. What has holes is left alone: they would be filled, and what the allocator
has given back to the system would be taken again.
"""

from __future__ import annotations

import asyncio
import ctypes
import mmap
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from gateway.tasks import until_next_look

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 10.0
"""Seconds between two looks. One takes some ms on a thread that nobody waits for."""
HUGE = 2 << 20
"""Bytes of a huge page where others have 4 kB: x86-64, most of ARM."""
PAGES = HUGE // mmap.PAGESIZE
MADV_COLLAPSE = 25
"""Of madvise(2), since Linux 6.1. It does as it is told, whatever transparent_hugepage is set to."""

_libc = ctypes.CDLL(None)
_libc.madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
_libc.mincore.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p


async def keep_huge(calls: Callable[[], int], every: float = LOOK_EVERY_S) -> None:
    """Collapse soon after the start, and again while there are calls, until cancelled.

    `calls` returns how many there are. Ends by itself where the system cannot do it.
    """
    if not known_here():
        log.debug("memory.pages_small")
        return
    looked = False
    while True:
        await until_next_look(every)
        if calls() or not looked:
            await asyncio.to_thread(collapse)
            looked = True


def known_here() -> bool:
    """Return whether the system collapses pages when it is told to."""
    return bool(_libc.madvise(None, 0, MADV_COLLAPSE) == 0)


def collapse() -> None:
    """Have whole stretches of memory on huge pages, from any thread; others of Python go on meanwhile.

    Whoever needs something of the 2 MB that are just moved waits for some 0.3 ms.
    """
    for address in whole():
        _libc.madvise(address, HUGE, MADV_COLLAPSE)  # where no huge page is to be had all stays as it is


def whole() -> Iterator[int]:
    """Find the addresses of 2 MB each, where huge pages may be, that are resident without a hole."""
    resident = ctypes.create_string_buffer(PAGES)
    for begin, end in _private_memory():
        for address in range(-(-begin // HUGE) * HUGE, end - HUGE + 1, HUGE):
            if _libc.mincore(address, HUGE, resident) == 0 and all(page & 1 for page in resident.raw):
                yield address


def _private_memory() -> Iterator[tuple[int, int]]:
    """Find what can be written, is nobody else's, and belongs to no file (proc_pid_maps(5))."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        addresses, may, _, _, inode, *_ = line.split(maxsplit=5)
        if may == "rw-p" and inode == "0":
            begin, _, end = addresses.partition("-")
            yield int(begin, 16), int(end, 16)
