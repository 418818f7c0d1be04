"""Reading SIP headers, and building the few that we send."""

import pytest

from gateway.call import Party
from gateway.errors import SipError
from gateway.sip.headers import call_info, parse_headers, party, sip_uri

INVITE = (
    "INVITE sip:+15551230001;npdi@gw.example:5060;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
    'f: "Ann \\"A\\" Lee" <sip:+15557654321@carrier.example;user=phone>;tag=1\r\n'
    "To: <sip:sales@gw.example>\r\n"
    "i: abc@192.0.2.1\r\n"
    "X-Campaign: spring\r\n"
    " sale\r\n"
    "X-Campaign: second\r\n"
    "\r\n"
    "v=0\r\nX-Body: not a header\r\n"
)


def test_an_invite_names_the_call() -> None:
    """Called is the Request-URI's user, caller the From, names and folded headers are read."""
    info = call_info("c1", INVITE, "192.0.2.1:5060", "udp")
    assert info.called.user == "+15551230001"
    assert info.to.user == "sales"
    assert info.caller == Party("+15557654321", "carrier.example", 'Ann "A" Lee')
    assert info.sip_call_id == "abc@192.0.2.1"
    assert info.headers["x-campaign"] == "spring sale"
    assert "x-body" not in info.headers


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("sip:bob@example.com", Party("bob", "example.com")),
        ("<sips:bob@[2001:db8::1]:5061>", Party("bob", "[2001:db8::1]")),
        ("tel:+44-20-7946-0000;ext=1", Party("+44-20-7946-0000")),
        ("sip:example.com", Party("", "example.com")),
        ("sip:b%6fb@example.com", Party("bob", "example.com")),
        ("Bob <sip:bob:secret@example.com>", Party("bob", "example.com", "Bob")),
        ("nonsense", Party("")),
        ("", Party("")),
    ],
)
def test_addresses_of_every_form_are_read(address: str, expected: Party) -> None:
    """RFC 3261 section 25.1 name-addr and addr-spec, RFC 3966 tel."""
    assert party(address) == expected


def test_control_characters_never_leave_a_header() -> None:
    """A display name cannot break a log line or a prompt."""
    assert party('"a\x1b[31m\x07" <sip:x@y>').display_name == "a[31m"
    assert parse_headers("Subject: a\x00b\r\n")["subject"] == "ab"


def test_a_header_has_a_bound() -> None:
    """A stranger decides its length, we decide what is kept."""
    assert len(parse_headers("Subject: " + "x" * 65_536)["subject"]) == 1024


@pytest.mark.parametrize(
    ("user", "host"),
    [
        ("a\r\nX-Evil: 1", "h"),
        ("a>", "h"),
        ("a b", "h"),
        ("a", "h;maddr=evil"),
        ("a", "h?Route=x"),
        ("a", ""),
    ],
)
def test_a_uri_is_built_of_checked_parts_alone(user: str, host: str) -> None:
    """Nothing may smuggle a header, a route or another host onto the wire."""
    with pytest.raises(SipError):
        sip_uri(user, host)


def test_a_clean_uri_is_built() -> None:
    """Both parts and the transport."""
    assert (
        sip_uri("+1555", "trunk.example:5080", transport="tcp")
        == "sip:+1555@trunk.example:5080;transport=tcp"
    )
