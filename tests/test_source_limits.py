"""What strangers are held to, as people write it."""

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from gateway.source_limits import ProcessLimits, SourceLimits, network


def test_ten_calls_without_an_ack_are_the_default() -> None:
    """And nobody is exempt."""
    assert ProcessLimits().sources == SourceLimits(unacked=10, refusals=50, exempt=())


@pytest.mark.parametrize("text", ["192.0.2.7", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32", "0.0.0.0/0"])
def test_addresses_and_networks_are_read(text: str) -> None:
    """An address is a network of one."""
    assert network(text) == ip_network(text)
    assert SourceLimits.model_validate({"exempt": [text]}).exempt == (ip_network(text),)


@pytest.mark.parametrize("text", ["proxy.example", "192.0.2.7/24", "192.0.2.7:5060", "", None, ["192.0.2.7"]])
def test_what_is_no_address_is_refused(text: object) -> None:
    """The message says what to write."""
    with pytest.raises(ValidationError, match=r"such as 192\.0\.2\.7 or 192\.0\.2\.0/24"):
        SourceLimits.model_validate({"exempt": [text]})
