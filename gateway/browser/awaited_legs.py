"""Legs that the gateway rings at a browser: of a call that an operator takes over.

Each is expected under a name that nobody can guess; whoever rings by another is turned away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway.call import Answer, Ending, HangUp, Reason, Result, Ring, UseCodecs
from gateway.sip.leg import SipLeg

BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)


class AwaitedLegs:
    """Those of one process."""

    def __init__(self) -> None:
        self._awaited: dict[str, asyncio.Future[SipLeg]] = {}

    def expect(self, name: str) -> Callable[[str], Awaitable[SipLeg]]:
        """Wait for a leg of this name from now on; return what answers it, once it rings.

        With a codec it speaks that alone, and hands its line over.
        """
        rings: asyncio.Future[SipLeg] = asyncio.get_running_loop().create_future()
        self._awaited[name] = rings

        async def answered(codec: str) -> SipLeg:
            leg = await rings
            if codec:
                leg.port.hand_over()
                leg.execute(UseCodecs((codec,)))
            leg.execute(Answer())
            return leg

        return answered

    def forget(self, name: str) -> None:
        """Expect it no more; one that rings still is turned away."""
        rings = self._awaited.pop(name, None)
        if rings is not None and not rings.done():
            rings.cancel()

    def ring_in(self, leg: SipLeg) -> None:
        """Take a leg that rings."""
        rings = self._awaited.get(leg.info.called.user)
        if rings is None or rings.done():
            leg.execute(HangUp(BUSY))
            return
        leg.execute(Ring())
        rings.set_result(leg)
