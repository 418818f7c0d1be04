"""Which web pages may ask: those of this machine, and those that it was told of. Pure.

A browser says of which site a page is (Origin, RFC 6454), and shows a page of another site nothing that is
not meant for it (CORS, fetch.spec.whatwg.org).
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]


def may_come(origin: str | None, listed: Collection[str]) -> bool:
    """Return whether a page of this site may come in; None is no page, but a program."""
    if origin is None or origin.lower() in {one.lower().rstrip("/") for one in listed}:
        return True
    try:
        site = urlsplit(origin)
        host = site.hostname or ""
    except ValueError:
        return False
    if site.scheme not in ("http", "https"):
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def shown_to(origin: str | None, wanted: str = "") -> Headers:
    """Return the headers by which a browser lets a page of this site see an answer.

    `wanted`: the headers that the page is going to send (Access-Control-Request-Headers).
    """
    if origin is None:
        return ()
    allowed = (("Access-Control-Allow-Headers", wanted),) if wanted else ()
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", "Location"),
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Max-Age", "600"),
        ("Vary", "Origin"),
        *allowed,
    )
