"""What is prepared is made once for an object, and let go with it."""

from __future__ import annotations

import gc
import weakref

import pytest

from gateway.prepared import prepared


class Plan:
    """Something that has no hash."""

    __hash__ = None  # type: ignore[assignment] # as a model with a mapping in it

    def __init__(self, name: str) -> None:
        self.name = name


def test_it_is_made_once_for_the_same_object_and_arguments() -> None:
    """Equal objects are others; a keyword counts as well."""
    made: list[str] = []

    @prepared()
    def words(plan: Plan, text: str, *, loud: bool = False) -> str:
        made.append(plan.name + text)
        return (plan.name + text).upper() if loud else plan.name + text

    one, other = Plan("a"), Plan("a")
    assert [words(one, "x") for _ in range(3)] == ["ax", "ax", "ax"]
    assert made == ["ax"]
    assert words(other, "x") == "ax"
    assert words(one, "y") == "ay"
    assert words(one, "x", loud=True) == "AX"
    assert made == ["ax", "ax", "ay", "ax"]


def test_what_was_made_goes_with_any_of_its_objects() -> None:
    """A plan that was filled in for one call is not kept after it."""

    class Made:
        pass

    @prepared(2)
    def pair(_plan: Plan, _agent: Plan) -> Made:
        return Made()

    plan, agent = Plan("a"), Plan("b")
    made = weakref.ref(pair(plan, agent))
    assert made() is pair(plan, agent)
    del agent
    gc.collect()
    assert made() is None
    assert pair(plan, Plan("b")) is not None


def test_what_cannot_be_made_is_tried_again() -> None:
    """An error is nothing that is kept."""
    tries: list[int] = []

    @prepared()
    def fails(_plan: Plan) -> int:
        tries.append(1)
        return 1 // (len(tries) - 1)

    plan = Plan("a")
    with pytest.raises(ZeroDivisionError):
        fails(plan)
    assert fails(plan) == 1
    assert fails(plan) == 1
    assert len(tries) == 2
