"""Whether a request was meant for us: its Host and its Origin. Pure.

A web page can have a browser send requests to any address, also to 127.0.0.1, and through a name of its own
that leads there (DNS rebinding) even read the answers. It cannot choose the Host and Origin that are sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit


def host_fault(host: str, own_address: str, names: Collection[str]) -> str:
    """Return why a Host header (RFC 9110 section 7.2) is not ours, "" if it is.

    `own_address`: that at which the connection came in; `names`: by which we are asked beside it. The port
    does not matter: behind a proxy or a tunnel it is another one.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not name or "@" in host or "/" in host:
        return "the Host header names no host"
    try:
        loopback = ipaddress.ip_address(own_address).is_loopback
    except ValueError:
        loopback = False
    if name.lower() in {one.lower() for one in names} or (loopback and name == "localhost"):
        return ""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return f"the name {name[:80]!r} is not ours: add it to api.hosts"
    if str(address) == own_address or (loopback and address.is_loopback):
        return ""
    return f"the address {name[:80]!r} is not ours: add it to api.hosts"


def origin_fault(headers: Mapping[str, str], method: str) -> str:
    """Return why a request comes from elsewhere than from a page of ours, "" if it does not.

    `headers` in lower case. Programs send none of these; a browser sends Origin with all that changes
    something, and Sec-Fetch-Site with everything. A link from elsewhere may be followed.
    """
    origin = headers.get("origin")
    if origin is not None:
        try:
            theirs = urlsplit(origin)
        except ValueError:
            return "its Origin cannot be read"
        if theirs.scheme not in ("http", "https") or theirs.netloc.lower() != headers.get("host", "").lower():
            return "its Origin is another site"
        return ""
    follows_link = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not follows_link:
        return "it comes from another site"
    return ""
