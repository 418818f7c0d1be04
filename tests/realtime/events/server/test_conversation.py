"""What a server tells about session and conversation."""

from __future__ import annotations

from gateway.realtime.events import dump, parse_server
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.events.server.conversation import Error, RateLimitsUpdated


def test_an_error_can_be_built_from_its_parts() -> None:
    """The embedded server speaks the same words as the client reads."""
    error = Error(event_id="e", error=ErrorBody(type="invalid_request_error", code=None, message="no"))
    assert parse_server(dump(error)) == error


def test_rate_limits_are_numbers() -> None:
    """What is left of the account's limits can be reckoned with."""
    event = parse_server(
        b'{"type":"rate_limits.updated","rate_limits":[{"name":"tokens","limit":9,"remaining":4,"reset_seconds":1.5}]}'
    )
    assert isinstance(event, RateLimitsUpdated)
    assert (event.rate_limits[0].remaining, event.rate_limits[0].reset_seconds) == (4, 1.5)
