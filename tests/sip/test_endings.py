"""What the end of a call is called."""

from __future__ import annotations

import pytest

from gateway.call import Ending, Reason, Result
from gateway.sip.endings import CALLEE_HUNG_UP, CALLER_HUNG_UP, callee_ending, caller_ending, q850


@pytest.mark.parametrize(
    ("accepted", "status", "ending"),
    [
        (True, 200, CALLER_HUNG_UP),
        (True, 408, Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 408)),
        (False, 200, Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)),
        (False, 487, Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)),
        (False, 488, Ending(Result.REJECTED, Reason.NOT_ACCEPTABLE, 488)),
        (False, 415, Ending(Result.REJECTED, Reason.NOT_ACCEPTABLE, 415)),
        (False, 503, Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 503)),
    ],
)
def test_an_end_that_came_from_a_caller(accepted: bool, status: int, ending: Ending) -> None:
    """By PJSIP's last status, and whether anybody had answered."""
    assert caller_ending(accepted, status) == ending


@pytest.mark.parametrize(
    ("status", "result", "reason"),
    [
        (486, Result.REJECTED, Reason.BUSY),
        (600, Result.REJECTED, Reason.BUSY),
        (603, Result.REJECTED, Reason.REFUSED),
        (403, Result.REJECTED, Reason.REFUSED),
        (408, Result.FAILED, Reason.NO_ANSWER),
        (480, Result.FAILED, Reason.NO_ANSWER),
        (404, Result.FAILED, Reason.UNREACHABLE),
        (503, Result.FAILED, Reason.UNREACHABLE),
        (487, Result.FAILED, Reason.NO_ANSWER),
        (305, Result.REJECTED, Reason.REDIRECTED),
    ],
)
def test_whom_we_called_has_not_answered(status: int, result: Result, reason: Reason) -> None:
    """Busy, refused, away, unknown or elsewhere: each has a name of its own, and keeps its status."""
    assert callee_ending(confirmed=False, status=status) == Ending(result, reason, status)


def test_whom_we_called_cannot_cancel() -> None:
    """He hangs up, be it while it rings, or is lost."""
    assert callee_ending(confirmed=True, status=200) == CALLEE_HUNG_UP
    assert callee_ending(confirmed=True, status=408).reason is Reason.SIGNALLING_FAILED
    assert callee_ending(confirmed=False, status=200) == Ending(Result.FAILED, Reason.NO_ANSWER, 487)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ('Q.850;cause=17;text="User busy"', 17),
        ("SIP;cause=486, q.850 ; cause = 21", 21),
        ("SIP;cause=200", None),
        ("Q.850;cause=many", None),
        ("", None),
    ],
)
def test_the_network_says_why(reason: str, cause: int | None) -> None:
    """In one of several values, if at all."""
    assert q850(reason) == cause
