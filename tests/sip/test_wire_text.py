"""Text of strangers: encodable and printable from the moment it comes in."""

from __future__ import annotations

import pytest

from gateway.sip.wire_text import decoded, printable

EVERY_BYTE = [bytes([value]) for value in range(256)]


@pytest.mark.parametrize("byte", EVERY_BYTE)
def test_every_byte_becomes_text_that_can_be_encoded(byte: bytes) -> None:
    """As PJSIP's bindings hand a byte over, alone or between letters, it can be written anywhere."""
    for wire in (byte, b"a" + byte + b"b", byte * 3):
        decoded(wire.decode("utf-8", "surrogateescape")).encode("utf-8")


def test_what_is_utf_8_stays_as_it_is() -> None:
    """Names of all scripts arrive unchanged."""
    name = "J\u00f6rg \u5c71\u7530 \u0627\u0644\u0639\u0631\u0628\u064a\u0629"
    assert printable(decoded(name)) == name


def test_what_is_no_utf_8_can_be_told_apart() -> None:
    """Two different Call-IDs stay different."""
    assert decoded("a\udcffb") == r"a\xffb" != decoded("a\udcfeb")


def test_half_a_character_in_utf_8_is_no_character() -> None:
    """CESU-8 (ED A0 80) is three bytes that mean nothing."""
    assert decoded(b"\xed\xa0\x80".decode("utf-8", "surrogateescape")) == r"\xed\xa0\x80"


@pytest.mark.parametrize(
    "obeyed", ["\x00", "\x1b[2J", "\x7f", "\x9b2J", "\u2028", "\u2029", "\u202e", "\ufeff", "\r\n", "\ud800"]
)
def test_nothing_that_a_terminal_obeys_is_left(obeyed: str) -> None:
    """C0, C1, separators and what turns the order of writing around are taken out."""
    assert printable(f"a{obeyed}b").isprintable()
