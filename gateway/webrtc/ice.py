"""Which addresses are offered to a browser, and by whose help (STUN and TURN, RFC 8489 and 8656)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import aioice.ice
from aiortc import RTCConfiguration, RTCIceServer

GATHERED_WITHIN_S = 0.5
"""How long addresses may be looked for: what a server has not told until then is left out."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server: `stun:HOST:PORT`, `turn:HOST:PORT?transport=tcp`."""

    url: str
    username: str | None = None
    credential: str | None = field(default=None, repr=False)


def configuration(servers: Sequence[IceServer] = ()) -> RTCConfiguration:
    """Return what a connection is made with; without servers it offers this machine's own addresses alone."""
    _with_loopback()
    aioice.ice.Connection.get_component_candidates.__defaults__ = (GATHERED_WITHIN_S,)
    return RTCConfiguration(
        iceServers=[RTCIceServer(one.url, one.username, one.credential) for one in servers]
    )


def silent(servers: Sequence[IceServer], sdp: str) -> list[str]:
    """Return the servers of which none of the addresses that are offered (SDP) is: RFC 8839, section 5.1."""
    of_turn, of_stun = " typ relay" in sdp, " typ srflx" in sdp
    return [one.url for one in servers if not (of_turn if one.url.startswith("turn") else of_stun)]


def _with_loopback() -> None:
    """Let ICE offer 127.0.0.1, too, which the library leaves out: both may be on one machine."""
    found = aioice.ice.get_host_addresses
    if getattr(found, "has_loopback", False):
        return

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return [*found(use_ipv4, use_ipv6), "127.0.0.1"]

    addresses.has_loopback = True  # type: ignore[attr-defined] # known again by this alone
    aioice.ice.get_host_addresses = addresses
