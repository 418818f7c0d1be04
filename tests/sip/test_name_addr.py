"""Addresses as phones, carriers and strangers write them: whole, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.call import Party
from gateway.sip.name_addr import LONGEST_NAME, party


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("sip:bob@example.com", Party("bob", "example.com")),
        ("sip:bob@example.com:5060;transport=tcp;tag=1", Party("bob", "example.com")),
        (" sip:bob@example.com ;tag=1", Party("bob", "example.com")),
        ("<sips:bob@[2001:db8::1]:5061>", Party("bob", "[2001:db8::1]")),
        ("tel:+44-20-7946-0000;ext=1", Party("+44-20-7946-0000")),
        ("<tel:5551230001;phone-context=+1>;tag=1", Party("+15551230001")),
        ("<sip:5551230001;phone-context=+1@h;user=phone>", Party("+15551230001", "h")),
        ("<sip:5551230001;phone-context=%2b1@h;user=phone>", Party("+15551230001", "h")),
        ("<sip:5551230001@h;user=phone;phone-context=+1?a=b>", Party("+15551230001", "h")),
        ("<sip:020%207946-0123;phone-context=+44@h>", Party("+442079460123", "h")),
        ("<sip:7042;phone-context=example.com@h>", Party("7042", "h")),
        ("<tel:911;phone-context=+1>", Party("911")),
        ("<tel:7042;phone-context=example.com>", Party("7042", "example.com")),
        ("<sip:+15551230001;phone-context=+49@h>", Party("+15551230001", "h")),
        ("sip:example.com", Party("", "example.com")),
        ("<SIP:b%6fb@example.com>", Party("bob", "example.com")),
        ("<sip:b%2562@h>", Party("b%62", "h")),
        ("Bob <sip:bob:secret@example.com>", Party("bob", "example.com", "Bob")),
        ('"Bob \\"B\\" <sip:eve@h>" <sip:bob@h>;tag=1', Party("bob", "h", 'Bob "B" <sip:eve@h>')),
        ('""<sip:bob@h>', Party("bob", "h")),
        ("Bob, Dr. <sip:bob@h>", Party("bob", "h", "Bob, Dr.")),
        ('Bob "B" Lee <sip:bob@h>', Party("bob", "h", 'Bob "B" Lee')),
        ("< sip:bob@h >", Party("bob", "h")),
        ('<sip:bob@h>;x="<sip:eve@h>"', Party("bob", "h")),
        ("<sip:bob@h?Subject=a@b>", Party("bob", "h")),
        ("<urn:service:sos>", Party("urn:service:sos")),
        ("<http://bob@h/>", Party("http://bob@h/")),
    ],
)
def test_addresses_of_every_form_are_read(address: str, expected: Party) -> None:
    """RFC 3261 section 25.1 name-addr and addr-spec, RFC 3966 tel, and kinds that have no user."""
    assert party(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "<>",
        "<bob>",
        "<sip:bob@h",
        "<sip:bob@h eve>",
        "<sip:bob@[::1>",
        "<sip:bob@eve@h>",
        "<sip:bob@>",
        "<tel:>",
        "Bob sip:bob@h",
        "sip:bob@h, sip:eve@h",
        'Bob "<sip:eve@h>" <sip:bob@h>',
        'Bob" <sip:bob@h>',
        '"Bob <sip:bob@h>',
    ],
)
def test_what_might_be_somebody_else_is_nobody(address: str) -> None:
    """Where readers disagree about who it is, none is right."""
    assert party(address) is None


def test_nothing_of_a_user_is_cut() -> None:
    """Whoever decides on it sees all of it; a name, on which nothing is decided, is bounded."""
    found = party(f'"{"n" * 5000}" <sip:{"x" * 5000}tail@h>')
    assert found is not None
    assert found.user.endswith("xtail")
    assert len(found.user) == 5004
    assert len(found.display_name) == LONGEST_NAME


@pytest.mark.parametrize("text", [" ", '"', '"\\', "a ", "<", "<a", "sip:", "@", ";", '" <', "\\"])
def test_no_address_takes_longer_than_its_length(text: str) -> None:
    """A hundred times what a message can hold."""
    party(text * (800_000 // len(text)))


@given(st.text(max_size=40) | st.text(alphabet='<>"\\:;@%? sipte.', max_size=40))
def test_anything_is_an_address_or_none(text: str) -> None:
    """Nothing that is read carries what a log or a terminal would obey."""
    found = party(text)
    assert found is None or (found.user + found.host + found.display_name).isprintable() or "\u00a0" in text


@given(
    st.text(alphabet="abc+19-_.!~*'()&=$,", min_size=1, max_size=20),
    st.sampled_from(["h", "[::1]", "a.example"]),
)
def test_a_user_is_read_as_it_was_written(user: str, host: str) -> None:
    """With or without brackets, name, port and parameters."""
    for written in (
        f"<sip:{user}@{host}>",
        f'"N" <sip:{user}@{host}:5060;x=y>;tag=1',
        f"sip:{user}@{host};tag=1",
    ):
        found = party(written)
        assert found is not None
        assert (found.user, found.host) == (user, host)
