"""Costs are told to the call while it goes on."""

from decimal import Decimal

from gateway.call import CallerSaid, CostUpdated, ResponseEnded, SessionFact
from gateway.calls.actions.billing import CostTeller


def test_what_a_response_has_cost_is_told_right_after_its_end() -> None:
    """All facts of the session pass, in their order, and no other fact brings a price with it."""
    told: list[SessionFact | CostUpdated] = []
    costs = iter([CostUpdated(Decimal("0.01")), CostUpdated(None)])
    tell = CostTeller(told.append, lambda: next(costs))
    said, first, second = (
        CallerSaid("a", "hello"),
        ResponseEnded("r1", "completed"),
        ResponseEnded("r2", "failed"),
    )
    for fact in (said, first, second):
        tell(fact)
    assert told == [said, first, CostUpdated(Decimal("0.01")), second, CostUpdated(None)]
