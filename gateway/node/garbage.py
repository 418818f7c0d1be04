"""Python's collector of cyclic garbage, kept from halting calls.

A full collection walks everything that lives, and nobody is served meanwhile; it begins each time a quarter
more of it lives than before. With 300 calls an interruption was up to 0.15 s late. A call that is over
leaves nothing to it: its objects go when nobody refers to them any more. So what has grown old is looked
through only while nobody calls, and what is young as ever.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import NoReturn

from gateway.tasks import until_next_look

NEVER = 1_000_000_000
"""Collections of the middle generation after which the old one would be looked through by itself."""
LOOK_EVERY_S = 30.0
AT_LAST = 2000
"""After so many calls it is done beside others, too: something of them may have left garbage after all."""


def leave_old_alone() -> None:
    """Have no full collection begin by itself, from now on."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)


async def keep_collected(
    up: Callable[[], int], taken: Callable[[], int], every: float = LOOK_EVERY_S
) -> NoReturn:
    """Look through what is old while nobody calls, until cancelled.

    `up` returns how many calls there are, `taken` how many there were so far.
    """
    done = taken()
    while True:
        await until_next_look(every)
        grown_old = gc.get_count()[2]
        if grown_old and (not up() or taken() - done >= AT_LAST):
            gc.collect()
            done = taken()
