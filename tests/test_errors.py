"""The exception tree: each leaf knows its status, and its message says what can be done."""

from __future__ import annotations

import pytest

from gateway.errors import (
    BadInput,
    GatewayError,
    LocalPortInUse,
    MediaError,
    PlayoutFull,
    PortInUse,
    SessionError,
    SipError,
    SpeechError,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("a.yaml", "voice", "x", "choose another"), 503),
        (MediaError("no clock"), 500),
        (PortInUse("taken"), 500),
        (SessionError("quota", "no money left"), 503),
    ],
)
def test_a_caller_gets_the_status_of_what_went_wrong(error: GatewayError, status: int) -> None:
    """A model that is away, or has no key, is 503: a proxy tries elsewhere. Our own mistakes are 500."""
    assert error.status == status


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (PlayoutFull, MediaError),
        (PortInUse, SipError),
        (SipError, GatewayError),
        (MediaError, GatewayError),
        (SessionError, GatewayError),
        (SpeechError, GatewayError),
        (BadInput, GatewayError),
        (LocalPortInUse, GatewayError),
    ],
)
def test_a_leaf_is_caught_with_its_branch(kind: type[Exception], parent: type[Exception]) -> None:
    """Whoever cares about SIP as a whole need not know each of its failures."""
    assert issubclass(kind, parent)


def test_bad_input_names_place_key_value_and_cure() -> None:
    """All in one line, and each on its own for programs."""
    error = BadInput("reception.yaml:3", "voice", "hart", "choose heart")
    assert str(error) == "reception.yaml:3: voice: 'hart': choose heart"
    assert (error.where, error.key, error.value, error.cure) == (
        "reception.yaml:3",
        "voice",
        "hart",
        "choose heart",
    )


def test_a_session_error_keeps_the_providers_code() -> None:
    """The code can be counted; `fatal` says that trying again is of no use."""
    error = SessionError("insufficient_quota", "add money", fatal=True)
    assert str(error) == "insufficient_quota: add money"
    assert (error.code, error.fatal, SessionError("x", "y").fatal) == ("insufficient_quota", True, False)
