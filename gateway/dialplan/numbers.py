"""Telephone numbers and SIP users: bringing them to one form, and the patterns that match them. Pure.

What a plan may list under `numbers` (and under `from`):

| written | matches |
|---|---|
| `+15551230001`, `+1 555 123-0001`, `+44 (0)20 7946 0123` | this number, however the line writes it |
| `100`, `*97` | this user part as it is |
| `sip:frontdesk`, `sip:frontdesk@example.com` | this SIP user, in capitals or not (with this host) |
| `+1555123X`, `_0[2-5]N.` | X 0-9, Z 1-9, N 2-9, a set; last: `.` one or more, `!` none or more |
| `+4420*`, `sip:support-*` | everything that begins so |
| `/[+]1555(12|13)[0-9]{5}/` | a regular expression over the whole number or user |
| `*` | everything, asked after all others |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers

from gateway.regex import Regex

LONGEST_REMEMBERED = 128
"""Characters of a SIP user. No number and no sane user is longer; a longer one is read each time anew."""

SHORTEST_NUMBER = 7
LONGEST_NUMBER = 15
"""Digits of a number that can be dialled from anywhere, with its country code (E.164 6.2.1)."""
SHORTEST_BARE = 11
"""Digits of such a number without its plus."""

_SEPARATORS = str.maketrans(
    "",
    "",
    " -()./"
    "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
    "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # hyphens, dashes, minus
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
)
"""What a number is written with to be read (RFC 3966 section 3), by word processors and address books, too:
spaces of all widths, dashes, and marks that are not seen at all but are copied along."""
_DIGITS = frozenset("0123456789")
_CLASSES = {"X": _DIGITS, "Z": _DIGITS - {"0"}, "N": _DIGITS - {"0", "1"}}
_E164 = phonenumbers.PhoneNumberFormat.E164
_ANONYMOUS = frozenset({"", "anonymous", "restricted", "unavailable", "unknown", "private"})
_ONE_NUMBER = re.compile(r"\+?[0-9*#]+")
_TRUNK_PREFIX = re.compile(
    r"(?P<before>_?\s*\+[\s./-]*(?P<country>[1-9][0-9]{0,2})[\s./-]*)\((?P<prefix>[0-9]{1,2})\)"
)


@dataclass(frozen=True, slots=True)
class DialledAddress:
    """One end of a call in the forms that entries are compared with."""

    number: str
    """E.164 with its plus, or empty when the user is not a telephone number."""
    user: str
    """The user part as it came, without scheme and parameters, in small letters."""
    host: str = ""

    @property
    def plain(self) -> str:
        """The user, if it is digits, without separators, which only please the eye (RFC 3966 section 3)."""
        return (_plain if len(self.user) <= LONGEST_REMEMBERED else _plain.__wrapped__)(self.user)

    @property
    def anonymous(self) -> bool:
        """Whether the caller withheld who they are (RFC 3323 4.1: anonymous@anonymous.invalid)."""
        return not self.number and (self.user in _ANONYMOUS or self.host == "anonymous.invalid")


@lru_cache(maxsize=1024)
def _plain(user: str) -> str:
    """Each plan asks it of the same two addresses."""
    plain = user.translate(_SEPARATORS)
    return plain if _ONE_NUMBER.fullmatch(plain) else ""


def address(user: str, host: str = "", region: str | None = None) -> DialledAddress:
    """Read the user part of a SIP URI, or a whole `tel:` or `sip:` URI.

    `region` (ISO 3166, such as `DE`) says how national numbers are meant.
    """
    if len(user) + len(host) > 2 * LONGEST_REMEMBERED:
        return _read(user, host, region)
    return _remembered(user, host, region)


@lru_cache(maxsize=8192)
def _remembered(user: str, host: str, region: str | None) -> DialledAddress:
    # The same few numbers are called again and again, and reading a national one costs 15 us.
    return _read(user, host, region)


def _read(user: str, host: str, region: str | None) -> DialledAddress:
    text, more = unquote(user).strip(), ""
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        text, at, uri_host = rest.partition("@")
        # Parameters belong to the URI (after the host) or, as in user=phone, to the number before it.
        uri_host, _, more = uri_host.partition(";")
        host = uri_host if at else context_domain(rest) or host
    text, _, parameters = text.partition(";")
    text, _, user_host = text.partition("@")
    number = e164(in_context(text, f"{parameters};{more}"), region)
    return DialledAddress(number, text.lower(), (user_host or host).lower().removesuffix("."))


def e164(text: str, region: str | None = None) -> str:
    """The number as `+` and 7 to 15 digits, or empty if it is not one that can be dialled from anywhere.

    Without a region, `00` and a bare international number of at least 11 digits (carriers often drop the
    plus) are understood; anything shorter is an extension and stays what it is.
    """
    text = text.translate(_SEPARATORS)
    digits = text.removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        return ""
    if text.startswith("+"):
        return _international(digits)
    if region:
        return _national(text, region)
    if digits.startswith("00"):
        return _international(digits[2:])
    return _international(digits) if len(digits) >= SHORTEST_BARE else ""


def without_separators(text: str) -> str:
    """Return a number without what only makes it easy to read."""
    return text.translate(_SEPARATORS)


def known_region(region: str) -> bool:
    """Whether national numbers of this region can be read."""
    return region in phonenumbers.SUPPORTED_REGIONS


def _national(text: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    # Some regions allow very short numbers; so short, it is an extension of ours.
    if not _is_possible(parsed):
        return ""
    number = str(phonenumbers.format_number(parsed, _E164))
    return number if len(number) > SHORTEST_NUMBER else ""


def in_context(number: str, parameters: str) -> str:
    """Return the global number of a local one whose URI says where it is dialled (RFC 3966 section 5.1.5).

    `parameters` are those of the URI, between semicolons. Where the prefix and the number make none that is
    possible there (911 with +1), or a domain is named, the number is local, and returned as it is.
    """
    context = _context(parameters)
    if number.startswith("+") or not context.startswith("+"):
        return number
    whole = e164(context + number)
    return whole if whole and _country_code(whole[1:]) and _is_possible(phonenumbers.parse(whole)) else number


def context_domain(parameters: str) -> str:
    """Return the domain in which a local number is known, if its URI names one."""
    context = _context(parameters)
    return "" if context.startswith("+") else context


def _context(parameters: str) -> str:
    named = (parameter.partition("=") for parameter in parameters.split(";"))
    contexts = [unquote(value).strip() for name, _, value in named if name.strip().lower() == "phone-context"]
    return contexts[0] if len(contexts) == 1 else ""


def _is_possible(number: phonenumbers.PhoneNumber) -> bool:
    reason = phonenumbers.is_possible_number_with_reason(number)
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def _international(digits: str) -> str:
    """Return a number whose digits begin with the country code, without the 0 that is only dialled inside.

    People write that 0, as in +44 (0)20, and some lines send it. Where it belongs to the number (Italy) it
    stays.
    """
    if digits[:1] == "0" or not SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER + 2:
        return ""
    country = _country_code(digits)
    if country and digits[len(country)] == "0":
        digits = str(phonenumbers.format_number(phonenumbers.parse(f"+{digits}"), _E164))[1:]
    return f"+{digits}" if SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER else ""


def _country_code(digits: str) -> str:
    """Return what a number begins with of the countries' codes (E.164 6.2.1); no code begins another."""
    codes = (digits[:length] for length in (1, 2, 3))
    return next((code for code in codes if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")


def _without_trunk_prefix(written: str) -> str:
    """Return a number or pattern without the `(0)` behind its country code that nobody dials from abroad."""
    found = _TRUNK_PREFIX.match(written)
    if found is None:
        return written
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(found["country"]), ("",))
    about = phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None)
    belongs = about is None or about.national_prefix != found["prefix"]
    return written if belongs else found["before"] + written[found.end() :]


