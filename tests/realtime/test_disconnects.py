from __future__ import annotations

from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidMessage, InvalidStatus, InvalidURI
from websockets.frames import Close
from websockets.http11 import Response

from gateway.realtime import disconnects


def refused(status: int, body: bytes) -> InvalidStatus:
    return InvalidStatus(Response(status, "x", Headers(), body))


@pytest.mark.parametrize(
    ("error", "code", "fatal"),
    [
        (InvalidURI("http://canary", "no"), "invalid_url", True),
        (InvalidMessage("no HTTP"), "connect_failed", False),
        (ConnectionRefusedError(111, "refused"), "connect_failed", False),
        (TimeoutError(), "connect_timeout", False),
        (refused(401, b'{"error":{"code":"invalid_api_key","message":"m"}}'), "invalid_api_key", True),
        (refused(429, b""), "http_429", False),
        (refused(429, b'{"error":{"type":"insufficient_quota","message":"m"}}'), "http_429", False),
        (refused(500, b"[]"), "http_500", False),
        (refused(500, b'{"error":null}'), "http_500", False),
    ],
)
def test_why_a_connection_could_not_be_made(error: Exception, code: str, fatal: bool) -> None:
    """A code, whether it is for good, and no URL: it may carry a token."""
    lost = disconnects.of_connect(error, "host")
    assert (lost.code, lost.fatal) == (code, fatal)
    assert "canary" not in lost.message


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
