from __future__ import annotations

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from gateway.realtime import disconnects


@pytest.mark.parametrize(
    ("received", "sent", "code"),
    [
        (Close(1011, ""), None, "closed_1011"),
        (Close(4000, "invalid_request_error.session_expired"), None, "session_expired"),
        (None, Close(1011, "keepalive ping timeout"), "connection_lost"),
        (None, Close(1009, ""), "frame_too_big"),
        (None, None, "connection_lost"),
    ],
)
def test_why_a_connection_ended(received: Close | None, sent: Close | None, code: str) -> None:
    """What the other side said, or that it said nothing."""
    error: Any = ConnectionClosedError(received, sent)
    assert disconnects.of_close(error).code == code


def test_limits_are_told_from_other_losses() -> None:
    """It is no use to hurry after those."""
    assert disconnects.by_limit("http_429")
    assert disconnects.by_limit("rate_limit_exceeded")
    assert not disconnects.by_limit("connection_lost")
