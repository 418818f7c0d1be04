"""Takes out of what was said what may identify or rob somebody: numbers of cards, accounts and phones. Pure.

By form alone: names, places and whatever else a caller tells stay. A card number is one by its check digit
(ISO/IEC 7812), an account number by its two (ISO 13616), so each is named; any other run of digits, be they
written or spoken one by one, is taken out as digits. Who reads out a number pauses in it: card numbers and
digits are looked for over the turns of a speaker, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Literal, get_args

from gateway.records.call_record import CallRecord, Line, Moment

Kind = Literal["card", "iban", "phone", "email", "digits"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can be taken out, in the order in which it is looked for."""

_TURN = "\x1e"
"""Stands between the turns of a speaker."""
_GAP = rf"(?:[ \u00a0./{_TURN}-]{{0,2}}|,[ {_TURN}])"
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
_DIGITS_TOKEN = re.compile(
    rf"(?<!\w)\d+(?!\w)|\b(?:(?P<times>double|triple) )?(?:{'|'.join(_WORDS)})\b", re.IGNORECASE
)
"""Some digits as they are written, or one (or two, or three) as it is spoken."""
_BETWEEN = re.compile(rf"[ \u00a0./{_TURN}-]{{1,2}}|,[ {_TURN}]?|[ \u00a0.,{_TURN}-]{{1,3}}")
"""Between those of one number."""
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
"""The comma in 12,500, which is an amount."""
MOST_DIGITS = 4
"""So many in a row stay: years, prices and times of day have no more."""


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


def takes_keys(kinds: Collection[Kind]) -> bool:
    """Return whether nobody is to know which keys were pressed: a number can be keyed as well as spoken."""
    return "card" in kinds or "digits" in kinds


def redact_turns(said: Sequence[tuple[str, str]], kinds: Collection[Kind]) -> list[str]:
    """Return texts as `redact` does; each comes with who said it: a number may go on in their next turn."""
    keyed = takes_keys(kinds)
    kept = ["[key]" if keyed and _is_key(text) else text for _, text in said]
    for speaker in dict.fromkeys(who for who, _ in said):
        places = [place for place, (who, _) in enumerate(said) if who == speaker]
        whole = _TURN.join(kept[place].replace(_TURN, " ") for place in places)
        for place, text in zip(places, redact(whole, kinds).split(_TURN), strict=True):
            kept[place] = text
    return kept


def _redacted(record: CallRecord, kinds: frozenset[Kind]) -> CallRecord:
    lines = record.transcript
    if lines is not None:
        lines = _lines(lines, kinds)
    figures = dict(record.figures)
    if isinstance(summary := figures.get("summary"), str):
        figures["summary"] = redact(summary, kinds)
    moments = record.moments
    if takes_keys(kinds):
        moments = tuple(Moment(one.at_ms, one.what) if one.what == "key" else one for one in moments)
    return replace(record, transcript=lines, figures=figures, moments=moments)


def _lines(lines: tuple[Line, ...], kinds: frozenset[Kind]) -> tuple[Line, ...]:
    texts = redact_turns([(one.who, one.text) for one in lines], kinds)
    return tuple(replace(one, text=text) for one, text in zip(lines, texts, strict=True))


def _is_key(text: str) -> bool:
    return len(text) == 3 and text[0] == "["


def _named(kind: Kind, found: str) -> str:
    """Return what stands in place of a number, once for each turn that it goes over."""
    return _TURN.join([f"[{kind}]"] * (found.count(_TURN) + 1))


def _cards(text: str) -> str:
    return _CARD.sub(lambda found: _named("card", found[0]) if _luhn(found[0]) else found[0], text)


def _ibans(text: str) -> str:
    return _IBAN.sub(lambda found: "[iban]" if _mod_97(found[0]) else found[0], text)


def _digits(text: str) -> str:
    parts: list[str] = []
    kept = 0
    for begin, end in _runs(text):
        parts += text[kept:begin], _named("digits", text[begin:end])
        kept = end
    return "".join((*parts, text[kept:]))


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where there are more than `MOST_DIGITS` in a row."""
    run: list[re.Match[str]] = []
    for token in (*_DIGITS_TOKEN.finditer(text), None):
        if run and (token is None or not _goes_on(text, run[-1].end(), token.start())):
            own = _trimmed(run)
            if sum(map(_count, own)) > MOST_DIGITS:
                yield own[0].start(), own[-1].end()
            run = []
        if token is not None:
            run.append(token)


def _goes_on(text: str, end: int, begin: int) -> bool:
    return bool(_BETWEEN.fullmatch(text, end, begin)) and not (
        begin == end + 1 and _THOUSANDS.match(text, end)
    )


def _trimmed(run: list[re.Match[str]]) -> list[re.Match[str]]:
    """Leave out a word at either end that is none of the number: "in 2026 one of us"."""
    own = list(run)
    for end, beside in ((0, 1), (-1, -2)):
        if len(own) > 1 and own[end][0].isalpha() and len(own[beside][0]) > 1 and own[beside][0].isdigit():
            del own[end]
    return own


def _count(token: re.Match[str]) -> int:
    """Return how many digits somebody has said in this."""
    if token[0].isdigit():
        return len(token[0])
    return {"double": 2, "triple": 3}.get((token["times"] or "").lower(), 1)


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
    "digits": _digits,
}
