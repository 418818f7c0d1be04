"""How much peers may hold by TCP connections alone: `connections.cpp` sees to it, and here it is said."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from types import ModuleType

import structlog

log = structlog.get_logger(__name__)

SHARE = 4
"""One in so many of the process's descriptors may be a connection: a call needs two, a session one."""


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """When a connection is closed that somebody else opened. One with a call on it stays."""

    per_source: int = 100
    """From one address (IPv6: one network of 64 bits); one more is closed at once. A trunk needs a few."""
    in_all: int = 1000
    """One more makes the one go that has been silent for longest."""
    half_open_s: float = 32.0
    """Without a whole message since it was opened, or since half of one came: 64 * T1, RFC 3261 timer B."""
    idle_s: float = 120.0
    """Without a message at all. Trunks that ask whether we live do so every minute at least."""


def bound(guard: ModuleType, bounds: ConnectionBounds) -> None:
    """Hold connections to the bounds, and to this process's share of descriptors, from now on."""
    in_all = affordable(bounds.in_all, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    guard.bound_connections(bounds.per_source, in_all, bounds.half_open_s, bounds.idle_s)


def affordable(connections: int, descriptors: int) -> int:
    """Return as many connections as a process may have that has so many descriptors at most."""
    return connections if descriptors == resource.RLIM_INFINITY else min(connections, descriptors // SHARE)


def say_refused(guard: ModuleType) -> None:
    """Log how many were closed for being too many, if there were any since the last time."""
    count, source = guard.refused_connections()
    if count:
        log.warning("! too many TCP connections", closed=count, last_from=source)
