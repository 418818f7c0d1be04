"""The calls of each plan in all workers."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gateway.node.workers.ledger import PlanLedger

MOST = {"a": 1, "b": 3}
steps = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "leave", "gone"]),
        st.sampled_from("xyz"),
        st.sampled_from("1234"),
        st.sampled_from("ab"),
    ),
    max_size=60,
)


@given(steps)
def test_never_one_above_a_cap_and_never_one_that_is_not_there(done: list[tuple[str, str, str, str]]) -> None:
    """Whatever is taken, left, and lost with a worker that dies."""
    ledger, held = PlanLedger(), dict[tuple[str, str], str]()
    for what, holder, call, plan in done:
        if what == "take":
            others = sum(place == plan for key, place in held.items() if key != (holder, call))
            taken = ledger.take(holder, call, plan, MOST[plan])
            assert taken is (others < MOST[plan] or held.get((holder, call)) == plan)
            held.pop((holder, call), None)
            if taken:
                held[holder, call] = plan
        elif what == "leave":
            ledger.leave(holder, call)
            held.pop((holder, call), None)
        else:
            ledger.gone(holder)
            held = {key: place for key, place in held.items() if key[0] != holder}
        assert ledger.by_plan == Counter(held.values())
        assert all(ledger.by_plan[name] <= most for name, most in MOST.items())


def test_to_ask_again_changes_nothing() -> None:
    """A call that moves to another plan and back has its place only if it is free."""
    ledger = PlanLedger()
    assert [ledger.take("x", "1", "a", 1) for _ in range(2)] == [True, True]
    assert not ledger.take("y", "1", "a", 1), "the id of a call is its worker's"
    assert ledger.take("x", "1", "b", 1)
    assert ledger.take("y", "1", "a", 1)
    assert not ledger.take("x", "1", "a", 1)
    assert ledger.by_plan == Counter({"a": 1})
