"""Who hears whom when ports are joined: the contract of `PortJoin`, and what each role of an agent means.

All of it happens between hearing and speaking of one tick, so a join adds no delay of its own. Each port
hears the others at its own line's rate; where two lines have the same rate, sample by sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.call import AgentRole

MOST_JOINED = 8
"""Ports of one join."""


@dataclass(frozen=True, slots=True)
class JoinRoute:
    """What one port of a join hears; ports by their places in it."""

    callers: tuple[int, ...]
    """Whose callers its phone hears; its own is left out anyway."""
    agents: tuple[int, ...]
    """What was played to which ports its phone hears (`MediaPort.play`)."""
    ear: tuple[int, ...]
    """Whose callers its `read` gives, summed; with none it gives nothing at all."""


HOME, OTHER = 0, 1
"""Places in a join of two: the port with the agent, and the one it is joined with."""

_EARS = {role: () if role is AgentRole.OUT else (HOME, OTHER) for role in AgentRole}
_HOME_HEARS = {
    AgentRole.OUT: (HOME,),
    AgentRole.LISTENS: (),
    AgentRole.WHISPERS: (HOME,),
    AgentRole.WHISPERS_ACROSS: (),
    AgentRole.TALKS: (HOME,),
}
_OTHER_HEARS = {
    AgentRole.WHISPERS_ACROSS: (HOME, OTHER),
    AgentRole.TALKS: (HOME, OTHER),
}


def routes(role: AgentRole) -> tuple[JoinRoute, JoinRoute]:
    """Return what two ports hear, the one with the agent first. See `AgentRole`."""
    return (
        JoinRoute(callers=(OTHER,), agents=_HOME_HEARS[role], ear=_EARS[role]),
        JoinRoute(callers=(HOME,), agents=_OTHER_HEARS.get(role, (OTHER,)), ear=()),
    )


class PortJoin(Protocol):
    """Ports that hear each other. Made by `MediaPlane.join`; asyncio's thread. Let go, it parts."""

    def route(self, routes: Sequence[JoinRoute]) -> None:
        """Change what each hears, from the next tick on. Raises ValueError unless there is one for each."""

    def part(self) -> None:
        """Undo it; each port is again as it was alone. Idempotent."""


class Sound(Protocol):
    """Music in memory, shared by all ports that play it (`MediaPlane.sound`, `MediaPort.music`)."""
