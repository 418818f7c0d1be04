"""Few descriptors left in the tests' own process, for a moment."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
from collections.abc import Iterator


@contextlib.contextmanager
def descriptors(spare: int) -> Iterator[None]:
    """Leave so many more descriptors to be opened, or a few more that somebody closes meanwhile."""
    gc.collect()  # sockets of earlier tests, too, that nobody has closed
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = filter(_is_free, range(before))
    for _ in range(spare):
        next(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next(free), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def _is_free(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False


def are_left() -> int:
    """Count what can still be opened, 100 at most."""
    opened: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while len(opened) < 100:
                opened.append(os.dup(0))
    finally:
        for number in opened:
            os.close(number)
    return len(opened)
