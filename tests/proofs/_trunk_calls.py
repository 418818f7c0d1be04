"""What proofs of trunks share: how a leg speaks, and whether somebody has heard it."""

from __future__ import annotations

import asyncio
import sys
import time

import numpy as np

from gateway.call import Ending, Play, Reason, Result
from tests.equipment import tone
from tests.equipment.tone import Pcm
from tests.sip.conftest import Exchange, Listening

SAYS_MS = 2000
HERTZ = 440
HUNG_UP = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
SHARE = 0.5
"""Of the loudness of what is heard that has to be the tone's."""


def heard(pcm: Pcm, rate: int, hertz: int = HERTZ, ms: int = SAYS_MS) -> bool:
    """Return whether there is the tone in it, for half of the time that it was said."""
    pieces = [pcm[at : at + rate // 5] for at in range(0, max(0, len(pcm) - rate // 5), rate // 5)]
    good = sum(tone.share(one, hertz, rate=rate) > SHARE and tone.level_db(one) > -45 for one in pieces)
    return good * 200 >= ms / 2


async def says(leg: Listening, ms: int = SAYS_MS) -> None:
    """Play the tone as an agent would, while the other side does."""
    leg.leg.execute(Play("tone", tone.sine(HERTZ, ms, rate=24_000).tobytes()))
    await asyncio.sleep(ms / 1000 + 0.5)


def hears(leg: Listening, hertz: int = HERTZ, ms: int = SAYS_MS) -> bool:
    """Return whether a leg has heard the tone."""
    return heard(np.frombuffer(leg.heard, "<i2"), 24_000, hertz, ms)


async def registered(running: Exchange, seconds: float = 30) -> None:
    """Wait until all trunks are, and write down how they stand."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not all(  # noqa: ASYNC110 - nobody is told
        one.state == "registered" for one in running.agent.trunks.views
    ):
        await asyncio.sleep(0.2)
    for one in running.agent.trunks.views:
        sys.stdout.write(f"{one.name:5} {one.state} {one.algorithm} {one.detail}\n")
