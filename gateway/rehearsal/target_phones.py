"""Whom plans put callers through to, or call: one phone that is called in place of all of them.

It is asked who was called by the gateway that calls, and does what the rehearsal says of that target; a call
that a rehearsal has had made is that rehearsal's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.call import (
    Answer,
    Answered,
    Ending,
    FinishItem,
    HangUp,
    Leg,
    LegFact,
    Play,
    Reason,
    Result,
    Ring,
    read_destination,
)
from gateway.dialplan import Plan
from gateway.dialplan.model.targets import DIGITS
from gateway.sip.leg import SipLeg

Behaviour = Literal["answers", "busy", "silent"]
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)
GREETING = "You are through to {name}."
"""What whoever answers says, so that a rehearsal can hear whom it came to."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """One target of some plans: what it does when it is called, and what it says (PCM16LE 24 kHz)."""

    name: str
    behaviour: Behaviour
    greeting: bytes = b""


class TargetPhones:
    """All targets of all gateways that rehearse; `ring_in` is told of each call that comes."""

    def __init__(self) -> None:
        self._of: dict[str, Mapping[str, StandIn]] = {}
        self._expected: dict[tuple[str, str], deque[asyncio.Future[SipLeg]]] = {}

    def stand_in(self, sip: str, targets: Mapping[str, StandIn]) -> None:
        """Be the targets of the gateway at `sip`, by the user parts of their addresses; "": of any other."""
        self._of[sip] = targets

    def expects(self, sip: str, user: str) -> asyncio.Future[SipLeg]:
        """Return what is done with the next call of the gateway at `sip` to this user."""
        came: asyncio.Future[SipLeg] = asyncio.get_running_loop().create_future()
        self._expected.setdefault((sip, user), deque()).append(came)
        return came

    def ring_in(self, leg: SipLeg) -> None:
        """Take a call. Whoever is called by a stranger, or as nobody, is busy."""
        waiting = self._expected.get((leg.info.source, leg.info.called.user))
        while waiting:
            if not (came := waiting.popleft()).done():  # nobody waits any more for one that is
                came.set_result(leg)
                return
        targets = self._of.get(leg.info.source, {})
        target = targets.get(leg.info.called.user, targets.get(""))
        if target is None or target.behaviour == "busy":
            leg.execute(HangUp(BUSY))
            return
        leg.listen(_says(leg, target), lambda _pcm: None)
        leg.execute(Ring())
        if target.behaviour == "answers":
            leg.execute(Answer())


def _says(leg: Leg, target: StandIn) -> Callable[[LegFact], None]:
    def on_fact(fact: LegFact) -> None:
        if isinstance(fact, Answered) and target.greeting:
            leg.execute(Play("greeting", target.greeting))
            leg.execute(FinishItem("greeting", awaited=True))

    return on_fact


def names_of(plans: Mapping[str, Plan]) -> dict[str, str]:
    """Return the targets of plans: name by user part of the address, "" for whatever digits are dialled."""
    return {
        "" if DIGITS in target.to else read_destination(target.to).user: name
        for plan in plans.values()
        for name, target in plan.targets.items()
    }
