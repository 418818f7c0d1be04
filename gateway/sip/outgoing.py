"""Calls of ours: from whom is to be called to a leg that rings there.

Every call that this process makes comes through here, whoever wants it: a transfer, an operator, a campaign.
So here is the last look at what may not be called (`gateway.sip.ways`).
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.call import Destination, Dial, Ending, HangUp, Leg, LegState, Party, Reason, Result
from gateway.sip.ways import Ways

NO_ANSWER = Ending(Result.FAILED, Reason.NO_ANSWER, 408)
"""Whom we called has not answered in time."""


class Places(Protocol):
    """What makes a leg: `UserAgent`."""

    def dial(self, uri: str, caller: Party | None = None, trunk: str = "", *, call_id: str = "") -> Leg:
        """Call somebody, shown as `caller`, over a trunk of that name."""


class OutgoingCalls:
    """Keeps the contract `Dialler`. `instead`: host and port where all calls go, for rehearsals."""

    def __init__(
        self, agent: Places, ways: Ways | None = None, instead: tuple[str, int] | None = None
    ) -> None:
        self._agent = agent
        self._ways = ways or Ways()
        self._instead = instead
        self._loop = asyncio.get_running_loop()

    def __call__(self, dial: Dial) -> Leg:
        """Make a leg, which is let go if nobody answers in time. Raises NumberBarred."""
        if not dial.written_out:
            self._ways.check(dial.to, dial.trunk)
        to, trunk = dial.to, dial.trunk
        if self._instead is not None:
            to, trunk = Destination(to.user, *self._instead), ""
        leg = self._agent.dial(to.uri, dial.caller, trunk, call_id=dial.call_id)
        self._loop.call_later(dial.rings_s, _give_up, leg)
        return leg


def _give_up(leg: Leg) -> None:
    if leg.state is LegState.RINGING:
        leg.execute(HangUp(NO_ANSWER))
