"""Finds the host names in a SIP message that PJSIP would wait for a name server about.

Portable mode's PJSIP, as PyPI has it, asks the C library on the only SIP thread, and cannot be taught to ask
us. What is found before it asks is refused; see docs/host-names.md for what cannot be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.sip.names import Target

# Where our BYE goes (RFC 3261 section 12.1.1); a header may have several values, and be folded.
_ROUTES = re.compile(
    r"^(?:contact|m|record-route)[ \t]*:(?P<value>.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
_HOST = re.compile(
    r"sips?:(?:[^@<>\"\s]*@)?(?P<host>\[[^\]]*\]|[^;?:<>,\"\s]+)|;maddr=(?P<maddr>[^;?<>,\s]+)", re.IGNORECASE
)
# Where our audio goes (RFC 8866 section 5.7, RFC 3605).
_CONNECTION = re.compile(
    r"^(?:c=|a=rtcp:\d+\s+)IN\s+IP[46]\s+(?P<host>[^\s/]+)", re.IGNORECASE | re.MULTILINE
)


def named_hosts(message: str) -> Iterator[str]:
    """Find the names in an INVITE's text: in Contact, Record-Route, and its session description."""
    head, _, body = message.partition("\r\n\r\n")
    for header in _ROUTES.finditer(head):
        for uri in _HOST.finditer(header["value"]):
            if _is_name(host := uri["host"] or uri["maddr"]):
                yield host
    yield from named_media(body)


def named_media(sdp: str) -> Iterator[str]:
    """Find the names that a session description would have audio sent to."""
    for line in _CONNECTION.finditer(sdp):
        if _is_name(line["host"]):
            yield line["host"]


def _is_name(host: str) -> bool:
    return not Target(host.strip("[]")).numeric
