"""Memory that calls need no more, given back to the system.

A call's dialog and transactions live on for up to 32 s (RFC 3261 section 17), about 50 kB each. What lies
between them when they are freed at last glibc keeps for itself, all but the end of its heap: after a busy
minute a process would look as if it leaked what it needed then (malloc_trim(3)).
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable
from typing import NoReturn

from gateway.tasks import until_next_look

TRIM_EVERY_S = 10.0
"""Seconds between two looks. Trimming takes some 5 ms on a thread that nobody waits for."""
LOOKS_AFTER_CALLS = 5
"""Looks at which it is done after a call has come: what its set-up needed is free within seconds, its
transactions end up to 32 s after the call."""

LARGE_BYTES = 256 * 1024
"""What is as large has pages of its own, and they are the system's again as soon as it is freed. What is
smaller, such as an answer's sound on its way to the caller, comes and goes with each turn: it gets memory
that is there already, as each new page costs some microseconds."""
_KEPT_FREE = LARGE_BYTES * 3 // 2
"""Bytes at the heap's end that stay with us, for the next of those."""
MOST_LARGE = 16_384
"""Such pieces at once: a system has 65 530 maps for a process (vm.max_map_count)."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
"""What mallopt(3) calls them."""

_trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Only glibc has it, and the next."""
_mallopt: Callable[[int, int], int] | None = getattr(ctypes.CDLL(None), "mallopt", None)


def trim() -> None:
    """Give back what is free, from any thread; other threads of Python go on meanwhile."""
    if _trim is not None:
        _trim(0)


def set_large_apart() -> None:
    """Have large pieces apart from small ones, from now on."""
    if _mallopt is not None:
        _mallopt(_MMAP_THRESHOLD, LARGE_BYTES)
        _mallopt(_MMAP_MAX, MOST_LARGE)
        _mallopt(_TRIM_THRESHOLD, _KEPT_FREE)


async def keep_trimmed(calls: Callable[[], int], every: float = TRIM_EVERY_S) -> NoReturn:
    """Trim after calls, until cancelled; `calls` returns how many there were so far."""
    seen, left = calls(), 0
    while True:
        await until_next_look(every)
        if (now := calls()) != seen:
            seen, left = now, LOOKS_AFTER_CALLS
        if left:
            left -= 1
            await asyncio.to_thread(trim)