# --- entries of a plan -------------------------------------------------------------------------------


class Kind(StrEnum):
    """How narrow an entry is; exact ones are asked first, `any` last."""

    EXACT = "exact"
    PATTERN = "pattern"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a plan's `numbers`, ready to be compared."""

    text: str
    """As a person wrote it."""
    kind: Kind
    key: str = ""
    """Exact: what an address's number, user or user@host must equal. Pattern: its fixed beginning."""
    regex: re.Pattern[str] | Regex | None = None
    steps: tuple[frozenset[str], ...] | None = None
    """The characters allowed at each place, for `covers`; a regular expression has none."""
    tail: int | None = None
    """How many more characters must follow the steps at least; none may when this is None."""
    sip: bool = False

    def matches(self, address: DialledAddress) -> bool:
        """Whether the address is meant by this entry."""
        if self.kind is Kind.ANY:
            return True
        forms = (
            keys(address)
            if self.kind is Kind.EXACT or self.sip
            else (address.number, address.user, address.plain)
        )
        if self.regex is None:
            return self.key in forms
        return any(form and self.regex.fullmatch(form) for form in forms)


def keys(address: DialledAddress) -> tuple[str, ...]:
    """All texts under which an exact entry may be filed for this address, most telling first."""
    return (address.number, address.user, address.plain, f"{address.user}@{address.host}")


