"""Ticks that are passed over: those that would have given no order, in any conversation."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    Announcement,
    Answered,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    Digit,
    Fact,
    Flush,
    Flushed,
    Held,
    Order,
    Played,
    ResponseEnded,
    ResponseOverdue,
    ResponseStarted,
    Resumed,
    SessionInterrupted,
    SessionReady,
    Tick,
    ToolCalled,
    ToolReturned,
)
from gateway.conversation.call_clock import TICK_S
from gateway.conversation.policy import Detector, Policy, TurnMode
from gateway.conversation.rest import Ticks
from tests.conversation.followed_leg import PlayedCall

SOUND = Announcement(b"\0" * 4800, "Wait.")
PLAIN = Policy()
CAREFUL = Policy(
    ignores_backchannels=True,
    ignores_far_voices=True,
    patience=1.2,
    ignore_first_ms=400,
    idle_timeout=6.0,
    asks_silent_caller=True,
    max_silence=12.0,
    hold=SOUND,
    filler=SOUND,
    unanswered=SOUND,
    max_duration=60.0,
)
SOME = (
    lambda n: CallerStartedSpeaking(f"turn_{n}", 0),
    lambda n: CallerStoppedSpeaking(f"turn_{n}", 0, 500),
    lambda n: CallerSaid(f"turn_{n}", "yes"),
    lambda n: CallerSaid(f"turn_{n}", "what I wanted to say and"),
    lambda n: ResponseStarted(f"resp_{n}"),
    lambda n: AgentAudio(f"resp_{n}", f"item_{n}", b"\0" * 48_000),
    lambda n: AgentAudioDone(f"resp_{n}", f"item_{n}"),
    lambda n: Played(f"item_{n}"),
    lambda n: ResponseEnded(f"resp_{n}", "completed"),
    lambda n: ResponseEnded(f"resp_{n}", "cancelled"),
    lambda n: ToolCalled(f"resp_{n}", f"call_{n}", "look", "{}"),
    lambda n: ToolReturned(f"call_{n}", "{}"),
    lambda _: Digit("5"),
    lambda _: ResponseOverdue(asked_again=False),
    lambda _: SessionInterrupted("gone", ""),
    lambda _: SessionReady(),
    lambda _: Held(ours=False),
    lambda _: Resumed(ours=False),
)


def facts_of(chance: random.Random) -> Callable[[], Fact]:
    """Return what gives a fact of a call, often one of the same turn as the last."""
    number = 0

    def one() -> Fact:
        nonlocal number
        number += chance.random() < 0.2
        return chance.choice(SOME)(number)

    return one


@pytest.mark.parametrize("policy", [PLAIN, CAREFUL, replace(CAREFUL, greeting="Hello")])
def test_no_order_is_given_before_its_time(policy: Policy) -> None:
    """Whatever happened before."""
    assert sum(passed_over(policy, seed) for seed in range(20)) > 100


def passed_over(policy: Policy, seed: int) -> int:
    """Return how many ticks of a call may be passed over; none of them gives an order."""
    chance = random.Random(seed)
    some, call = facts_of(chance), PlayedCall(policy)
    passed = 0

    def told(fact: Fact, now: float) -> None:
        if Flush() in call.step(fact, now):
            call.step(Flushed("item_0", 100, 0), now + 0.02)

    told(SessionReady(), 0.0)
    told(Answered(), 0.1)
    now = 0.2
    for _ in range(60):
        told(some(), now)
        until = call.conversation.rest.until(now)
        for _ in range(chance.choice((0, 1, 3, 20))):
            now += TICK_S
            orders = call.step(Tick(), now)
            assert now >= until or orders == []
            passed += now < until
            until = call.conversation.rest.until(now)
        if call.conversation.ending is not None:
            break
        now += TICK_S
    return passed


@pytest.mark.parametrize("policy", [PLAIN, CAREFUL, replace(CAREFUL, greeting="Hello")])
def test_a_call_that_rests_gives_the_same_orders(policy: Policy) -> None:
    """At the same times as one that is told at each tick."""
    for seed in range(20):
        told, rested = (given(policy, seed, rests=rests) for rests in (False, True))
        assert told == rested


def given(policy: Policy, seed: int, *, rests: bool) -> list[tuple[float, Order]]:
    """Return the orders of a call, each with its time."""
    chance = random.Random(seed)
    some, call = facts_of(chance), PlayedCall(policy)
    ticks = Ticks(call.conversation.rest.until, call.conversation.rest.passed_over)
    orders: list[tuple[float, Order]] = []
    now = 0.0

    def step(fact: Fact, at: float) -> None:
        ticks.told(at, tick=isinstance(fact, Tick))
        given_now = call.step(fact, at)
        orders.extend((at, order) for order in given_now)
        if Flush() in given_now:
            step(Flushed("item_0", 100, 0), at)

    for fact in (Tick(), SessionReady(), Answered()):
        step(fact, now)
    for _ in range(60):
        step(some(), now)
        for _ in range(chance.choice((0, 1, 3, 20))):
            now = round(now + TICK_S, 1)
            if not rests or ticks.due(now):
                step(Tick(), now)
        if call.conversation.ending is not None:
            break
    return orders


@pytest.mark.parametrize(
    "policy",
    [Policy(detector=Detector.LOCAL), Policy(detector=Detector.DUCK), Policy(turns=TurnMode.VOICE)],
)
def test_a_detector_of_our_own_is_asked_at_each_tick(policy: Policy) -> None:
    """It has a clock of its own."""
    call = PlayedCall(policy)
    call.step(SessionReady(), 0.0)
    call.step(Answered(), 0.1)
    assert call.conversation.rest.until(0.2) < 0.2


def test_a_wait_ends_on_time() -> None:
    """That of a silent caller, or for another key: it is known in advance."""
    call = PlayedCall(Policy(idle_timeout=6.0))
    call.step(SessionReady(), 0.0)
    call.step(Answered(), 1.0)
    assert call.conversation.rest.until(1.2) == 7.0
    call.step(Digit("5"), 3.0)
    assert call.conversation.rest.until(3.1) == 4.5
    assert call.step(Tick(), 4.4) == []
    assert call.step(Tick(), 4.5) != []


def test_the_clock_is_told_how_long_a_call_rests() -> None:
    """Until then it is not even asked, but for what happens in between."""
    noted: list[float] = []
    ticks = Ticks(lambda now: 3.0, noted.append)
    ticks.told(1.0, tick=True)
    assert ticks.rests_until < 1.0
    assert not ticks.due(1.2)
    ticks.rest(2.0)
    assert ticks.rests_until == 2.0
    ticks.rest(9.0)
    assert ticks.rests_until == 3.0
    ticks.told(2.5, tick=False)
    assert ticks.rests_until < 2.5
    assert noted == [2.5]
    assert ticks.due(3.0)
    assert noted == [2.5, pytest.approx(2.8, abs=0.01)]
