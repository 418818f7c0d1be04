"""Numbers that no call of ours goes to by itself."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from gateway.dialplan.barring import COSTLY, EMERGENCY, barred, emergency_numbers, is_costly
from gateway.dialplan.numbers import SHORTEST_NUMBER

REGIONS = ("DE", "US", "GB", "FR", "JP", "AU", "CH", None)
WRAPS = (
    *("{}", "*31#{}", "#31#{}", "*67{}", "*82{}", "0{}", "9{}", "*#31#{}"),
    *("{}#", "{}*", "*{}", "#{}", "+{}", "00{}", "1010288{}", "*67{}#"),
)


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("911", "US"),
        ("112", "DE"),
        ("110", "DE"),
        ("15", "FR"),
        ("999", "GB"),
        ("000", "AU"),
        ("911", "DE"),  # mobile networks take it everywhere
        ("911", None),
        ("9-1-1", "US"),
        ("9.1.1", "US"),
        ("%39%31%31", "US"),
        ("*67911", "US"),
        ("#31#112", "DE"),
        ("0112", "DE"),
        ("9911", "US"),
        ("+1911", "US"),
        ("+49112", None),
        ("0049110", "DE"),
        ("911;phone-context=+1", "US"),
        ("9116666666", "US"),  # what some exchanges pass on after three digits
        ("sos", None),
        ("911#", "US"),
        ("*112*", "DE"),
        ("+112", "DE"),
        ("00112", "FR"),
        ("1010288911", "US"),
    ],
)
def test_an_emergency_number_is_known_in_every_dress(number: str, region: str | None) -> None:
    """With separators, service codes, an outside line or a country in front."""
    assert barred(number, region) == EMERGENCY
    assert barred(number, region, emergency=True) == ""


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+19005551234", "US"),
        ("919005551234", "US"),
        ("0900123456", "DE"),
        ("00900123456", "DE"),
        ("11833", "DE"),
        ("+97912345678", None),
        ("*679005551234", "US"),
        ("0190123456", None),
        ("9005551234#", "US"),
        ("#0900123456", "DE"),
        ("9005551234123", "US"),  # digits too many, which are left out
        ("+9005551234", "US"),
        ("10102889005551234", "US"),
        ("0906123456", "GB"),  # one too few, which is waited for
        ("0137123456", "DE"),
    ],
)
def test_a_costly_number_is_known(number: str, region: str | None) -> None:
    """It does not help that emergency numbers may be called."""
    assert barred(number, region) == barred(number, region, emergency=True) == COSTLY


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+4930123456", "DE"),
        ("+4930900123456", "DE"),  # Berlin, though 900 stands in it
        ("030123456", "DE"),
        ("+15551234567", "US"),
        ("01184960000", "GB"),  # Reading, and no directory service
        ("+33112345678", "FR"),
        ("200", None),
        ("200", "DE"),
        ("*97", None),
        ("frontdesk", None),
        ("1000", None),
        ("+97670123456", "US"),  # Mongolia, and no 976 of North America
        ("031234567", "LT"),  # which begins as an emergency number there does
        ("1181", "GB"),
    ],
)
def test_an_ordinary_number_is_called(number: str, region: str | None) -> None:
    """Most are."""
    assert barred(number, region) == ""


def test_people_are_told_which_numbers_these_are() -> None:
    """Of their country, or of many."""
    assert emergency_numbers("DE") == ("110", "112")
    assert set(emergency_numbers("FR")) == {"15", "17", "18", "112"}
    assert {"112", "911"} <= set(emergency_numbers(None))


def test_ten_thousand_hostile_requests_reach_no_emergency_service_and_no_premium_number() -> None:
    """Whatever is let through is, read as a network would, neither of them."""
    rng = random.Random(20261128)
    passed = 0
    for _ in range(10_000):
        region = rng.choice(REGIONS)
        core = _hostile(rng, region)
        number = _dressed(rng, core, region)
        if barred(number, region):
            continue
        passed += 1
        short = core.lstrip("+")
        assert core not in emergency_numbers(region), (number, region)
        assert not (core.isdigit() and is_costly(core, region)), (number, region)
        assert short not in ("112", "911"), (number, region)
    assert passed > 500  # it is no wall


def _hostile(rng: random.Random, region: str | None) -> str:
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(emergency_numbers(region))
    if kind < 0.7:
        prefix = rng.choice(["900", "1900", "0900", "976", "+1900", "+49900", "00882", "+979", "+8816"])
        return prefix + "".join(rng.choices("0123456789", k=7))
    return rng.choice(["+4930", "+1555", "030", "2"]) + "".join(rng.choices("23456789", k=7))


def _dressed(rng: random.Random, core: str, region: str | None) -> str:
    number = core
    if core.isdigit() and len(core) < SHORTEST_NUMBER and region and rng.random() < 0.3:
        number = f"+{phonenumbers.country_code_for_region(region)}{core}"
    elif not core.startswith(("+", "00")):
        number = rng.choice(WRAPS).format(core)
    if rng.random() < 0.3:
        number = rng.choice("-. ").join(number)
    if rng.random() < 0.2:
        number = "".join(f"%{ord(char):02x}" for char in number)
    return number
