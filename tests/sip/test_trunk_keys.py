"""The keys of a trunk: what is refused, and what follows from them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.sip.trunk_keys import TrunkKeys, host_port

REGISTER = {"registrar": "sip.carrier.example", "user": 1234, "password": "${PASSWORD}"}


def trunk(**keys: Any) -> TrunkKeys:
    """Read them as from a file."""
    return TrunkKeys.model_validate(keys)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("sip.carrier.example", ("sip.carrier.example", 0)),
        ("192.0.2.10:5080", ("192.0.2.10", 5080)),
        ("[2001:db8::1]:5061", ("2001:db8::1", 5061)),
        ("[2001:db8::1]", ("2001:db8::1", 0)),
    ],
)
def test_place_is_a_host_and_perhaps_a_port(text: str, read: tuple[str, int]) -> None:
    """An IPv6 address stands in brackets."""
    assert host_port(text) == read


@pytest.mark.parametrize("text", ["", "sip:host", "host:99999", "2001:db8::1", "a b", "host:", "[host]"])
def test_what_is_no_place_is_refused(text: str) -> None:
    """With the cure."""
    with pytest.raises(ValueError, match="write HOST or HOST:PORT"):
        host_port(text)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "add register, peers or auth"),
        ({"peers": ["192.0.2.10:5060"]}, "without a port"),
        ({"peers": ["192.0.2.0/99"]}, "write an address, a network or a host"),
        ({"register": REGISTER | {"password": "abc"}}, "does not belong in this file"),
        ({"register": REGISTER | {"expires": "5s"}}, "write 30s to 24h"),
        ({"register": REGISTER | {"user": "a b"}}, "write the user part"),
        ({"peers": ["h"], "session_timer": "30s"}, "write 90s"),
        ({"peers": ["h"], "keepalive": "1s"}, "write 5s to 1h, or off"),
        ({"peers": ["h"], "dial": ["00x"]}, "how allowed numbers begin"),
        ({"peers": ["h"], "transport": "tls", "large_messages": "udp"}, "is for transport udp"),
        ({"peers": ["h"], "tls": {"key": "k.pem"}}, "belongs to a certificate"),
        ({"peers": ["h"], "keys": "dtls", "encryption": "off"}, "for encrypted audio"),
        ({"peers": ["h"], "local_address": "here.example"}, "in numbers"),
        ({"peers": ["h"], "local_address": "192.0.2.1"}, "add large_messages: udp"),
        ({"peers": ["h"], "headers": {"X-A": "1\r\nX-B: 2"}}, "in one line"),
        ({"peers": ["h"], "headers": {"call-ID": "1"}}, "call-ID is what the gateway writes itself"),
        ({"peers": ["h"], "pass_headers": ["X-A", "X B"]}, "not the name of a SIP header"),
        ({"peers": ["192.0.2.9/24"]}, "write 192.0.2.0/24, or 192.0.2.9 alone"),
        ({"peers": ["h"], "region": "de"}, "two capitals"),
    ],
)
def test_mistake_is_said_with_its_cure(keys: dict[str, Any], said: str) -> None:
    """Each key is checked when it is read."""
    with pytest.raises(ValidationError, match=said):
        trunk(**keys)


def test_off_switches_timers_off() -> None:
    """YAML reads `off` as false."""
    assert trunk(peers=["h"], session_timer=False, keepalive="off").keepalive is None


def test_calls_of_ours_go_to_the_registrar_unless_told_otherwise() -> None:
    """Or to the first peer that is one host."""
    assert trunk(register=REGISTER).destination == "sip.carrier.example"
    assert trunk(register=REGISTER, address="out.example:5080").destination == "out.example:5080"
    assert trunk(peers=["192.0.2.0/24", "pbx.example"]).destination == "pbx.example"
    assert trunk(peers=["2001:db8::1"]).destination == "[2001:db8::1]"
    assert trunk(peers=["192.0.2.0/24"]).destination == ""


def test_calls_come_from_the_registrar_the_proxy_and_the_peers() -> None:
    """Each host once, without its port; with a password alone from anywhere."""
    keys = trunk(register=REGISTER, proxy="edge.example:5080", peers=["192.0.2.0/24", "edge.example"])
    assert keys.hosts == ("192.0.2.0/24", "edge.example", "sip.carrier.example")
    asks = trunk(auth={"user": "pbx", "password": "${PASSWORD}"}, address="pbx.example")
    assert asks.hosts == ()
