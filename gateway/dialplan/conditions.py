"""What a call must fulfil besides its number: who calls, and which SIP headers it carries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.dialplan.numbers import DialledAddress, Entry, Kind, keys, parse_entry
from gateway.regex import Regex, escape

ANONYMOUS = "anonymous"

SHOWN = 60
"""Characters of a header that a refusal repeats."""


class CallerSet:
    """A list of callers, compiled: exact ones by a look-up, patterns one after the other."""

    def __init__(self, texts: Iterable[str], region: str | None) -> None:
        self.anonymous = False
        self.exact: dict[str, str] = {}
        self.patterns: list[Entry] = []
        for text in texts:
            if text.lower() == ANONYMOUS:
                self.anonymous = True
                continue
            entry = parse_entry(text, region)
            if entry.kind is Kind.EXACT:
                self.exact[entry.key] = text
            else:
                self.patterns.append(entry)

    def find(self, caller: DialledAddress) -> str | None:
        """The entry that means this caller, as it was written."""
        if caller.anonymous and self.anonymous:
            return ANONYMOUS
        for key in keys(caller):
            if key in self.exact:
                return self.exact[key]
        return next((e.text for e in self.patterns if e.matches(caller)), None)


class CallerFilter:
    """Who may call: everybody in `allow` (or all, if it is empty) who is not in `deny`."""

    def __init__(self, allow: Iterable[str], deny: Iterable[str], region: str | None) -> None:
        self.allow = CallerSet(allow, region)
        self.deny = CallerSet(deny, region)
        self.open = not tuple(allow)

    def refusal(self, caller: DialledAddress) -> str:
        """Why this caller may not; empty if they may."""
        if (entry := self.deny.find(caller)) is not None:
            return f"the caller is denied by {entry}"
        if not self.open and self.allow.find(caller) is None:
            return "the caller is not among those allowed"
        return ""


@dataclass(frozen=True, slots=True)
class HeaderTest:
    """A header that a call must have, with a value or a beginning."""

    name: str
    text: str
    regex: Regex

    def refusal(self, headers: Mapping[str, str]) -> str:
        """Why a call with these headers (by lower-case name) does not pass; empty if it does."""
        value = headers.get(self.name.lower())
        if value is None:
            return f"header {self.name} is missing"
        if self.regex.fullmatch(value.strip()):
            return ""
        return f"header {self.name} is {value[:SHOWN]!r}, not {self.text}"


def header_test(name: str, text: str) -> HeaderTest:
    """Read one condition; ValueError says what to write instead."""
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        body = text[1:-1]
    elif text.endswith("*"):
        body = escape(text[:-1]) + ".*"
    else:
        body = escape(text)
    return HeaderTest(name, text, Regex(body))
