"""How a call ends: statuses and names that can be counted."""

from __future__ import annotations

import pytest

from gateway.call import Ending, Reason, Result


def test_a_call_ends_with_a_status_of_its_own_or_200() -> None:
    """An answered call was a success to SIP, whatever happened in it."""
    assert Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP).status == 200
    assert Ending(Result.REJECTED, Reason.NO_PLAN, 404).status == 404


@pytest.mark.parametrize("kind", [Result, Reason])
def test_results_and_reasons_can_be_counted_by_name(kind: type[Result | Reason]) -> None:
    """Each is written in logs and metrics as its own name in lower case."""
    assert all(str(one) == one.name.lower() for one in kind)
