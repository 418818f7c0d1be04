"""Reads of an SDP offer whether there is anything in it that we speak (RFC 3264 section 6), and go to."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from gateway.sip.codecs import CODECS
from gateway.sip.named_hosts import named_hosts

STATIC = {codec.number: codec.rtpmap for codec in CODECS.values() if codec.number}
"""Payload types that need no rtpmap (RFC 3551 section 6)."""


def speaks_our_codec(sdp: str, codecs: Sequence[str]) -> bool:
    """Return whether any audio stream of a session description offers one of these `CODECS`."""
    ours = {CODECS[name].rtpmap for name in codecs}
    names: dict[str, str] = {}
    for line in reversed(sdp.splitlines()):  # a stream's attributes come after it
        kind, _, value = line.strip().partition("=")
        if kind == "a" and value.startswith("rtpmap:"):
            number, _, name = value.removeprefix("rtpmap:").partition(" ")
            names[number] = name.strip()
        elif kind == "m":
            media, *port_transport_formats = value.split() or [""]
            if media == "audio" and any(
                _name(names, number) in ours for number in port_transport_formats[2:]
            ):
                return True
            names.clear()
    return False


def _name(names: dict[str, str], number: str) -> str:
    encoding, _, rate = names.get(number, STATIC.get(number, "")).upper().partition("/")
    return f"{encoding}/{rate.removesuffix('/1')}"  # one channel is the default (RFC 8866 6.6)


NO_HOST = ipaddress.IPv4Network("0.0.0.0/8")
ON_HOLD = NO_HOST.network_address
EVERYBODY = ipaddress.IPv4Address("255.255.255.255")


def astray(message: str) -> str | None:
    """Say why portable mode cannot take an INVITE, for where it points; None if it can."""
    if name := next(named_hosts(message), ""):
        return f"portable mode takes no host names: {name}"
    return (
        None
        if goes_to_hosts(message.partition("\r\n\r\n")[2])
        else "its audio would go to no host, or to many"
    )


def goes_to_hosts(sdp: str) -> bool:
    """Return whether all streams want their audio at one host each, in numbers, or at nobody (0.0.0.0).

    For portable mode, which has no `sdp_guard`: a group and a broadcast address are recognised, our networks'
    own broadcast addresses and our own ports are not.
    """
    session, streams = "", list[list[str]]()  # a stream: its port, its own address or the session's
    for line in sdp.splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            port = [*value.split(), "", ""][1]
            streams.append([port, session])
        elif kind == "c" and streams:
            streams[-1][1] = value
        elif kind == "c":
            session = value
    return all(port == "0" or _is_host(address) for port, address in streams)


def _is_host(connection: str) -> bool:
    net, family, text = [*connection.partition("/")[0].split(), "", "", ""][:3]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if (net, family) != ("IN", f"IP{address.version}") or address.is_multicast or address == EVERYBODY:
        return False
    return address == ON_HOLD or address not in NO_HOST
