"""What the call is to do when a function has returned."""

from __future__ import annotations

import pytest

from gateway.tools import Then
from gateway.tools.then import DONE, carried_out


class Call:
    """Notes what is ordered."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def hang_up(self) -> None:
        self.told.append("hang up")

    def transfer(self, target: str, *, digits: str = "", summary: str = "") -> None:
        self.told.append(f"{target} {digits} {summary}")

    def go_to(self, plan: str) -> None:
        if plan == "nowhere":
            raise ValueError("no plan")
        self.told.append(plan)


def test_a_result_is_told_as_it_is() -> None:
    """Nothing follows it."""
    call = Call()
    assert carried_out({"a": 1}, call) == {"a": 1}
    assert carried_out(None, call) is None
    assert call.told == []


@pytest.mark.parametrize(
    ("then", "told", "result"),
    [
        (Then(go_to="sales"), ["sales"], DONE),
        (Then("Say goodbye.", hang_up=True), ["hang up"], "Say goodbye."),
        (Then({"x": 1}), [], {"x": 1}),
        (Then(transfer="desk", digits="2", summary="Ann"), ["desk 2 Ann"], DONE),
    ],
)
def test_what_is_to_follow_is_ordered(then: Then, told: list[str], result: object) -> None:
    """And the model is told the result, or that all is well."""
    call = Call()
    assert carried_out(then, call) == result
    assert call.told == told


def test_there_is_no_going_to_a_plan_that_is_not_there() -> None:
    """The function has failed then."""
    with pytest.raises(ValueError, match="no plan"):
        carried_out(Then(go_to="nowhere"), Call())
