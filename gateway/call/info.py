"""Who calls whom, as the signalling says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_SHOWN = 128
"""Characters: no number is longer, and no sane name."""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call as its signalling names it: the user part of a SIP URI, and the display name."""

    user: str
    host: str = ""
    display_name: str = ""

    @property
    def shown(self) -> str:
        """The user part as a log or a model is told it; whoever decides on it needs all of it."""
        return self.user[:LONGEST_SHOWN]


class Direction(StrEnum):
    """Who rang whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What is known of a call before the first word: taken from the INVITE, never changed afterwards."""

    id: str
    """Ours: short, unique in the process, bound to every log line of the call."""
    sip_call_id: str
    caller: Party
    called: Party
    """From the Request-URI, on which the network routed; To may name somebody else (RFC 3261 8.1.1.1)."""
    to: Party = field(default_factory=lambda: Party(""))
    source: str = ""
    """Where the INVITE came from, `ip:port`."""
    transport: str = "udp"
    headers: Mapping[str, str] = field(default_factory=dict)
    """All other headers of the INVITE by lower-case name; the first value of each."""
    offered: bool = True
    """Whether the INVITE says where the caller wants audio. If not, our answer asks, and the ACK is to tell
    (RFC 3261 section 13.2.1): until then nobody has shown to be able to hear."""
    unclear: str = ""
    """What of the INVITE cannot be read, or in two ways: nobody is let in, or kept out, on a guess."""
    direction: Direction = Direction.INBOUND
    trunk: str = ""
    """The trunk that it came over, or goes over, by its name in the settings; "" for none."""
    verified: bool = False
    """Whether the trunk vouches for `caller` (RFC 3325): else anybody may have written it into From."""
    verstat: str = ""
    """What the carrier says of the caller's number (STIR/SHAKEN, 3GPP TS 24.229 7.2A.20), as it came."""
    diverted_by: Party = field(default_factory=lambda: Party(""))
    """Who sent the call on to us last: Diversion (RFC 5806), else History-Info (RFC 7044)."""

    encrypted_beyond: str | None = None
    """How a browser's call is encrypted on its way to the process of ours that carries it: what we see of
    its line is that process' own."""

    @property
    def outbound(self) -> bool:
        """Whether we rang."""
        return self.direction is Direction.OUTBOUND

    @property
    def vouched_for(self) -> bool:
        """Whether audio that is sent goes to whom it seems to: a trunk is known, and so is this machine."""
        return bool(self.trunk) or self.source.startswith("127.")

    @property
    def other(self) -> Party:
        """Who is at the other end: the caller, or whom we call."""
        return self.called if self.outbound else self.caller
