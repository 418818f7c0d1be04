"""A result that moves the call on."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.call import CallInfo, Party, ToolThen
from gateway.errors import OrderRefused
from gateway.tools.live_call import CallFacts
from gateway.tools.onward import onward
from gateway.tools.registry import ToolFault
from gateway.tools.trying import Printed

INFO = CallInfo("c1", "x@y", caller=Party(""), called=Party(""))


def moved(data: Any, *allowed: str, handle: Printed | None = None) -> ToolThen:
    """Return what follows a result."""
    return onward(data, allowed, CallFacts(INFO, "desk", handle=handle), "tool x")


def test_a_plan_that_is_allowed_is_gone_to() -> None:
    """When the agent has come to an end."""
    handle = Printed()
    assert moved({"goto": "vip"}, "vip", handle=handle) is ToolThen.MOVE_ON
    assert handle.lines == ["the call goes on in vip"]
    assert moved({"goto": "vip"}, "vip") is ToolThen.MOVE_ON


@pytest.mark.parametrize("data", [None, "goto", ["goto"], {}, {"goto": None}])
def test_a_result_without_a_plan_is_told_as_any_other(data: Any) -> None:
    """Also where the function may move the call on."""
    assert moved(data, "vip") is ToolThen.SPEAK


def test_where_nothing_is_allowed_goto_is_a_word() -> None:
    """A stranger's data may have it."""
    assert moved({"goto": "vip"}) is ToolThen.SPEAK


@pytest.mark.parametrize("target", ["other", 5, ["vip"], {"vip": 1}])
def test_no_other_plan_is_gone_to(target: Any) -> None:
    """A server does not choose among plans that were not given to it."""
    with pytest.raises(ToolFault, match="not among"):
        moved({"goto": target}, "vip")


def test_a_call_that_cannot_go_on_is_told_so() -> None:
    """It may be over by then."""

    class Over(Printed):
        def onward(self, plan: str, _by: str, *, at_once: bool) -> None:
            raise OrderRefused("c1", f"too late for {plan}, {at_once}")

    with pytest.raises(ToolFault, match="too late for vip, False"):
        moved({"goto": "vip"}, "vip", handle=Over())
