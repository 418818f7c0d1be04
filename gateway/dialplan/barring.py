"""Numbers that no call of ours goes to by itself: emergency services, and premium rates. Pure.

A model, a list or an operator names a number; what dialling it means is decided by the network behind the
trunk. So a number counts as barred in every way in which one of the usual networks would read it: with
separators, an access code for the outside line or for a carrier, a service code in front, its country code, a
key that ends it, or digits too many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from phonenumbers import shortnumberinfo

from gateway.dialplan import numbers

ANYWHERE = frozenset({"000", "08", "110", "112", "118", "119", "911", "999"})
"""What a telephone takes for an emergency call where it does not know the country (3GPP TS 22.101 10.1.1)."""
SERVICES = frozenset({"sos", "police", "fire", "ambulance", "emergency"})
"""SIP users that stand for them (RFC 5031)."""

_SEPARATORS = re.compile(r"[-._ ()/]")
_SERVICE_CODE = re.compile(r"[*#]{1,2}([0-9]{2,3})[*#]?")
"""In front of a number, such as *31# or *67: to hide who calls."""
_ABROAD = re.compile(r"\+|00|011")
_OUTSIDE_LINES = ("", "0", "9")
_CARRIER = re.compile(r"101[0-9]{4}(?=[0-9+])")
"""What chooses a long-distance carrier in North America."""
_NO_PREFIX = ("+", "00", "+0", "+9")
"""Taken from the front of what is no number otherwise: a network may drop what it makes nothing of."""
_SURPLUS = 4
"""Digits behind a number that networks leave out; those that are missing, two at most, they may wait for."""
_COSTLY_ABROAD = re.compile(r"(?:\+|00|011)(?:979|88[1-3]|870|808)")
"""International premium-rate, satellite and network numbers (E.164 codes that belong to no country)."""
_PREMIUM = re.compile(r"(?:(?:\+|00|011)?1)?(?:900|976)[0-9]{7}")
_PREMIUM_ABROAD = re.compile(r"0?900[0-9]*")
"""Behind a country's code."""
_PREMIUM_SOMEWHERE = re.compile(r"0?(?:900|190|137|118)[0-9]*")
"""By its look alone, where it is not known in which country it is dialled, or nobody has it there."""
_DIRECTORY = re.compile(r"118[0-9]{2,3}")
"""Directory services in most of Europe: several euros a minute."""
LONGEST_SHORT = 6
"""Digits of a number that is no subscriber's, such as a directory service."""
_COSTLY = frozenset({phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST})

EMERGENCY = "it leads to an emergency service"
COSTLY = "it costs more than a call"


def barred(user: str, region: str | None = None, *, emergency: bool = False) -> str:
    """Return why this user of a SIP address is not called, as the rest of a sentence; "" if it may be.

    `region` (ISO 3166): where it is dialled; `emergency`: whether emergency services may be called.
    """
    if is_emergency(user, region):
        return "" if emergency else EMERGENCY
    return COSTLY if any(_may_cost(number, region) for number in _readings(_plain(user))) else ""


def is_emergency(user: str, region: str | None = None) -> bool:
    """Return whether a network could take this for a call to an emergency service."""
    plain = _plain(user)
    return plain.lower() in SERVICES or any(_is_short(number, region) for number in _readings(plain))


@lru_cache(maxsize=16)
def emergency_numbers(region: str | None) -> tuple[str, ...]:
    """Return the emergency numbers of a region, for people; without one, those that hold in many."""
    if region is None:
        return tuple(sorted(ANYWHERE))
    short = [str(number).zfill(width) for width in (2, 3) for number in range(10**width)]
    return tuple(one for one in short if shortnumberinfo.is_emergency_number(one, region))


def is_costly(digits: str, region: str | None = None) -> bool:
    """Return whether a number looks like one that costs whoever dials it more than a call."""
    if _looks_costly(digits) or _DIRECTORY.fullmatch(digits):
        return True
    if region is None and _PREMIUM_SOMEWHERE.fullmatch(digits):
        return True
    if region is not None and _is_costly_short(digits, region):
        return True
    if len(digits) > LONGEST_SHORT and _looks_premium(digits) and not _is_assigned(digits, region):
        return True
    number = numbers.e164(digits, region) or numbers.e164(digits.removeprefix("011"))
    if not number:
        return False
    if _looks_costly(number):
        return True
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) in _COSTLY
    except phonenumbers.NumberParseException:
        return True


