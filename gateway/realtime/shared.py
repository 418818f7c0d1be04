"""What the sessions of a process have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.media.media_port import ModelLink
from gateway.realtime.cause_log import CauseLog
from gateway.realtime.limits import RateLimits
from gateway.realtime.pool import Pool
from gateway.realtime.providers import Provider


def no_link(_socket: int) -> None:
    """Have all that is sent go through Python."""


@dataclass(slots=True)
class Shared:
    """One for all sessions, or one each where they have nothing in common."""

    pool: Pool | None = None
    limits: dict[str, RateLimits] = field(default_factory=dict)
    """By provider; an admission asks them."""
    causes: CauseLog = field(default_factory=CauseLog)
    """What keeps going wrong."""
    link: Callable[[int], ModelLink | None] = no_link
    """Makes a link of a connected socket's descriptor: see `gateway.media.media_port.MediaPlane.link`."""

    def limits_of(self, provider: Provider) -> RateLimits:
        """Return the account's limits at a provider."""
        return self.limits.setdefault(provider.name, RateLimits())
