"""Nobody reaches a destination that the plan's author has not listed, whatever they say."""

from __future__ import annotations

import random
import re
import string

import pytest

from gateway.dialplan.barring import is_costly
from gateway.dialplan.model import TransferTarget
from gateway.dialplan.transfer_targets import TargetRefused, find_target

TARGETS = {
    "sales": TransferTarget(to="sip:200@pbx.example.com:5080", mode="blind"),
    "extension": TransferTarget(to="sip:{digits}@pbx.example.com", digits=("2XX",)),
    "abroad": TransferTarget(to="sip:{digits}@10.0.0.7", digits=("+4930*", "+1555XXXXXXX", "+49900123456")),
    "anybody": TransferTarget(to="sip:0{digits}@10.0.0.7", digits=("*",)),
}
ALLOWED = re.compile(
    r"sip:200@pbx\.example\.com:5080|sip:2[0-9]{2}@pbx\.example\.com"
    r"|sip:(\+4930[0-9]{3,11}|\+1555[0-9]{7}|\+49900123456)@10\.0\.0\.7|sip:0\+?([0-9*]|%23){1,32}@10\.0\.0\.7",
    re.ASCII,
)
"""Written down a second time, by hand: all that these targets may ever become."""
SPICE = [
    "\r\n", "\r", "\n", "\0", "\t", " ", ";", "?", "@", "%", "&", "=", ":", "/", "<", ">", '"', "'", "\\",
    ",", "|", "%0d%0a", "%40", "%3b", "%3f", "%00", "%32", "..", "{digits}", "{{digits}}", "${HOME}", "sip:",
    "sips:", "tel:", ";maddr=192.0.2.1", ";transport=tcp", "?Route=%3Csip:evil%3E", "?Replaces=a",
    "@evil.example", ";user=phone", "\r\nINVITE sip:evil@evil SIP/2.0\r\n", ";phone-context=+88299", "\u0662",
    "\u0966", "\uff12", "\u00b2", "\u2460", "\U0001d7d8", "\u202e", "\u200b", "\u00a0", "\u2028", "\ufeff",
    "\u0430", "+", "*", "#", "-", "(", ")", ".",
]  # fmt: skip
PREMIUM = [
    "+1900",
    "1900",
    "0900",
    "900",
    "+979",
    "00979",
    "011979",
    "+882",
    "+883",
    "+881",
    "+870",
    "0190",
    "0137",
]


def hostile(rng: random.Random) -> tuple[str, str]:
    """Make a target's name and digits, as an attacker's model would give them."""

    def spoiled(text: str) -> str:
        parts = list(text)
        for _ in range(rng.randint(0, 3)):
            parts.insert(rng.randint(0, len(parts)), rng.choice(SPICE))
        parts = list("".join(parts))
        if rng.random() < 0.1:
            parts = [chr(ord(char) + 0xFEE0) if char in string.digits else char for char in parts]
        if rng.random() < 0.1:
            parts = [f"%{ord(char):02x}" if ord(char) < 128 else char for char in parts]
        return "".join(parts)

    name = rng.choice([*TARGETS, "ops", "Sales", "sip:evil@evil", "", "__class__"])
    length = rng.choice([0, 1, 2, 2, 3, 3, 7, 11, 15, 40, 400])
    digits = rng.choice(["", "2", "+4930", "+1555", *PREMIUM]) + "".join(rng.choices(string.digits, k=length))
    return spoiled(name) if rng.random() < 0.5 else name, spoiled(digits) if rng.random() < 0.8 else digits


def test_ten_thousand_hostile_targets_reach_nobody_else() -> None:
    """Line breaks, parameters, headers, other digits, escapes, costly prefixes: only what is listed."""
    rng = random.Random(20261128)
    passed = []
    for _ in range(10_000):
        name, digits = hostile(rng)
        try:
            target, destination = find_target(TARGETS, name, digits)
        except TargetRefused:
            continue
        assert target is TARGETS[name]
        assert ALLOWED.fullmatch(destination.uri), (name, digits)
        if "{digits}" in target.to and digits != "+49900123456":
            assert not is_costly(digits), digits
        passed.append(name)
    assert set(passed) == set(TARGETS)  # and it is no wall: who asks for what is listed gets it


@pytest.mark.parametrize("digits", ["200", "299"])
def test_digits_that_fit_are_dialled(digits: str) -> None:
    """In the place that the address has for them."""
    _, destination = find_target(TARGETS, "extension", digits)
    assert destination.uri == f"sip:{digits}@pbx.example.com"


@pytest.mark.parametrize(
    "digits", ["", "300", "2000", " 200", "200 ", "200\n", "2.00", "2-00", "\uff12\uff10\uff10"]
)
def test_digits_that_do_not_are_refused(digits: str) -> None:
    """Nothing is made to fit: who wants to be understood writes digits."""
    with pytest.raises(TargetRefused):
        find_target(TARGETS, "extension", digits)


def test_whoever_is_not_listed_is_not_there() -> None:
    """The model is told whom it may ask for."""
    with pytest.raises(TargetRefused, match="there are: abroad, anybody, extension, sales"):
        find_target(TARGETS, "boss")
    with pytest.raises(TargetRefused, match="there are: none"):
        find_target({}, "boss")


def test_a_target_without_digits_ignores_them() -> None:
    """A model that gives some all the same is not to be argued with."""
    assert find_target(TARGETS, "sales", "\r\nX: 1")[1].uri == "sip:200@pbx.example.com:5080"


@pytest.mark.parametrize(
    "digits",
    ["+19005551234", "19005551234", "9005551234", "+97912345678", "01197912345678", "+88213300655",
    "0088213300655",
     "09001234567", "+499001234567", "00870771001000", "+449098790879"],
)  # fmt: skip
def test_a_costly_number_is_known(digits: str) -> None:
    """By its prefix, or as its country has it."""
    assert is_costly(digits)


@pytest.mark.parametrize("digits", ["+4930123456", "+15551234567", "200", "*97", "+442079460123"])
def test_an_ordinary_number_is_not(digits: str) -> None:
    """Most are not."""
    assert not is_costly(digits)


def test_a_costly_number_that_is_written_out_is_meant() -> None:
    """A pattern does not reach it, its own entry does."""
    assert find_target(TARGETS, "abroad", "+49900123456")[1].user == "+49900123456"
    with pytest.raises(TargetRefused):
        find_target(TARGETS, "anybody", "+49900123457")
