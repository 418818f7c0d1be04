"""The bounds of a process and of each plan, here and counted with other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from gateway.calls import shared_answers
from gateway.calls.admission import BUSY, DRAINING, FULL, Capacity, PlanCounts, PlanSlot
from gateway.errors import GatewayError
from tests.equipment import patience


def slots(counts: PlanCounts, *calls: str) -> list[PlanSlot]:
    """Return the places of some calls."""
    return [PlanSlot(counts, call) for call in calls]


class Shared:
    """A count that other processes share: plan and room are known, whether it answers a test says."""

    def __init__(self) -> None:
        self.plans: dict[str, str] = {}
        self.breaks: Exception | None = None
        self.hangs = False
        self.asked = asyncio.Event()

    async def take(self, call_id: str, plan: str, max_calls: int) -> bool:
        self.plans.pop(call_id, None)
        room = list(self.plans.values()).count(plan) < max_calls
        if room:
            self.plans[call_id] = plan
        await self._answer()
        return room

    def share(self, max_calls: int) -> int:
        """As if we were two."""
        return -(-max_calls // 2)

    async def leave(self, call_id: str) -> None:
        self.plans.pop(call_id, None)
        await self._answer()

    async def empty(self) -> None:
        """Wait until no call is counted."""
        async with patience.within(5):
            while self.plans:
                self.asked.clear()
                await self.asked.wait()

    async def _answer(self) -> None:
        self.asked.set()
        if self.breaks is not None:
            raise self.breaks
        if self.hangs:
            await asyncio.Event().wait()


# --- this process ----------------------------------------------------------------------------------------


def test_a_full_process_sends_callers_elsewhere() -> None:
    """503, so that a proxy tries the next gateway."""
    capacity = Capacity(max_calls=1)
    assert capacity.refuse() is None
    capacity.calls += 1
    assert capacity.refuse() is FULL


def test_a_draining_process_takes_nobody() -> None:
    """However empty it is."""
    assert Capacity(max_calls=10, draining=True).refuse() is DRAINING


def test_whoever_is_asked_for_a_place_is_told_of() -> None:
    """Whether there is one or not."""
    asked: list[None] = []
    capacity = Capacity(max_calls=0, when_asked=lambda: asked.append(None))
    assert capacity.refuse() is FULL
    assert len(asked) == 1


async def test_a_full_plan_is_busy_until_somebody_leaves() -> None:
    """486 is heard by the caller; other plans are untouched."""
    first, second = slots(PlanCounts(), "c1", "c2")
    assert await first.take("sales", 1) is None
    assert await second.take("sales", 1) is BUSY
    assert await second.take("support", 1) is None
    await first.leave()
    assert await second.take("sales", 1) is None


async def test_a_plan_without_a_bound_is_counted_all_the_same() -> None:
    """A bound may be added while calls are up."""
    first, second = slots(PlanCounts(), "c1", "c2")
    await first.take("sales", None)
    assert await second.take("sales", 1) is BUSY


async def test_a_call_counts_in_one_plan_at_a_time() -> None:
    """Where it went on to, and not where it came from, even when there is no room for it."""
    counts = PlanCounts()
    other, place = slots(counts, "c1", "c2")
    await other.take("sales", None)
    await place.take("menu", 1)
    assert await place.take("sales", 1) is BUSY
    assert counts.by_plan == {"sales": 1}
    await place.take("support", 1)
    assert counts.by_plan == {"sales": 1, "support": 1}


async def test_a_call_does_not_push_itself_out() -> None:
    """A menu may lead back to itself, also when more calls are in the plan than it now allows."""
    counts = PlanCounts()
    places = slots(counts, "c1", "c2")
    for place in places:
        await place.take("menu", 2)
    assert await places[0].take("menu", 1) is None
    for place in places:
        await place.leave()
        await place.leave()
    assert not counts.by_plan


# --- with others -----------------------------------------------------------------------------------------


async def test_calls_of_another_process_count() -> None:
    """Two processes, one count: the second has no room though it has no call."""
    shared = Shared()
    (here,), (there,) = slots(PlanCounts(shared), "c1"), slots(counts := PlanCounts(shared), "c2")
    assert await here.take("sales", 1) is None
    assert await there.take("sales", 1) is BUSY
    assert not counts.by_plan
    await here.leave()
    assert await there.take("sales", 1) is None


@pytest.mark.parametrize("leaves", ["to a plan without a bound", "to a full one", "for good"])
async def test_who_has_left_a_plan_is_not_counted_in_it(leaves: str) -> None:
    """Wherever the call went from there."""
    shared = Shared()
    other, place = slots(PlanCounts(shared), "c1", "c2")
    await other.take("full", 1)
    await place.take("sales", 1)
    assert shared.plans == {"c1": "full", "c2": "sales"}
    await {
        "to a plan without a bound": lambda: place.take("open", None),
        "to a full one": lambda: place.take("full", 1),
        "for good": place.leave,
    }[leaves]()
    assert shared.plans == {"c1": "full"}


def breaks(shared: Shared) -> None:
    shared.breaks = ConnectionRefusedError("nobody there")


def refuses(shared: Shared) -> None:
    shared.breaks = GatewayError("no")


def hangs(shared: Shared) -> None:
    shared.hangs = True


@pytest.mark.parametrize("fails", [breaks, refuses, hangs])
async def test_a_count_that_does_not_answer_turns_nobody_away(
    fails: Callable[[Shared], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process has its share meanwhile; that is logged once an outage, not with every call."""
    monkeypatch.setattr(shared_answers, "ASK_WITHIN", 0.05)
    fails(shared := Shared())
    counts = PlanCounts(shared)
    places = slots(counts, "c1", "c2", "c3")
    with capture_logs() as lines:
        async with patience.within(5):
            told = [await place.take("sales", 4) for place in places]
            assert told == [None, None, BUSY]
            await places[0].leave()
            assert await places[2].take("sales", 4) is None
    assert [line["event"] for line in lines] == ["admission.unanswered"]
    shared.breaks, shared.hangs = None, False
    (place,) = slots(counts, "c4")
    await place.take("other", 1)
    fails(shared)
    with capture_logs() as lines:
        async with patience.within(5):
            await place.leave()
    assert [line["event"] for line in lines] == ["admission.unanswered"]


async def test_a_question_that_was_given_up_is_taken_back() -> None:
    """A caller cancels while somebody is asked, who has counted the call all the same."""
    shared = Shared()
    shared.hangs = True
    counts = PlanCounts(shared)
    (place,) = slots(counts, "c1")
    async with patience.within(5), asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(place.take("sales", 1))
        await shared.asked.wait()
        assert shared.plans == {"c1": "sales"}
        asking.cancel()
    shared.hangs = False
    await place.leave()
    assert (shared.plans, counts.by_plan) == ({}, {})
