"""Whom a far side asks us to go on with: what `Refer-To` holds, read strictly (RFC 3515 section 2.1). Pure.

A plain user at a plain host, as everywhere (`gateway.call.destination`). Beside it, of all headers that a
SIP URI may carry, `Replaces` alone is taken (RFC 3891): with it the far side has talked with them already,
and names the call whose place ours is to take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from gateway.call import Destination, read_destination

LONGEST = 1024
"""Characters: an address and the names of a call."""

_WORD = r"[A-Za-z0-9\-.!%*_+`'~()<>:/\[\]?{}]{1,256}"
_TAG = r"[A-Za-z0-9\-.!%*_+`'~]{1,128}"
_CALL_ID = re.compile(rf"{_WORD}(?:@{_WORD})?", re.ASCII)
"""RFC 3261 section 25.1, `callid`."""
_TAGGED = re.compile(rf"(?:to|from)-tag={_TAG}", re.ASCII)
_NAME_ADDR = re.compile(
    r"(?:\"[^\"\\]*\"|[A-Za-z0-9 .!%*_+`'~-]*)\s*<(?P<uri>[^<>\s\"]+)>(?:\s*;[A-Za-z0-9 ;=._-]*)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ReferTo:
    """Somebody, and the call with them whose place ours is to take; "" for none."""

    to: Destination
    replaces: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """What our INVITE has to carry for it."""
        return {"Replaces": self.replaces, "Require": "replaces"} if self.replaces else {}


def read_refer_to(value: str) -> ReferTo:
    """Read a header's value. Raises ValueError for everything that is more than that."""
    if len(value) > LONGEST:
        raise ValueError("it is too long")
    named = _NAME_ADDR.fullmatch(value.strip())
    uri, _, headers = (named["uri"] if named else value.strip()).partition("?")
    to = read_destination(uri.replace(";user=phone", ""))
    return ReferTo(to, _replaces(headers) if headers else "")


def _replaces(headers: str) -> str:
    name, _, escaped = headers.partition("=")
    if name.lower() != "replaces":
        raise ValueError("a header other than Replaces")
    call_id, *parameters = unquote(escaped, errors="strict").split(";")
    tags = [one for one in parameters if one != "early-only"]
    if not _CALL_ID.fullmatch(call_id) or not all(_TAGGED.fullmatch(one) for one in tags):
        raise ValueError("Replaces names no call")
    if sorted(one.partition("=")[0] for one in tags) != ["from-tag", "to-tag"]:
        raise ValueError("Replaces names no call")
    return ";".join((call_id, *parameters))
