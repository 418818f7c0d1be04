"""Keys that may be asked for over HTTP."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.api.caller_keys import DigitsWanted, KeysPressed


def test_keys_up_to_the_hash() -> None:
    """Where nothing else is said."""
    assert DigitsWanted().model_dump() == {"count": 32, "ends": "#", "seconds": 10}


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 33}, {"ends": "1"}, {"seconds": 61}, {"more": 1}])
def test_what_no_caller_can_press(wrong: dict[str, object]) -> None:
    """Is refused before anybody is asked."""
    with pytest.raises(ValidationError):
        DigitsWanted.model_validate(wrong)


def test_what_is_no_key() -> None:
    """Is pressed by nobody."""
    with pytest.raises(ValidationError):
        KeysPressed(digits="call me")
