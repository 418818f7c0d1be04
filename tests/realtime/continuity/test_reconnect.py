from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest

from gateway.call import Tick
from gateway.realtime.continuity.reconnect import (
    Begin,
    Failed,
    Lost,
    NoSession,
    Open,
    Ready,
    Reconnect,
    ReconnectPolicy,
    Succeeded,
)
from gateway.realtime.continuity.vocabulary import AskAgain, ReplaceSession
from gateway.realtime.error_policy import Reaction
from tests.equipment.playbook import Playbook

CUT = Lost("connection_lost", "cut")
FATAL = Lost("insufficient_quota", "empty", fatal=True)
FULL = Lost("account_full", "all are open", limited=True, full=True)
LIMITED = Lost("rate_limit_exceeded", "slow down", limited=True)


def play(routes: int = 1, chance: float = 0.0, policy: ReconnectPolicy | None = None) -> Playbook[Reconnect]:
    return Playbook(Reconnect(routes, policy or ReconnectPolicy(), lambda: chance)) >> Begin() << Open(0)


def test_a_single_loss_is_mended_at_once() -> None:
    """Most losses are single ones: nobody waits."""
    (play() >> Ready() >> CUT << Open(0) >> Ready() >> Succeeded()).done()


def test_pauses_grow_from_attempt_to_attempt() -> None:
    """A server in trouble is not hurried."""
    play_ = play() >> Ready() >> CUT << Open(0) >> CUT
    play_.after(240) >> Tick()
    play_.after(10) >> Tick() << Open(0) >> CUT
    play_.after(490) >> Tick()
    machine = (play_.after(10) >> Tick() << Open(0)).done()
    assert machine.in_outage


def test_pauses_are_left_to_chance() -> None:
    """A thousand calls that lost their sessions together do not come back together."""
    play_ = play(chance=1.0) >> Ready() >> CUT << Open(0) >> CUT
    assert (play_.after(125) >> Tick() << Open(0)).done().wake_at == 15.0


def test_the_machine_says_when_it_wants_to_be_woken() -> None:
    """The next attempt or the end of patience, whichever is first; nothing while all is well."""
    recovery = Reconnect(1, ReconnectPolicy(), lambda: 0.0)
    recovery.step(Begin(), 100.0)
    assert recovery.wake_at == 110.0
    recovery.step(Ready(), 101.0)
    assert recovery.wake_at == inf
    recovery.step(CUT, 200.0)
    recovery.step(CUT, 200.0)
    assert recovery.wake_at == 200.25


def test_a_loop_of_connecting_and_losing_comes_to_an_end() -> None:
    """Being ready proves nothing: only a successful response forgives losses."""
    play_ = play(policy=ReconnectPolicy(back_off=(0.0,), most_losses=4)) >> Ready()
    for _ in range(4):
        play_ >> CUT << Open(0) >> Ready()
    (play_ >> CUT << NoSession("connection_lost", "cut", fatal=False)).done()


def test_a_successful_response_forgives() -> None:
    """A call of an hour may lose its session many times."""
    play_ = play() >> Ready()
    for _ in range(20):
        play_ >> CUT << Open(0) >> Ready() >> Succeeded()
    play_.done()


def test_silence_has_an_end() -> None:
    """An outage of fifteen seconds in mid-call is a broken call."""
    play_ = play() >> Ready() >> CUT << Open(0)
    (play_.after(15_000) >> Tick() << NoSession("connection_lost", "cut", fatal=False)).done()


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_patience_is_a_time_not_a_number(chance: float) -> None:
    """A server that refuses at once, as one does that starts anew, is tried until the time is over."""
    recovery = Reconnect(1, ReconnectPolicy(), lambda: chance)
    recovery.step(Begin(), 0.0)
    recovery.step(Ready(), 1.0)
    orders, now, tried = recovery.step(CUT, 100.0), 100.0, [100.0]
    while orders != [NoSession("connection_lost", "cut", fatal=False)]:
        assert orders in ([Open(0)], [])
        orders = recovery.step(CUT, now) if orders else []
        if not orders:
            assert recovery.wake_at < inf
            now = recovery.wake_at
            orders = recovery.step(Tick(), now)
            tried += [now] if orders == [Open(0)] else []
    assert now == 115.0
    assert max(b - a for a, b in pairwise(tried)) <= 2.0
    assert 115.0 - tried[-1] <= 2.0


def test_a_server_that_is_back_late_is_in_time() -> None:
    """However often it has refused until then."""
    play_ = play() >> Ready() >> CUT << Open(0) >> CUT
    for ms in (250, 500, 1000, 2000, 2000, 2000, 2000, 2000):
        play_.after(ms) >> Tick() << Open(0) >> CUT
    (play_.after(2000) >> Tick() << Open(0) >> Ready()).done()


