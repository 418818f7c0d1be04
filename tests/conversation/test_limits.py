"""The plan's bounds of a call."""

from __future__ import annotations

from decimal import Decimal

from gateway.call import Reason
from gateway.conversation.limits import CallLimits


def test_a_call_lasts_so_long_from_its_answer() -> None:
    """While it rings nothing counts; a second answer changes nothing."""
    limits = CallLimits(60.0, None, None)
    assert limits.passed(1000.0) is None
    limits.answered(1000.0)
    limits.answered(1030.0)
    assert limits.passed(1059.9) is None
    assert limits.passed(1060.0) is Reason.MAX_DURATION


def test_a_call_that_was_answered_before_has_less_time_left() -> None:
    """A menu came before the agent."""
    assert CallLimits(60.0, None, 10.0).passed(70.0) is Reason.MAX_DURATION


def test_a_call_may_cost_so_much() -> None:
    """A cost that nobody knows ends no call, nor does any without a limit."""
    limits = CallLimits(60.0, Decimal("0.10"), None)
    told = [limits.spent(usd) for usd in (Decimal("0.09"), None, Decimal("0.10"))]
    assert told == [None, None, Reason.MAX_COST]
    assert CallLimits(60.0, None, None).spent(Decimal(1000)) is None
