"""From what a model asks for to a destination that the plan's author allows. Pure.

Whatever is not listed is refused. A model is told what callers say to it, so everything it gives is somebody
else's text. A target is found by its name and nothing else; digits are digits of ASCII, must fit one of the
target's patterns, and no emergency or premium-rate number (`gateway.dialplan.barring`) comes through a
pattern: only where it is written out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.call import Destination, read_destination
from gateway.dialplan import numbers
from gateway.dialplan.barring import barred
from gateway.dialplan.model.targets import DIGITS, TransferTarget
from gateway.dialplan.numbers import Kind

LONGEST_DIGITS = 32
"""Twice the longest number that there is."""

_DIGITS = re.compile(rf"\+?[0-9*#]{{1,{LONGEST_DIGITS}}}", re.ASCII)


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
    return bool(fitting) and not barred(digits, region)


def is_written_out(target: TransferTarget, digits: str, region: str | None = None) -> bool:
    """Return whether the plan's author has written down this very number, and not only a pattern for it."""
    if DIGITS not in target.to:
        return True
    address = numbers.address(digits, region=region)
    entries = (numbers.parse_entry(text, region) for text in target.digits)
    return any(entry.kind is Kind.EXACT and entry.matches(address) for entry in entries)