def parse_entry(text: str, region: str | None = None) -> Entry:
    """Read one entry; ValueError says what to write instead."""
    written = text.strip()
    if written == "*":
        return Entry(text, Kind.ANY)
    if len(written) > 1 and written.startswith("/") and written.endswith("/"):
        return _regex(text, written[1:-1])
    if written.lower().startswith("sip:"):
        return _sip(text, written[4:].lower())
    if written.lower().startswith("tel:"):
        written, _, parameters = written[4:].partition(";")
        written = in_context(written, parameters)
    written = _without_trunk_prefix(written)
    if _is_pattern(written):
        return _pattern(text, written)
    plain = written.translate(_SEPARATORS)
    if not _ONE_NUMBER.fullmatch(plain):
        cure = f"a SIP user is written sip:{written}" if written else "an entry must not be empty"
        raise ValueError(f"not a telephone number or pattern; {cure}")
    number = e164(plain, region)
    if plain.startswith("+") and not number:
        raise ValueError("an international number has 7 to 15 digits after its plus")
    return Entry(text, Kind.EXACT, number or plain)


def covers(wide: Entry, narrow: Entry) -> bool:
    """Whether everything that `narrow` matches is surely matched by `wide` too."""
    if wide.kind is Kind.ANY:
        return True
    if narrow.kind is Kind.ANY:
        return False
    if wide.kind is Kind.EXACT or narrow.kind is Kind.EXACT:
        return wide.kind is narrow.kind and wide.key == narrow.key
    if wide.steps is None or narrow.steps is None or wide.sip != narrow.sip:
        return wide.text.strip() == narrow.text.strip()
    if len(narrow.steps) < len(wide.steps):
        return False
    if wide.tail is None and (narrow.tail is not None or len(narrow.steps) != len(wide.steps)):
        return False
    shortest = len(narrow.steps) + (narrow.tail or 0)
    if shortest < len(wide.steps) + (wide.tail or 0):
        return False
    return all(n <= w for w, n in zip(wide.steps, narrow.steps, strict=False))


def _is_pattern(written: str) -> bool:
    return written.startswith("_") or written.endswith((".", "!", "*")) or bool(set(written) & set("XNZ["))


def _regex(text: str, body: str) -> Entry:
    return Entry(text, Kind.PATTERN, regex=Regex(body))


def _sip(text: str, user: str) -> Entry:
    if user == "*":
        raise ValueError("this matches everything; write * for that")
    if user.endswith("*") and len(user) > 1:
        return _compiled(text, [frozenset(c) for c in user[:-1]], tail=0, sip=True)
    if not user or any(c.isspace() for c in user):
        raise ValueError("write sip: and a user, such as sip:frontdesk or sip:frontdesk@example.com")
    return Entry(text, Kind.EXACT, user, sip=True)


def _pattern(text: str, written: str) -> Entry:
    body = written.removeprefix("_")
    tail = {".": 1, "!": 0, "*": 0}.get(body[-1:])
    body = body if tail is None else body[:-1]
    steps = list(_steps(body))
    if not steps:
        raise ValueError("this matches everything; write * for that")
    return _compiled(text, steps, tail)


def _steps(body: str) -> Iterator[frozenset[str]]:
    at = 0
    while at < len(body):
        char = body[at]
        if char == "[":
            end = body.find("]", at)
            if end < 0:
                raise ValueError("a set of digits opened with [ must be closed with ]")
            yield _set(body[at + 1 : end])
            at = end + 1
            continue
        if char in _CLASSES:
            yield _CLASSES[char]
        elif char in _DIGITS or char in "*#" or (char == "+" and at == 0):
            yield frozenset(char)
        elif ord(char) not in _SEPARATORS or char == ".":
            raise ValueError(
                f"{char!r} has no place in a pattern; use digits, X, N, Z, [1-5], and . ! or * at the end"
            )
        at += 1


def _set(body: str) -> frozenset[str]:
    chars: set[str] = set()
    for first, last in re.findall(r"([0-9])(?:-([0-9]))?", body):
        chars.update(str(d) for d in range(int(first), int(last or first) + 1))
    if not re.fullmatch(r"(?:[0-9](?:-[0-9])?,?)+", body) or not chars:
        raise ValueError("a set is digits and spans of digits, such as [1-5] or [379]")
    return frozenset(chars)


def _compiled(text: str, steps: Iterable[frozenset[str]], tail: int | None, *, sip: bool = False) -> Entry:
    steps = tuple(steps)
    fixed = ""
    for step in steps:
        if len(step) > 1:
            break
        fixed += next(iter(step))
    body = "".join(f"[{re.escape(''.join(sorted(step)))}]" for step in steps)
    ending = {None: "", 0: ".*", 1: ".+"}[tail]
    return Entry(text, Kind.PATTERN, fixed, re.compile(body + ending, re.DOTALL), steps, tail, sip)
