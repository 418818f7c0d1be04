"""Keys that are asked for: how many, and what ends them."""

from __future__ import annotations

import pytest

from gateway.conversation.key_collector import KeyCollector


@pytest.mark.parametrize(
    ("most", "terminator", "pressed", "keys", "complete"),
    [
        (4, "#", "12", "12", False),
        (4, "#", "1234", "1234", True),
        (4, "#", "123456", "1234", True),
        (4, "#", "12#34", "12", True),
        (4, "*", "1#*2", "1#", True),
        (4, "", "1#*2", "1#*2", True),
        (4, "#", "#", "", True),
    ],
)
def test_what_is_keyed_is_taken(most: int, terminator: str, pressed: str, keys: str, complete: bool) -> None:
    """Until there are enough, or the key that ends them; what comes later is nobody's."""
    told: list[str] = []
    collector = KeyCollector(most, terminator, lambda: told.append(collector.keys))
    for key in pressed:
        collector.press(key)
    assert (collector.keys, collector.complete) == (keys, complete)
    assert len(told) == len(pressed)
