from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.node.settings_keys import SettingsKeys, address, port_range


def test_addresses_and_ranges_are_read() -> None:
    """IPv6 in brackets too."""
    assert address("[::1]:5060") == ("::1", 5060)
    assert port_range("10000-20000") == (10000, 20000)


@pytest.mark.parametrize("text", ["localhost", ":5060", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:sip"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(ValueError, match="HOST:PORT"):
        address(text)


@pytest.mark.parametrize("text", ["1-2", "20000-10000", "10000", "10000-70000", "a-b"])
def test_what_is_no_range_is_refused(text: str) -> None:
    """The same."""
    with pytest.raises(ValueError, match="LOW-HIGH"):
        port_range(text)


@pytest.mark.parametrize("text", ["203.0.113.5:5060", "my host", "sip:host", "http://host"])
def test_a_public_address_is_a_host_alone(text: str) -> None:
    """It is put into SDP and Contact as it stands."""
    with pytest.raises(ValidationError, match="an address or a name alone"):
        SettingsKeys(public_address=text)
    for right in ("", "203.0.113.5", "sip.example.com", "2001:db8::1"):
        assert SettingsKeys(public_address=right).public_address == right
