"""The vocabulary of a call: the few things in it that compute or promise something."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from gateway import call
from gateway.call import Ending, Fact, Order, Reason, Result, ToolReturned, ToolThen, Usage


def test_usage_adds_up_field_by_field() -> None:
    """Cached tokens stay beside the others, of which they are a part."""
    one = Usage(1, 2, 3, 4, 5, 6, 7, 8)
    assert one + one == Usage(2, 4, 6, 8, 10, 12, 14, 16)
    assert sum([one, one], Usage()) == one + one


def test_nothing_that_happened_can_be_changed() -> None:
    """Facts and orders are handed to listeners as they are; nobody can alter them for the next."""
    kinds = {*get_args(Fact), *get_args(Order), Ending, call.CallInfo, call.Party}
    assert all(dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen for kind in kinds)  # type: ignore[attr-defined]


def test_a_call_ends_with_a_status_of_its_own_or_200() -> None:
    """An answered call was a success to SIP, whatever happened in it."""
    assert Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP).status == 200
    assert Ending(Result.REJECTED, Reason.NO_PLAN, 404).status == 404


@pytest.mark.parametrize("kind", [Result, Reason])
def test_results_and_reasons_can_be_counted_by_name(kind: type[Result | Reason]) -> None:
    """Each is written in logs and metrics as its own name in lower case."""
    assert all(str(one) == one.name.lower() for one in kind)


def test_the_agent_speaks_about_a_result_unless_told_otherwise() -> None:
    """Two results of the same call are independent of each other."""
    assert ToolReturned("c", "{}").then is ToolThen.SPEAK
