"""Where a session may be had, and how the agent is to be there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.call import Instruct, KeepSilent
from gateway.realtime.providers import Provider
from gateway.realtime.settings import SessionSettings


@dataclass(frozen=True, slots=True)
class Route:
    """A provider of the plan, and the agent as it is to be there: voices and models have other names."""

    provider: Provider
    settings: SessionSettings

    def told(self, order: Instruct | KeepSilent) -> Route:
        """Return the route with an agent that goes by other instructions, or that only listens."""
        changed = (
            replace(self.settings, instructions=order.instructions)
            if isinstance(order, Instruct)
            else replace(self.settings, silent=order.on)
        )
        return replace(self, settings=changed)
