from __future__ import annotations

from gateway.realtime.lasting.watchdog import (
    Alertness,
    AskAgain,
    Ended,
    Expected,
    Interrupted,
    Renew,
    Sign,
    Started,
    State,
    Tick,
    Watchdog,
)
from tests.playbook import Playbook


def play() -> Playbook[Watchdog]:
    return Playbook(Watchdog(Alertness(answer=4, first_output=12, stall=6)))


def test_an_answer_in_time_is_no_matter() -> None:
    """Expected, begun, ended: nothing to do, and no wish to be woken."""
    play_ = (play() >> Expected()).after(3999) >> Tick() >> Started() >> Sign(5.0) >> Ended()
    machine = (play_.after(60_000) >> Tick()).done()
    assert machine.wake_at is None


def test_an_overdue_answer_is_asked_for_once_then_the_session_renewed() -> None:
    """The server swallowed our request."""
    play_ = (play() >> Expected()).after(4000) >> Tick() << AskAgain()
    (play_.after(4000) >> Tick() << Renew("no_answer")).done()


def test_a_caller_who_goes_on_speaking_is_not_answered_yet() -> None:
    """What was expected is not expected any more; the next turn counts anew."""
    play_ = (play() >> Expected()).after(3000) >> Interrupted()
    play_ = play_.after(3000) >> Tick() >> Expected()
    (play_.after(3999) >> Tick()).done()


def test_the_first_output_may_take_its_time() -> None:
    """A model that reasons is silent for a while; not for ever."""
    play_ = (play() >> Started()).after(11_999) >> Tick()
    (play_.after(1) >> Tick() << Renew("stalled")).done()


def test_a_response_that_stops_coming_is_stalled() -> None:
    """It is made faster than it is spoken: six seconds without a frame are no pause for breath."""
    play_ = (play() >> Started()).after(1000) >> Sign(0.9)
    (play_.after(5900) >> Tick() << Renew("stalled")).done()


def test_frames_keep_a_response_alive() -> None:
    """As long as something comes, it is not stalled; an old sign is none."""
    play_ = play() >> Started()
    for second in range(5, 60, 5):
        play_.after(5000) >> Sign(float(second)) >> Sign(1.0) >> Tick()
    assert play_.done().state is State.MORE


def test_frames_are_no_answer() -> None:
    """A server that says all kinds of things but does not answer is overdue all the same."""
    play_ = (play() >> Expected()).after(3000) >> Sign(3.0)
    (play_.after(1000) >> Tick() << AskAgain()).done()


def test_expected_twice_is_expected_since_the_first_time() -> None:
    """An order and the end of a turn at once do not prolong the wait."""
    play_ = (play() >> Expected()).after(3000) >> Expected()
    (play_.after(1000) >> Tick() << AskAgain()).done()


def test_an_interruption_does_not_end_a_response_in_the_making() -> None:
    """The server ends it, or the call cancels it."""
    machine = (play() >> Started() >> Interrupted()).done()
    assert machine.state is State.OUTPUT
