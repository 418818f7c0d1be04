"""Reads the text of a SIP message and builds the few URIs we put on the wire (RFC 3261 section 25).

PJSIP has parsed the message before and refused what is malformed; this only takes the values out. What we
write is built from checked parts alone: PJSIP copies CR and LF in a URI or header value onto the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from types import MappingProxyType

from gateway.call import CallInfo, Party
from gateway.dialplan import numbers
from gateway.errors import SipError
from gateway.sip import identity
from gateway.sip.name_addr import party
from gateway.sip.wire_text import printable
from gateway.source_limits import Network

COMPACT = {
    "c": "content-type",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "s": "subject",
    "t": "to",
    "v": "via",
    "r": "refer-to",
    "b": "referred-by",
    "x": "session-expires",
}
"""Compact forms of header names (RFC 3261 section 7.3.3, RFC 3515, RFC 3892, RFC 4028)."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]{1,64}")
_LINE_END = re.compile(r"\r\n|\n|\r")
"""PJSIP takes each for the end of a line; RFC 3261 section 7 only the first."""
_FOLD = re.compile(r"(?>\r\n|\n|\r)[ \t]++")
_BODY = re.compile(r"(?>\r\n|\n|\r){2}")
_STREAM = re.compile(r"^m=", re.MULTILINE)
"""A stream of a session description (RFC 8866 section 5.14), also in a part of a multipart."""
LONGEST_CALL_ID = 256
"""Characters that are kept for the log."""

NOBODY = Party("")
"""For an address that is not read."""

_SAFE_USER = re.compile(r"^[A-Za-z0-9\-_.!~*'()&=+$,;?/%]{1,128}$")
_SAFE_HOST = re.compile(r"^(?:[A-Za-z0-9.\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$")

_EDGE_SOURCE = re.compile(r"[a-z]+:\[?(?P<address>[0-9A-Fa-f:.]{2,45})\]?:(?P<port>\d{1,5})")


_NO_AUDIO = re.compile(r"^x-edge-audio[ \t]*:[ \t]*none[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrunkIdentity:
    """A trunk, as far as it decides who calls whom."""

    name: str
    trusted: bool = False
    """Whether it vouches for its callers."""
    account: str = ""
    """What we registered as."""
    region: str | None = None
    """Country whose national numbers it sends (ISO 3166)."""
    passes: frozenset[str] | None = None
    """Headers of its callers that plans may see, by lower-case name; None: all."""


def call_info(
    call_id: str,
    message: str,
    source: str,
    transport: str,
    over: TrunkIdentity | None = None,
    edges: Sequence[Network] = (),
) -> CallInfo:
    """Take from the text of an INVITE what is known of the call, which came over that trunk.

    `edges`: proxies of ours, that are believed where it comes from.
    """
    request_line, *lines = _lines(message)
    headers = parse_headers("\n".join(lines))
    network = {**headers, **_lists(lines)}
    called, caller, to = (
        party(text) for text in (_request_uri(request_line), *(_only(name, lines) for name in ("from", "to")))
    )
    read = {"Request-URI": called, "From": caller, "To": to}
    vouched = identity.asserted(network) if over is not None and over.trusted else None
    if over is not None and over.account and called is not None and called.user == over.account:
        called = to  # the carrier rings our account, for somebody
    region = over.region if over is not None else None
    return CallInfo(
        id=call_id,
        sip_call_id=headers.get("call-id", "")[:LONGEST_CALL_ID],
        caller=_completed(vouched or caller or NOBODY, region),
        called=_completed(called or NOBODY, region),
        trunk=over.name if over is not None else "",
        verified=vouched is not None and vouched is not identity.ANONYMOUS,
        verstat=identity.verstat(network) if over is not None and over.trusted else "",
        diverted_by=_completed(identity.diverted_by(network) or NOBODY, region),
        to=_completed(to or NOBODY, region),
        source=_behind(edges, source, headers),
        transport=transport,
        headers=_passed(headers, over),
        offered=_STREAM.search(_body(message)) is not None,
        unclear=", ".join(name for name, end in read.items() if end is None),
    )


def lacks_audio(message: str) -> bool:
    """Return whether an ACK says that its call will have no audio: an edge's relay did not take the answer.

    A caller who writes that ends no call but their own.
    """
    return _NO_AUDIO.search(message) is not None


def _behind(edges: Sequence[Network], source: str, headers: Mapping[str, str]) -> str:
    """Return where a call comes from: what an edge says, `PROTOCOL:ADDRESS:PORT`, or where it was sent."""
    host = source.rpartition(":")[0].strip("[]")
    told = _EDGE_SOURCE.fullmatch(headers.get("x-edge-source", ""))
    if not edges or told is None or not any(ip_address(host) in edge for edge in edges):
        return source
    address = told["address"]
    return f"[{address}]:{told['port']}" if ":" in address else f"{address}:{told['port']}"


def _passed(headers: Mapping[str, str], over: TrunkIdentity | None) -> Mapping[str, str]:
    """Return those that plans may see."""
    if over is None or over.passes is None:
        return headers
    return MappingProxyType({name: value for name, value in headers.items() if name in over.passes})


def _completed(one: Party, region: str | None) -> Party:
    """Return the same with a national number written as +E.164, if it is one."""
    number = numbers.address(one.user, one.host, region).number if region else ""
    return replace(one, user=number) if number else one


def parse_headers(text: str) -> Mapping[str, str]:
    """Return headers by lower-case long name; the first of several, unfolded, `CONTROLS` taken out.

    A line whose name is no token (RFC 3261 section 25.1) is left out. Values are whole: plans decide on them.
    """
    headers: dict[str, str] = {}
    for name, value in _fields(_lines(text)):
        headers.setdefault(name, printable(value))
    return MappingProxyType(headers)


def _lines(message: str) -> list[str]:
    """Return a message's lines up to the body, unfolded."""
    head = _BODY.split(message.lstrip("\r\n"), maxsplit=1)[0]
    return _LINE_END.split(_FOLD.sub(" ", head))


def _body(message: str) -> str:
    return "".join(_BODY.split(message.lstrip("\r\n"), maxsplit=1)[1:])


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon and _HEADER_NAME.fullmatch(key):
            yield COMPACT.get(key, key), value.strip()


def _only(name: str, lines: list[str]) -> str:
    """Return the value of a header that a message has once; "" if it has none or several to choose from."""
    values = [value for key, value in _fields(lines) if key == name]
    return values[0] if len(values) == 1 else ""


def _lists(lines: list[str]) -> dict[str, str]:
    """Return the headers of `identity.LISTS` whole, however many lines each takes."""
    found: dict[str, list[str]] = {}
    for name, value in _fields(lines):
        if name in identity.LISTS:
            found.setdefault(name, []).append(value)
    return {name: printable(", ".join(values)) for name, values in found.items()}


def _request_uri(line: str) -> str:
    """Return the second of the three words of a request line (RFC 3261 section 7.1)."""
    words = line.split()
    return words[1] if len(words) == 3 else ""


def sip_uri(user: str, host: str, *, transport: str = "") -> str:
    """Build `sip:user@host[:port][;transport=...]` from checked parts.

    Raises SipError for a part that could smuggle another URI, parameter or header.
    """
    if user and not _SAFE_USER.match(user):
        raise SipError(f"not a SIP user: {user!r}")
    if not _SAFE_HOST.match(host):
        raise SipError(f"not a SIP host: {host!r}")
    if transport not in ("", "udp", "tcp", "tls"):
        raise SipError(f"not a SIP transport: {transport!r}")
    return f"sip:{user + '@' if user else ''}{host}{';transport=' + transport if transport else ''}"
