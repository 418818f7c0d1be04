"""How much peers may hold by TCP connections alone: `connections.cpp` sees to it, and here it is said."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import structlog

from gateway.source_limits import SourceLimits

log = structlog.get_logger(__name__)

SAY_EVERY_S = 10.0
"""Between two lines about the same."""
SHARE = 4
"""One in so many of the process's descriptors may be a connection: a call needs two, a session one."""


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """When a connection is closed that somebody else opened. One with a call on it stays."""

    in_all: int = 1000
    """One more makes the one go that has been silent for longest."""
    half_open_s: float = 32.0
    """Without a whole message since it was opened, or since half of one came: 64 * T1, RFC 3261 timer B."""
    idle_s: float = 120.0
    """Without a message at all. Trunks that ask whether we live do so every minute at least."""


def bound(guard: ModuleType, limits: SourceLimits, bounds: ConnectionBounds) -> ConnectionLog:
    """Hold connections to the bounds, and to this process's share of descriptors, from now on."""
    in_all = affordable(bounds.in_all, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    guard.bound_connections(limits.connections, in_all, bounds.half_open_s, bounds.idle_s)
    return ConnectionLog(guard.refused_connections)


def affordable(connections: int, descriptors: int) -> int:
    """Return as many connections as a process may have that has so many descriptors at most."""
    return connections if descriptors == resource.RLIM_INFINITY else min(connections, descriptors // SHARE)


class ConnectionLog:
    """Says now and then how many were closed for being too many."""

    def __init__(self, refused: Callable[[], tuple[int, str]]) -> None:
        self._refused = refused
        self._said = float("-inf")

    def look(self, now: float) -> None:
        """Write a line if there is something to say, and the last was long enough ago; `now` in seconds."""
        if now - self._said < SAY_EVERY_S:
            return
        count, source = self._refused()
        if count:
            self._said = now
            log.warning("tcp.closed", closed=count, last_of=source)
