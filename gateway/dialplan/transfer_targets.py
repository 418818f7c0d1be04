"""From what a model asks for to a destination that the plan's author allows. Pure.

Whatever is not listed is refused. A model is told what callers say to it, so everything it gives is somebody
else's text. A target is found by its name and nothing else; digits are digits of ASCII, must fit one of the
target's patterns, and no premium-rate number comes through a pattern: only where it is written out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import phonenumbers

from gateway.call import Destination, read_destination
from gateway.dialplan import numbers
from gateway.dialplan.model.targets import DIGITS, TransferTarget
from gateway.dialplan.numbers import Kind

LONGEST_DIGITS = 32
"""Twice the longest number that there is."""

_DIGITS = re.compile(rf"\+?[0-9*#]{{1,{LONGEST_DIGITS}}}", re.ASCII)
_ABROAD = re.compile(r"(?:\+|00|011)(?:979|88[1-3]|870|808)")
"""International premium-rate, satellite and network numbers (E.164 codes that belong to no country)."""
_PREMIUM = re.compile(
    r"(?:(?:\+|00|011)?1)?(?:900|976)[0-9]{7}|0?(?:900|190|137|118)[0-9]*|(?:\+|00|011)[0-9]{1,3}0?900[0-9]*"
)
"""By their look alone, where it is not known in which country they are dialled."""
_COSTLY = frozenset({phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST})


class TargetRefused(ValueError):
    """Nobody may be called for that; the message is for the model."""


def find_target(
    targets: Mapping[str, TransferTarget], name: str, digits: str = "", region: str | None = None
) -> tuple[TransferTarget, Destination]:
    """Return a target by its name, and where it is reached. Raises TargetRefused."""
    target = targets.get(name)
    if target is None:
        raise TargetRefused(f"there is no such target; there are: {', '.join(sorted(targets)) or 'none'}")
    if DIGITS not in target.to:
        return target, read_destination(target.to)
    if not _DIGITS.fullmatch(digits):
        raise TargetRefused("give the digits to dial: 0-9, * and #, and nothing else")
    if not _fits(target, digits, region):
        raise TargetRefused("these digits may not be dialled")
    before, _, after = target.to.partition(DIGITS)
    return target, read_destination(before + digits.replace("#", "%23") + after)


def _fits(target: TransferTarget, digits: str, region: str | None) -> bool:
    address = numbers.address(digits, region=region)
    if digits.startswith("+") and not address.number:
        return False  # no number has so many digits, or so few
    entries = [numbers.parse_entry(text, region) for text in target.digits]
    fitting = [entry for entry in entries if entry.matches(address)]
    if any(entry.kind is Kind.EXACT for entry in fitting):
        return True
    return bool(fitting) and not is_costly(digits, region)


def is_costly(digits: str, region: str | None = None) -> bool:
    """Return whether a number looks like one that costs whoever dials it more than a call."""
    if _ABROAD.match(digits) or _PREMIUM.fullmatch(digits):
        return True
    number = numbers.e164(digits, region) or numbers.e164(digits.removeprefix("011"))
    if not number:
        return False
    if _ABROAD.match(number) or _PREMIUM.fullmatch(number):
        return True
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) in _COSTLY
    except phonenumbers.NumberParseException:
        return True
