from __future__ import annotations

import pytest

from tests.equipment import torture


@pytest.mark.parametrize("name", torture.CASES)
def test_each_is_a_message_of_its_own(name: str) -> None:
    """It ends its headers, and its number keeps it apart from the same one said before."""
    first, second = (torture.case(name, number="100", own=5062, n=n) for n in (1, 2))
    assert b"\r\n\r\n" in first
    assert first != second


def test_a_right_one_says_its_length() -> None:
    """Also where it is hard to find."""
    message = torture.case("wsinv", number="100", own=5062, n=1)
    assert b"Content-Length   : %d\r\n" % len(message.partition(b"\r\n\r\n")[2]) in message
