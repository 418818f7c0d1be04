from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.node.settings_keys import SettingsKeys


@pytest.mark.parametrize("text", ["203.0.113.5:5060", "my host", "sip:host", "http://host"])
def test_a_public_address_is_a_host_alone(text: str) -> None:
    """It is put into SDP and Contact as it stands."""
    with pytest.raises(ValidationError, match="an address or a name alone"):
        SettingsKeys(public_address=text)
    for right in ("", "203.0.113.5", "sip.example.com", "2001:db8::1"):
        assert SettingsKeys(public_address=right).public_address == right


def test_how_many_calls_may_be_left_to_the_machine() -> None:
    """`auto` is what holds without a word: what the machine carries, up to a bound."""
    assert SettingsKeys(max_calls="auto") == SettingsKeys()  # type: ignore[arg-type] # as a file has it
    with pytest.raises(ValidationError):
        SettingsKeys(max_calls="many")  # type: ignore[arg-type]
