from __future__ import annotations

import pytest

from gateway.realtime import error_policy
from gateway.realtime.error_policy import Reaction
from gateway.realtime.events.response import ErrorBody


@pytest.mark.parametrize("code", error_policy.TABLE)
def test_every_known_code_is_known_as_code_and_as_type(code: str) -> None:
    """Vendors put the same word in `code` or in `type`."""
    assert error_policy.of_error(ErrorBody(code=code)) is error_policy.TABLE[code]
    assert error_policy.of_error(ErrorBody(type=code)) is error_policy.TABLE[code]
    assert error_policy.of_code(code) is error_policy.TABLE[code]


def test_an_unknown_code_is_reported_and_no_more() -> None:
    """Nobody hangs up for an error nobody has seen yet."""
    assert error_policy.of_error(ErrorBody(code="integer_below_min_value")) is Reaction.REPORT
    assert error_policy.of_error(ErrorBody()) is Reaction.REPORT
    assert error_policy.of_code("") is Reaction.REPORT


@pytest.mark.parametrize("code", [None, "invalid_value"])
def test_a_truncation_beyond_the_audio_is_harmless(code: str | None) -> None:
    """The message is known, its code is not sure: either way nothing happens."""
    message = "Audio content of 40ms is already shorter than 125ms"
    assert error_policy.of_error(ErrorBody(code=code, message=message)) is Reaction.IGNORE


@pytest.mark.parametrize(
    ("status", "reaction"),
    [
        (400, Reaction.FATAL),
        (401, Reaction.FATAL),
        (403, Reaction.FATAL),
        (404, Reaction.FATAL),
        (408, Reaction.RENEW),
        (429, Reaction.BACK_OFF),
        (500, Reaction.RENEW),
        (503, Reaction.RENEW),
    ],
)
def test_http_statuses_are_judged(status: int, reaction: Reaction) -> None:
    """Bad keys stay bad; trouble passes."""
    assert error_policy.of_status(status) is reaction


@pytest.mark.parametrize(
    ("code", "reason", "reaction"),
    [
        (1000, "", Reaction.RENEW),
        (1001, "Your session hit the maximum duration of 60 minutes.", Reaction.RENEW),
        (1006, "", Reaction.RENEW),
        (1011, "keepalive ping timeout", Reaction.RENEW),
        (3000, "", Reaction.FATAL),
        (4000, "invalid_request_error.beta_api_shape_disabled", Reaction.FATAL),
        (4000, "invalid_request_error.session_expired", Reaction.RENEW),
        (4000, "invalid_request_error.rate_limit_exceeded", Reaction.BACK_OFF),
        (None, "", Reaction.RENEW),
    ],
)
def test_closed_connections_are_judged(code: int | None, reason: str, reaction: Reaction) -> None:
    """By the code in the reason first, then by the number."""
    assert error_policy.of_close(code, reason) is reaction


def test_fatal_is_what_nothing_helps_against() -> None:
    """An empty account is; a full minute is not."""
    assert error_policy.is_fatal(ErrorBody(type="insufficient_quota"))
    assert not error_policy.is_fatal(ErrorBody(code="rate_limit_exceeded"))
