"""What the sessions of a process have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from gateway.media.tls import TlsSocket
from gateway.realtime.cause_log import CauseLog
from gateway.realtime.limits import RateLimits
from gateway.realtime.linked_transport import MakeLink
from gateway.realtime.native_tls import NativeTls
from gateway.realtime.pool import Pool
from gateway.realtime.providers import Provider


def no_link(_socket: int, _secure: TlsSocket | None = None) -> None:
    """Have all that is sent go through Python."""


@asynccontextmanager
async def no_bound(_provider: Provider) -> AsyncIterator[None]:
    """Let as many sessions be open as there are."""
    yield


@dataclass(slots=True)
class Shared:
    """One for all sessions, or one each where they have nothing in common."""

    pool: Pool | None = None
    limits: dict[str, RateLimits] = field(default_factory=dict)
    """By provider; an admission asks them."""
    causes: CauseLog = field(default_factory=CauseLog)
    """What keeps going wrong."""
    link: MakeLink = no_link
    room: Callable[[Provider], AbstractAsyncContextManager[None]] = no_bound
    """Where a session has its place in the provider's account; raises AccountFull where there is none."""
    native_tls: NativeTls | None = None
    """TLS in C++, which links can share."""

    def limits_of(self, provider: Provider) -> RateLimits:
        """Return the account's limits at a provider."""
        return self.limits.setdefault(provider.name, RateLimits())
