"""Calls of ours: from whom is to be called to a leg that rings there."""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.call import Destination, Dial, Ending, HangUp, Leg, LegState, Party, Reason, Result

NO_ANSWER = Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 408)
"""Whom we called has not answered in time."""


class Places(Protocol):
    """What makes a leg: `UserAgent`."""

    def dial(self, uri: str, caller: Party | None = None, trunk: str = "") -> Leg:
        """Call somebody, shown as `caller`, over a trunk of that name."""


class OutgoingCalls:
    """Keeps the contract `Dialler`. `instead`: host and port where all calls go, for rehearsals."""

    def __init__(self, agent: Places, instead: tuple[str, int] | None = None) -> None:
        self._agent = agent
        self._instead = instead
        self._loop = asyncio.get_running_loop()

    def __call__(self, dial: Dial) -> Leg:
        """Make a leg, which is let go if nobody answers in time."""
        to, trunk = dial.to, dial.trunk
        if self._instead is not None:
            to, trunk = Destination(to.user, *self._instead), ""
        leg = self._agent.dial(to.uri, dial.caller, trunk)
        self._loop.call_later(dial.rings_s, _give_up, leg)
        return leg


def _give_up(leg: Leg) -> None:
    if leg.state is LegState.RINGING:
        leg.execute(HangUp(NO_ANSWER))
