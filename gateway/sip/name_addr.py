"""Reads the address of a SIP header whole: who may call is decided on it, so it is neither cut nor guessed.

PJSIP is lenient where RFC 3261 section 25.1 is strict. What can be read in two ways, such as a quoted `<` in
the middle of a name, or not at all, is no address: whoever sends it must not be taken for somebody else.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from gateway.call import Party
from gateway.dialplan.numbers import context_domain, in_context
from gateway.sip.wire_text import printable

LONGEST_NAME = 1024
"""Characters kept of a display name, on which nothing is decided; all else is as long as the message."""

LONGEST_OWN_NAME = 64
"""Characters of a name that we show: phones have one line."""

_OWN_USER = re.compile(r"[A-Za-z0-9+*_.-]{1,64}", re.ASCII)
_NOT_IN_NAME = re.compile(r"[^\w .,()+&/@'-]")
# Possessive (`*+`), so that no text takes longer than its length.
_QUOTED = re.compile(r'\s*+"(?P<name>(?:[^"\\]|\\.)*+)"\s*+(?=<)', re.DOTALL)
_PLAIN = re.compile(r"[^<]*+(?=<)")
_OUTSIDE_QUOTES = re.compile(r'(?:[^"<]|"(?:[^"\\]|\\.)*+")*+(?=<)', re.DOTALL)
_BRACKETED = re.compile(r"<\s*+(?P<uri>[^<>\s]++)\s*+>")
_BARE = re.compile(r"\s*+(?P<uri>[^<>\"\s]++)\s*+(?:;.*+)?$", re.DOTALL)
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*+):(?P<rest>.++)")
_SIP = re.compile(r"(?:(?P<user>[^@]*+)@)?+(?P<host>\[[^\]]*+\]|[^;?:/@\[\]]++)(?=[:;?]|$)")


def party(address: str) -> Party | None:
    """Read a name-addr or addr-spec: `"Ann" <sip:+15551230001@host;user=phone>`, or a bare URI.

    Returns None for what is neither, or might be two.
    """
    name, at = _display_name(address)
    if at is None:
        return None
    found = _BRACKETED.match(address, at) or (_BARE.match(address) if at == 0 else None)
    parsed = _SCHEME.match(found["uri"]) if found else None
    if parsed is None:
        return None
    ends = _ends(parsed["scheme"].lower(), parsed["rest"])
    return ends and Party(printable(ends[0]), printable(ends[1]), printable(name)[:LONGEST_NAME])


def name_addr(shown: Party, host: str) -> str:
    """Return a From header of ours (RFC 3261 section 20.20), without what could not stand in it."""
    user = shown.user if _OWN_USER.fullmatch(shown.user) else "gateway"
    name = " ".join(_NOT_IN_NAME.sub(" ", shown.display_name).split())[:LONGEST_OWN_NAME]
    return (f'"{name}" ' if name else "") + f"<sip:{user}@{host}>"


def _display_name(address: str) -> tuple[str, int | None]:
    """Return the name, and where the `<` after it is: 0 where there is none, None where it is not clear."""
    if quoted := _QUOTED.match(address):
        return re.sub(r"\\(.)", r"\1", quoted["name"], flags=re.DOTALL), quoted.end()
    if (plain := _PLAIN.match(address)) is None:
        return "", 0
    outside = _OUTSIDE_QUOTES.match(address)
    clear = outside is not None and outside.end() == plain.end()
    return plain[0].strip(), plain.end() if clear else None


def _ends(scheme: str, rest: str) -> tuple[str, str] | None:
    """Return user and host of a URI without its scheme; of a kind that has none, all of it is the user."""
    if scheme == "tel":
        number, _, parameters = rest.partition(";")
        return (in_context(number, parameters), context_domain(parameters)) if number else None
    if scheme not in ("sip", "sips"):
        return f"{scheme}:{rest}", ""
    parsed = _SIP.match(rest)
    if parsed is None:
        return None
    user, _, parameters = (parsed["user"] or "").partition(":")[0].partition(";")
    of_uri = rest[parsed.end() :].partition("?")[0]
    return in_context(unquote(user), f"{parameters};{of_uri}"), parsed["host"]
