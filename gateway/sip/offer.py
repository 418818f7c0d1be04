"""Reads of an SDP offer whether there is anything in it that we speak (RFC 3264 section 6)."""

from __future__ import annotations

from gateway.sip.stack import CODECS

STATIC = {"0": "PCMU/8000", "8": "PCMA/8000"}
"""Payload types that need no rtpmap (RFC 3551 section 6)."""


def speaks_our_codec(sdp: str) -> bool:
    """Say whether any audio stream of a session description offers one of `CODECS`."""
    names: dict[str, str] = {}
    for line in reversed(sdp.splitlines()):  # a stream's attributes come after it
        kind, _, value = line.strip().partition("=")
        if kind == "a" and value.startswith("rtpmap:"):
            number, _, name = value.removeprefix("rtpmap:").partition(" ")
            names[number] = name.strip()
        elif kind == "m":
            media, *port_transport_formats = value.split() or [""]
            if media == "audio" and any(_ours(names, number) for number in port_transport_formats[2:]):
                return True
            names.clear()
    return False


def _ours(names: dict[str, str], number: str) -> bool:
    encoding, _, rate = names.get(number, STATIC.get(number, "")).upper().partition("/")
    return f"{encoding}/{rate.removesuffix('/1')}" in CODECS  # one channel is the default (RFC 8866 6.6)