def _may_cost(number: str, region: str | None) -> bool:
    """Return whether a network could take that for a costly number, dialled here or on an outside line."""
    readings = {number.removeprefix(line) for line in _OUTSIDE_LINES}
    if any(is_costly(one, region) for one in readings):
        return True
    if _is_assigned(number, region) or not number.removeprefix("+").isdigit():
        return False  # it is what it is
    readings |= {number.removeprefix(line) for line in _NO_PREFIX}
    return any(is_costly(one, region) for reading in readings for one in _of_another_length(reading))


def _is_assigned(number: str, region: str | None) -> bool:
    """Return whether somebody may have this number, dialled here."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def _of_another_length(number: str) -> Iterator[str]:
    """Yield a number, and what it may be with digits too many or too few."""
    yield number
    if len(number) > LONGEST_SHORT:
        yield from (number[:-surplus] for surplus in range(1, _SURPLUS + 1))
        yield from (number + "0" * missing for missing in (1, 2))


def _looks_costly(number: str) -> bool:
    if _COSTLY_ABROAD.match(number) or _PREMIUM.fullmatch(number):
        return True
    return any(_PREMIUM_ABROAD.fullmatch(rest) for _, rest in _abroad(number))


def _looks_premium(number: str) -> bool:
    """Return whether many a country has its premium rates there; in some these are other numbers."""
    here = (number, *(rest for _, rest in _abroad(number)))
    return any(_PREMIUM_SOMEWHERE.fullmatch(digits) for digits in here)


def _abroad(number: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the regions of a number that begins with their country's code, and the rest of it."""
    if (prefix := _ABROAD.match(number)) is None:
        return
    digits = number[prefix.end() :]
    for length in (1, 2, 3):
        code = digits[:length]
        if code.isdigit() and (regions := phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))):
            yield tuple(regions), digits[length:]


def _is_costly_short(digits: str, region: str) -> bool:
    if not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST_SHORT:
        return False
    code = phonenumbers.country_code_for_region(region)
    number = phonenumbers.PhoneNumber(country_code=code, national_number=int(digits))
    cost = shortnumberinfo.expected_cost_for_region(number, region)
    return bool(cost == shortnumberinfo.ShortNumberCost.PREMIUM_RATE)


def _plain(user: str) -> str:
    return _SEPARATORS.sub("", numbers.address(user).user)


def _readings(plain: str) -> Iterator[str]:
    """Yield a number as it is, without keys around it, and without each code that it may begin with."""
    found = [plain]
    if (bare := plain.strip("*#")) and bare != plain:
        found.append(bare)
    code = _SERVICE_CODE.match(plain)
    if code is not None:
        begins = code.start(1)
        rests = (plain[begins + length :].strip("*#") for length in (2, 3))
        found += [rest for rest in rests if rest and rest != plain]
    for number in found:
        yield number
        if (carrier := _CARRIER.match(number)) is not None:
            yield number[carrier.end() :]


def _is_short(number: str, region: str | None) -> bool:
    """Return whether that is an emergency number, dialled here, outside a private network, or abroad."""
    if not number.isascii():
        return False
    for access in (*_OUTSIDE_LINES, *_NO_PREFIX):
        if number.startswith(access) and _is_emergency_here(
            number[len(access) :], region, exact=access != ""
        ):
            return True
    return any(
        _is_emergency_here(rest, country, exact=True)
        for regions, rest in _abroad(number)
        for country in regions
    )


def _is_emergency_here(number: str, region: str | None, *, exact: bool) -> bool:
    if not number.isdigit():
        return False
    if region is None:
        return number in ANYWHERE
    if number in ("112", "911"):  # what mobile networks and many exchanges everywhere take for it
        return True
    if exact or _is_assigned(number, region):
        return bool(shortnumberinfo.is_emergency_number(number, region))
    return bool(shortnumberinfo.connects_to_emergency_number(number, region))