def test_the_first_session_is_tried_for_so_often() -> None:
    """Nobody has been answered yet: a proxy may try elsewhere."""
    play_ = play(policy=ReconnectPolicy(back_off=(0.0,), most_losses=3))
    for _ in range(3):
        play_ >> CUT << Open(0)
    (play_ >> CUT << NoSession("connection_lost", "cut", fatal=False)).done()


def test_ringing_has_an_end() -> None:
    """Before the first session patience is shorter; the caller can be sent elsewhere."""
    play_ = play().after(9_999) >> Tick()
    (play_.after(1) >> Tick() << NoSession("no_session", "no session was ever had", fatal=False)).done()


def test_a_pause_beyond_patience_is_not_waited_for() -> None:
    """Giving up at once is better than giving up later."""
    (
        play(policy=ReconnectPolicy(first_patience=0.5))
        >> LIMITED
        << NoSession(LIMITED.code, LIMITED.message, False)
    ).done()


def test_nothing_helps_against_an_empty_account() -> None:
    """A fatal loss with no other provider ends it: no reconnect at all."""
    (play() >> FATAL << NoSession("insufficient_quota", "empty", fatal=True)).done()


def test_the_next_provider_stands_in_at_once() -> None:
    """Fatal in mid-call, or not to be had at the beginning: the plan's next one is asked without a pause."""
    (play(routes=2) >> CUT << Open(1) >> Ready()).done()
    (play(routes=2) >> FATAL << Open(1) >> Ready()).done()
    (
        play(routes=2) >> Ready() >> FATAL << Open(1) >> FATAL << NoSession(FATAL.code, "empty", fatal=True)
    ).done()


def test_a_provider_that_is_out_for_good_is_not_asked_again() -> None:
    """Its account does not fill up during a call."""
    play_ = play(routes=3) >> FATAL << Open(1) >> CUT << Open(2) >> CUT
    (play_.after(1000) >> Tick() << Open(1)).done()


def test_the_first_provider_is_asked_twice_in_mid_call() -> None:
    """The caller keeps the voice if it can be kept; then somebody else speaks."""
    (play(routes=2) >> Ready() >> CUT << Open(0) >> CUT << Open(1) >> Ready()).done()


def test_once_round_the_pauses_count() -> None:
    """When everybody has refused, nobody is hurried."""
    play_ = play(routes=2) >> CUT << Open(1) >> CUT
    (play_.after(250) >> Tick() << Open(0)).done()


def test_a_rate_limit_at_connect_is_waited_out() -> None:
    """It is no use to hurry, unless there is somebody else."""
    play_ = play() >> LIMITED
    play_.after(990) >> Tick()
    (play_.after(10) >> Tick() << Open(0)).done()
    (play(routes=2) >> LIMITED << Open(1)).done()


def test_a_failed_response_is_asked_for_again_then_the_session_renewed() -> None:
    """The server stumbled once; twice is a broken session."""
    stumbled = Failed("server_error", Reaction.RETRY)
    (play() >> Ready() >> stumbled << AskAgain() >> stumbled << ReplaceSession("server_error")).done()
    (play() >> Ready() >> stumbled << AskAgain() >> Succeeded() >> stumbled << AskAgain()).done()


def test_a_limited_response_is_asked_for_again_later() -> None:
    """One second, two, four; then another provider may do better."""
    limited = Failed("rate_limit_exceeded", Reaction.BACK_OFF)
    play_ = play() >> Ready()
    for ms in (1000, 2000, 4000):
        play_ >> limited
        play_.after(ms - 10) >> Tick()
        play_.after(10) >> Tick() << AskAgain()
    (play_ >> limited << ReplaceSession("rate_limit_exceeded")).done()


def test_a_lost_session_takes_its_pending_question_along() -> None:
    """What was to be asked again is owed by the next session now."""
    play_ = play() >> Ready() >> Failed("rate_limit_exceeded", Reaction.BACK_OFF) >> CUT << Open(0) >> Ready()
    (play_.after(5000) >> Tick()).done()


def test_an_account_without_room_costs_a_caller_who_rings_no_time() -> None:
    """Another provider has the call, or nobody, at once; in the middle of a call it is waited for."""
    (play(2) >> FULL << Open(1) >> FULL << NoSession("account_full", "all are open", False)).done()
    play_ = play() >> Ready() >> CUT << Open(0) >> FULL
    (play_.after(2000) >> Tick() << Open(0)).done()
