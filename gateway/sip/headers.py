"""Reads the text of a SIP message and builds the few URIs we put on the wire (RFC 3261 section 25).

PJSIP has parsed the message before and refused what is malformed; this only takes the values out. What we
write is built from checked parts alone: PJSIP copies CR and LF in a URI or header value onto the wire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote

from gateway.call import CallInfo, Party
from gateway.errors import SipError
from gateway.sip.wire_text import printable

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

LONGEST_VALUE = 1024
"""Characters kept of a header: a stranger decides how long it is, and it may end in a log or a prompt."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]{1,64}")
_NAME_ADDR = re.compile(r'^\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^<"]*))\s*<(?P<uri>[^>]*)>')
_URI = re.compile(r"^(?P<scheme>sips?|tel):(?:(?P<user>[^@]*)@)?(?P<host>\[[^\]]*\]|[^;?:/]*)", re.IGNORECASE)
_SAFE_USER = re.compile(r"^[A-Za-z0-9\-_.!~*'()&=+$,;?/%]{1,128}$")
_SAFE_HOST = re.compile(r"^(?:[A-Za-z0-9.\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$")


def call_info(call_id: str, message: str, source: str, transport: str) -> CallInfo:
    """Take from the text of an INVITE what is known of the call."""
    request_line, _, rest = message.partition("\r\n")
    headers = parse_headers(rest)
    request_uri = [*request_line.split(" "), ""][1]
    return CallInfo(
        id=call_id,
        sip_call_id=headers.get("call-id", ""),
        caller=party(headers.get("from", "")),
        called=party(request_uri),
        to=party(headers.get("to", "")),
        source=source,
        transport=transport,
        headers=headers,
    )


def parse_headers(text: str) -> Mapping[str, str]:
    """Return headers by lower-case long name; the first of several, unfolded, `CONTROLS` taken out.

    A line whose name is no token (RFC 3261 section 25.1) is left out.
    """
    headers: dict[str, str] = {}
    head = text.partition("\r\n\r\n")[0]
    for line in re.sub(r"\r\n[ \t]+", " ", head).split("\r\n"):
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon and _HEADER_NAME.fullmatch(key):
            headers.setdefault(COMPACT.get(key, key), _clean(value.strip()))
    return MappingProxyType(headers)


def party(address: str) -> Party:
    """Read a name-addr or addr-spec: `"Ann" <sip:+15551230001@host;user=phone>` or a bare URI."""
    display = ""
    uri = address.strip()
    if match := _NAME_ADDR.match(address):
        quoted = match["quoted"]
        display = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["plain"].strip()
        uri = match["uri"]
    parsed = _URI.match(uri)
    if parsed is None:
        return Party("", "", _clean(display))
    if parsed["scheme"].lower() == "tel":
        return Party(_clean(parsed["host"]), "", _clean(display))
    user = (parsed["user"] or "").partition(":")[0].partition(";")[0]
    return Party(_clean(unquote(user)), _clean(parsed["host"]), _clean(display))


def _clean(text: str) -> str:
    return printable(text)[:LONGEST_VALUE]


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
