"""Whom a call of ours goes to: built of checked parts alone, so that no text can become another address.

A SIP URI carries headers (`?`), parameters (`;`), a second address (`maddr`) and, once a line break gets in,
whole messages (RFC 3261 sections 19.1.1 and 7.3.1). None of these has a place here: what is not a plain user
at a plain host is no destination.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_USER = 64
"""Characters: four times the longest number."""
LONGEST_HOST = 253
"""Characters of a host's name (RFC 1035 section 2.3.4)."""

_USER = re.compile(rf"[A-Za-z0-9+*#_.-]{{1,{LONGEST_USER}}}", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_URI = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^@:;?]+)@)?(?P<host>[^@:;?]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:;transport=(?P<transport>[a-z]+))?",
    re.ASCII,
)
_TRANSPORTS = ("", "udp", "tcp", "tls")


@dataclass(frozen=True, slots=True)
class Destination:
    """A user at a host. Raises ValueError, with the cure, for parts that are none."""

    user: str
    """Empty for whoever answers at the host."""
    host: str
    port: int = 0
    """0: where the transport or the host's domain says."""
    transport: str = ""
    secure: bool = False
    """`sips:` instead of `sip:`."""

    def __post_init__(self) -> None:
        if self.user and not _USER.fullmatch(self.user):
            raise ValueError(f"a user is 1 to {LONGEST_USER} letters, digits and + * # _ . -")
        if len(self.host) > LONGEST_HOST or not _HOST.fullmatch(self.host):
            raise ValueError("a host is a name, such as pbx.example.com, or an IPv4 address")
        if not 0 <= self.port <= 65535:
            raise ValueError("a port is 1 to 65535")
        if self.transport not in _TRANSPORTS:
            raise ValueError("a transport is udp, tcp or tls")

    @property
    def uri(self) -> str:
        """The SIP URI: in it `#` is escaped (RFC 3261 section 25.1)."""
        user = self.user.replace("#", "%23") + "@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        transport = f";transport={self.transport}" if self.transport else ""
        return f"{'sips' if self.secure else 'sip'}:{user}{self.host}{port}{transport}"

    def __str__(self) -> str:
        return self.uri


def read_destination(uri: str) -> Destination:
    """Read a plain SIP URI. Raises ValueError, with the cure, for anything else."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise ValueError(
            "write a plain SIP address, such as sip:200@pbx.example.com or sip:+4930123@10.0.0.7:5080"
        )
    return Destination(
        (found["user"] or "").replace("%23", "#"),
        found["host"],
        int(found["port"] or 0),
        found["transport"] or "",
        secure=found["scheme"] == "sips",
    )
