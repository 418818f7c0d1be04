"""Where a session may be had, and how the agent is to be there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.realtime.providers import Provider
from gateway.realtime.settings import SessionSettings


@dataclass(frozen=True, slots=True)
class Route:
    """A provider of the plan, and the agent as it is to be there: voices and models have other names."""

    provider: Provider
    settings: SessionSettings

    def instructed(self, instructions: str) -> Route:
        """Return the route with an agent that goes by other instructions."""
        return replace(self, settings=replace(self.settings, instructions=instructions))
