"""Takes out of what was said what may identify or rob somebody: numbers of cards, accounts and phones. Pure.

By form alone: names, places and whatever else a caller tells stay. A card number is one by its check digit
(ISO/IEC 7812), an account number by its two (ISO 13616), so each is named; any other run of digits, be they
written or spoken one by one, is taken out as digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Literal, get_args

from gateway.records.call_record import CallRecord, Line, Moment

Kind = Literal["card", "iban", "phone", "email", "digits"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can be taken out, in the order in which it is looked for."""

_GAP = r"[ \u00a0./-]{0,2}"
_CARD = re.compile(rf"(?<![\w+])\d(?:{_GAP}\d){{12,18}}(?!\w)")
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2} ?\d{2}(?: ?[A-Za-z0-9]){11,30}(?!\w)")
_PHONE = re.compile(
    r"(?<!\w)(?<!\d[ \u00a0./-])\+?\(?\d(?:[ \u00a0()./-]{0,2}\d){6,14}(?!\w|[ \u00a0./-]{0,2}\d)"
)
_EMAIL = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    # ... or as it is spelled out: john dot smith at example dot com.
    r"|\b\w+(?: (?:dot|punkt|point|punto|underscore|dash|minus) \w+)* (?:at|arroba|arobase)"
    r" \w+(?: (?:dot|punkt|point|punto) \w+)+",
    re.IGNORECASE,
)
_WORDS = (
    *["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    *["null", "eins", "zwei", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
    *["zéro", "un", "deux", "trois", "quatre", "cinq", "sept", "huit", "neuf"],
    *["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
)
"""Digits as they are spoken, in the languages of the callers that we know of."""
_ONE = rf"(?<!\d)(?:\d(?!\d)|\b(?:double |triple )?(?:{'|'.join(_WORDS)})\b)"
_DIGITS = re.compile(
    rf"(?<!\w)(?:\d(?:{_GAP}\d){{4,}}|{_ONE}(?:[ \u00a0.,-]{{0,3}}{_ONE}){{4,}})(?!\w)", re.IGNORECASE
)
"""Five and more: no year, price or time of day has so many in a row."""


def redactor(kinds: Collection[Kind]) -> Callable[[CallRecord], CallRecord]:
    """Return what takes these kinds out of a record's words; with none it changes nothing."""
    if not kinds:
        return lambda record: record
    wanted = frozenset(kinds)

    def redacted(record: CallRecord) -> CallRecord:
        return _redacted(record, wanted)

    return redacted


def redact(text: str, kinds: Collection[Kind]) -> str:
    """Return a text with the name of each kind in brackets in place of what is one."""
    for kind in KINDS:
        if kind in kinds:
            text = _FIND[kind](text)
    return text


def _redacted(record: CallRecord, kinds: frozenset[Kind]) -> CallRecord:
    lines = record.transcript
    if lines is not None:
        lines = tuple(_line(line, kinds) for line in lines)
    figures = dict(record.figures)
    if isinstance(summary := figures.get("summary"), str):
        figures["summary"] = redact(summary, kinds)
    moments = record.moments
    if kinds & {"card", "digits"}:  # a number can be keyed as well as spoken
        moments = tuple(Moment(one.at_ms, one.what) if one.what == "key" else one for one in moments)
    return replace(record, transcript=lines, figures=figures, moments=moments)


def _line(line: Line, kinds: frozenset[Kind]) -> Line:
    if len(line.text) == 3 and line.text[0] == "[" and kinds & {"card", "digits"}:
        return replace(line, text="[key]")
    return replace(line, text=redact(line.text, kinds))


def _cards(text: str) -> str:
    return _CARD.sub(lambda found: "[card]" if _luhn(found[0]) else found[0], text)


def _ibans(text: str) -> str:
    return _IBAN.sub(lambda found: "[iban]" if _mod_97(found[0]) else found[0], text)


def _luhn(written: str) -> bool:
    digits = [int(one) for one in written if one.isdigit()]
    doubled = (sum(divmod(2 * one, 10)) for one in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _mod_97(written: str) -> bool:
    plain = "".join(written.split()).upper()
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


_FIND: dict[Kind, Callable[[str], str]] = {
    "card": _cards,
    "iban": _ibans,
    "phone": lambda text: _PHONE.sub("[phone]", text),
    "email": lambda text: _EMAIL.sub("[email]", text),
    "digits": lambda text: _DIGITS.sub("[digits]", text),
}
