"""When a registration is tried again."""

from __future__ import annotations

import pytest

from gateway.sip.registration import FIRST_S, MOST_S, REFUSED_FIRST_S, Registration, RegistrationState

MIDDLE = 0.5


def test_registrar_that_is_not_there_is_asked_less_and_less_often() -> None:
    """Each failure doubles the wait, up to five minutes."""
    one = Registration()
    waits = [one.failed(408, "Request Timeout", None, 0.0, MIDDLE) for _ in range(10)]
    assert waits[:3] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert waits[-1] == MOST_S


@pytest.mark.parametrize("status", [401, 403, 404])
def test_registrar_that_refuses_is_left_alone_for_a_minute_at_least(status: int) -> None:
    """A wrong password does not become right, and the account may be locked."""
    assert Registration().failed(status, "", None, 0.0, MIDDLE) == REFUSED_FIRST_S


def test_retry_after_counts_more_than_our_own_wait() -> None:
    """RFC 3261 section 20.33: a second where it asks for one, an hour where it asks for that."""
    assert Registration().failed(503, "", 1.0, 0.0, 0.0) == 1.0
    assert Registration().failed(503, "", 3600.0, 0.0, 0.0) == 3600.0


def test_not_all_come_back_at_once() -> None:
    """The wait is spread."""
    assert Registration().failed(503, "", None, 0.0, 0.0) < Registration().failed(503, "", None, 0.0, 1.0)


def test_success_begins_anew() -> None:
    """After it the first failure waits shortly again; it is news once."""
    one = Registration()
    one.failed(503, "", None, 0.0, MIDDLE)
    assert one.succeeded(200, 60, 10.0)
    assert not one.succeeded(200, 60, 70.0)
    assert one.until == 130.0
    assert not one.due(1000.0)
    assert one.failed(503, "", None, 0.0, MIDDLE) == FIRST_S


def test_lost_connection_is_made_again_at_once() -> None:
    """Calls would come on it: whoever is registered registers again."""
    one = Registration()
    one.succeeded(200, 600, 0.0)
    one.lost(5.0)
    assert not one.due(5.5)
    assert one.due(6.0)
    assert not one.due(7.0)
    assert one.state is RegistrationState.REGISTERED
