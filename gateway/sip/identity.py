"""Who rings, and who sent him on: what a trunk vouches for, and what anybody may have written. Pure.

P-Asserted-Identity (RFC 3325) and Remote-Party-ID are words of the network, but only of one that is trusted:
from anybody else they are worth as much as From, and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from gateway.call import Party
from gateway.sip.name_addr import party

ANONYMOUS = Party("anonymous", "anonymous.invalid")
"""RFC 3323 section 4.1.1.3."""
LISTS = frozenset({"p-asserted-identity", "remote-party-id", "privacy", "diversion", "history-info"})
"""Headers of the network that may stand in one line or in several (RFC 3261 section 7.3.1)."""
# What is not closed goes on to the end, so that no text takes longer than its length.
_PART = re.compile(r'(?:[^",<]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|<[^>]*+(?:>|\Z))++', re.DOTALL)
MOST_VALUES = 100
"""Of one header that are looked at."""
_VERSTAT = re.compile(r";\s*verstat=([A-Za-z0-9-]{1,64})", re.IGNORECASE)
_INDEX = re.compile(r";\s*index=([0-9.]{1,32})", re.IGNORECASE)


def asserted(headers: Mapping[str, str]) -> Party | None:
    """Return the caller that a trusted network names; None if it names none."""
    for value in _values(headers.get("p-asserted-identity", "")):
        if (one := party(value)) is not None:
            return ANONYMOUS if _is_private(headers) else one
    for value in _values(headers.get("remote-party-id", "")):
        if (one := party(value)) is not None:
            hidden = re.search(r";\s*privacy=(full|uri)", value, re.IGNORECASE)
            return ANONYMOUS if hidden or _is_private(headers) else one
    return None


def verstat(headers: Mapping[str, str]) -> str:
    """Return what a trusted network says of the caller's number, as it came; "" if it says nothing."""
    for name in ("p-asserted-identity", "from"):
        if found := _VERSTAT.search(headers.get(name, "")):
            return found[1]
    return ""


def diverted_by(headers: Mapping[str, str]) -> Party | None:
    """Return who sent the call on last: the topmost Diversion, else the last but one of History-Info."""
    for value in _values(headers.get("diversion", "")):
        return party(value)
    entries = [(_INDEX.search(value), value) for value in _values(headers.get("history-info", ""))]
    indexed = [(_numbers(index[1]), value) for index, value in entries if index]
    return party(sorted(indexed)[-2][1]) if len(indexed) > 1 else None


def _numbers(index: str) -> tuple[int, ...]:
    return tuple(int(part) for part in index.split(".") if part)


def _is_private(headers: Mapping[str, str]) -> bool:
    """RFC 3323 section 4.2, RFC 3325 section 9.3: somebody who does not want to be known."""
    wanted = {word.strip().lower() for word in re.split("[;,]", headers.get("privacy", ""))}
    return bool(wanted & {"id", "user", "header"})


def _values(header: str) -> Iterator[str]:
    """Yield the values of a header that may have several (RFC 3261 section 7.3.1)."""
    parts = (part[0].strip() for part in _PART.finditer(header))
    return islice(filter(None, parts), MOST_VALUES)
