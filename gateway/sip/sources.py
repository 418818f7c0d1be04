"""How many INVITEs an address may send: limits as `_guard` takes them, and what the log says of a flood.

They are judged in C++ (`sources.cpp`, `door.cpp`), in front of everything that costs anything.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from types import ModuleType

import structlog

from gateway.source_limits import Network, SourceLimits

log = structlog.get_logger(__name__)

SAY_EVERY_S = 10.0
"""Between two lines about a flood: it must not become one of our own making."""
NAMED = 3
"""Sources that a line names."""
STRANGERS = 4
"""Times the bound of one source that all together have which never acknowledged anything."""

TurnedAway = tuple[int, int, list[tuple[bytes, int]]]
"""INVITEs refused and dropped since the last look, and how many of which source, the most first."""


def strangers(limits: SourceLimits, max_calls: int) -> int:
    """Return how many unacknowledged calls strangers may have together: half a gateway is left for others."""
    return max(limits.unacked, min(STRANGERS * limits.unacked, max_calls // 2))


def wire_network(network: Network) -> tuple[bytes, int]:
    """Return 16 bytes and a prefix length: IPv4 is a part of IPv6 (::ffff:0:0/96)."""
    if network.version == 6:
        return network.network_address.packed, network.prefixlen
    return b"\0" * 10 + b"\xff\xff" + network.network_address.packed, 96 + network.prefixlen


def readable(address: bytes) -> str:
    """Return 16 bytes as people write them; of IPv6 it is the first of a /64."""
    read = IPv6Address(address)
    return str(read.ipv4_mapped or ip_address(address))


def judge(guard: ModuleType, limits: SourceLimits, max_calls: int) -> SourceLog:
    """Judge INVITEs by these limits from now on; who is turned away is the log's to say."""
    exempt = [wire_network(network) for network in limits.exempt]
    guard.judge_sources(limits.unacked, limits.refusals, strangers(limits, max_calls), exempt)
    return SourceLog(guard.turned_away)


class SourceLog:
    """Says now and then who was turned away, however many they are."""

    def __init__(self, turned_away: Callable[[], TurnedAway]) -> None:
        self._turned_away = turned_away
        self._said = float("-inf")

    def look(self, now: float) -> None:
        """Write a line if there is something to say, and the last was long enough ago; `now` in seconds."""
        if now - self._said < SAY_EVERY_S:
            return
        refused, dropped, sources = self._turned_away()
        if not refused and not dropped:
            return
        self._said = now
        log.warning(
            "sip.invites_turned_away",
            refused=refused,
            dropped=dropped,
            most_of={readable(address): count for address, count in sources[:NAMED]},
            sources=len(sources),
            cure="they do not acknowledge, or are refused too often: see limits.sources in docs/limits.md",
        )
