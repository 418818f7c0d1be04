from __future__ import annotations

import dataclasses
from math import inf

from gateway.call import Tick
from gateway.realtime.continuity.response_timeout import (
    NO_RESPONSE,
    NOTHING_OF_IT,
    Ended,
    Expected,
    Interrupted,
    Output,
    Pong,
    Probe,
    ResponseTimeout,
    ResponseTimeouts,
    Started,
    State,
)
from gateway.realtime.continuity.vocabulary import AskAgain, FrameReceived, ReplaceSession
from tests.equipment.playbook import Playbook

ALERTNESS = ResponseTimeouts(answer=4, excuse=4, first_output=12, stall=6, doubt=0, pulse=3, again=2)


def play() -> Playbook[ResponseTimeout]:
    return Playbook(ResponseTimeout(ALERTNESS))


def asked() -> Playbook[ResponseTimeout]:
    """Return a play in which an answer is due, and the server is alive."""
    return play() >> Expected() >> Tick() << Probe() >> Pong()


def test_an_answer_in_time_is_no_matter() -> None:
    """Expected, begun, ended: nothing to do, and no wish to be woken."""
    play_ = asked().after(3999) >> Tick() >> Started() >> Output(5.0) >> Ended()
    machine = (play_.after(60_000) >> Tick()).done()
    assert machine.wake_at == inf


def test_a_server_is_asked_for_a_sign_of_life_when_it_has_said_nothing_for_a_while() -> None:
    """Not one that has: most have begun an answer by then."""
    patient = dataclasses.replace(ALERTNESS, doubt=0.6)

    def asked_patiently() -> Playbook[ResponseTimeout]:
        return (Playbook(ResponseTimeout(patient)) >> Expected()).after(599) >> Tick()

    (asked_patiently().after(1) >> Tick() << Probe()).done()
    (asked_patiently().after(1) >> FrameReceived(0.2) >> Tick()).done()
    ((asked_patiently() >> Started()).after(1) >> Tick()).done()
    play_ = asked_patiently().after(2400) >> Tick() << Probe()  # whoever looks late asks before he despairs
    (play_ >> Tick()).done()


def test_an_overdue_answer_is_asked_for_once_then_the_session_renewed() -> None:
    """The server swallowed our request; asked once more it would answer sooner."""
    play_ = asked().after(4000) >> Tick() << NO_RESPONSE << AskAgain() << Probe() >> Pong()
    play_ = play_.after(1999) >> Tick()
    (play_.after(1) >> Tick() << ReplaceSession("no_answer")).done()


def test_a_server_that_gives_no_sign_of_life_is_left_at_once() -> None:
    """No frame and no pong since the question: it is dead, and asking again is no use."""
    play_ = (
        (play() >> FrameReceived(0.0) >> Expected() >> Tick() << Probe()).after(2999)
        >> FrameReceived(0.0)
        >> Tick()
    )
    (play_.after(1) >> Tick() << ReplaceSession("no_sign_of_life")).done()


def test_a_frame_is_a_sign_of_life_as_well() -> None:
    """A server may be too busy for a pong."""
    play_ = (play() >> Expected() >> Tick() << Probe()).after(3000) >> FrameReceived(0.1) >> Tick()
    (play_.after(1000) >> Tick() << NO_RESPONSE << AskAgain() << Probe()).done()


def test_a_server_that_dies_after_the_first_question_is_left_after_the_second() -> None:
    """Each question wants a sign of its own."""
    play_ = asked().after(4000) >> Tick() << NO_RESPONSE << AskAgain() << Probe()
    (play_.after(2000) >> Tick() << ReplaceSession("no_sign_of_life")).done()


def test_a_slow_model_is_given_up_in_vain_only_once() -> None:
    """The next session is given the whole time again, until one answers without being asked twice."""
    play_ = asked().after(4000) >> Tick() << NO_RESPONSE << AskAgain() << Probe() >> Pong()
    play_ = play_.after(2000) >> Tick() << ReplaceSession("no_answer")
    for _ in range(2):
        play_ = (
            (play_ >> Expected() >> Tick() << Probe() >> Pong()).after(4000)
            >> Tick()
            << NO_RESPONSE
            << AskAgain()
            << Probe()
        )
        play_ = (play_ >> Pong()).after(3000) >> Tick() >> Started() >> Ended()
    play_ = (play_ >> Expected() >> Tick() << Probe() >> Pong()).after(3000) >> Started() >> Ended()
    play_ = (
        (play_ >> Expected() >> Tick() << Probe() >> Pong()).after(4000)
        >> Tick()
        << NO_RESPONSE
        << AskAgain()
        << Probe()
    )
    ((play_ >> Pong()).after(2000) >> Tick() << ReplaceSession("no_answer")).done()


def test_a_caller_who_goes_on_speaking_is_not_answered_yet() -> None:
    """What was expected is not expected any more; the next turn counts anew."""
    play_ = asked().after(3000) >> Interrupted()
    play_ = play_.after(3000) >> Tick() >> Expected() >> Tick() << Probe() >> Pong()
    (play_.after(3999) >> Tick()).done()


def test_the_first_output_may_take_its_time() -> None:
    """A model that reasons is silent for a while; not for ever. The caller is told after four seconds."""
    play_ = (play() >> Started()).after(3999) >> Tick()
    play_ = play_.after(1) >> Tick() << NOTHING_OF_IT
    play_ = play_.after(7999) >> Tick()
    (play_.after(2) >> Tick() << ReplaceSession("stalled")).done()


def test_an_answer_that_comes_late_is_excused_and_welcome() -> None:
    """After six seconds it begins: from there on it is watched like any other."""
    play_ = (play() >> Started()).after(4000) >> Tick() << NOTHING_OF_IT
    play_ = play_.after(8000) >> Output(6.0) >> Tick() << ReplaceSession("stalled")
    play_.done()


def test_a_caller_who_speaks_meanwhile_does_not_make_the_wait_begin_anew() -> None:
    """Each time the server gives up the response without a word, and begins another that gives none."""
    play_ = (
        (play() >> Expected() >> Tick() << Probe() >> Pong() >> Started()).after(4000)
        >> Tick()
        << NOTHING_OF_IT
    )
    play_ = play_.after(1000) >> FrameReceived(5.0) >> Interrupted() >> Ended(fruitless=True)
    play_ = (
        play_.after(2000) >> FrameReceived(7.0) >> Expected() >> Tick() << Probe() >> Pong() >> Started()
    ).after(4000)
    play_ = play_ >> Tick() << NOTHING_OF_IT
    play_ = play_.after(2999) >> Tick()
    (play_.after(2) >> Tick() << ReplaceSession("stalled")).done()


def test_a_wait_that_is_nearly_over_is_not_excused_once_more() -> None:
    """Another session answers by then."""
    play_ = (play() >> Started()).after(4000) >> Tick() << NOTHING_OF_IT
    play_ = play_.after(6000) >> Ended(fruitless=True) >> Started()
    (play_.after(2000) >> Tick() << ReplaceSession("stalled")).done()


def test_a_model_that_gave_something_has_its_whole_time_again() -> None:
    """The last response was spoken over, but it had begun; or the session is another one."""
    for ends in (Ended(), Ended(fruitless=True)):
        play_ = (play() >> Started()).after(3000) >> Ended(fruitless=True) >> Started()
        if ends.fruitless:
            play_ = play_.after(1000) >> Output(3.5) >> Tick()
        play_ = play_ >> ends >> Started()
        play_ = play_.after(4000) >> Tick() << NOTHING_OF_IT
        play_ = play_.after(7999) >> Tick()
        (play_.after(2) >> Tick() << ReplaceSession("stalled")).done()


def test_a_new_session_has_its_whole_time() -> None:
    """What the one before it wasted is not its fault."""
    play_ = (play() >> Started()).after(3000) >> Ended(fruitless=True) >> Started()
    play_ = play_.after(9000) >> Tick() << ReplaceSession("stalled") >> Ended() >> Started()
    (play_.after(4000) >> Tick() << NOTHING_OF_IT).done()


def test_frames_of_the_caller_are_no_output() -> None:
    """His transcript comes while the model reasons: that has its time all the same."""
    play_ = (play() >> Started()).after(4000) >> FrameReceived(3.0) >> Tick() << NOTHING_OF_IT
    play_ = play_.after(7999) >> FrameReceived(10.0) >> Tick()
    (play_.after(2) >> Tick() << ReplaceSession("stalled")).done()


def test_a_response_that_stops_coming_is_stalled() -> None:
    """It is made faster than it is spoken: six seconds without a frame are no pause for breath."""
    play_ = (play() >> Started()).after(1000) >> Output(0.9)
    (play_.after(5900) >> Tick() << ReplaceSession("stalled")).done()


def test_frames_keep_a_response_alive() -> None:
    """As long as something comes, it is not stalled; an old sign is none."""
    play_ = play() >> Started()
    for second in range(5, 60, 5):
        play_.after(5000) >> Output(float(second)) >> Output(1.0) >> Tick()
    assert play_.done().state is State.MORE


def test_frames_are_no_answer() -> None:
    """A server that says all kinds of things but does not answer is overdue all the same."""
    play_ = asked().after(3000) >> FrameReceived(3.0)
    (play_.after(1000) >> Tick() << NO_RESPONSE << AskAgain() << Probe()).done()


def test_expected_twice_is_expected_since_the_first_time() -> None:
    """An order and the end of a turn at once do not prolong the wait."""
    play_ = asked().after(3000) >> Expected()
    (play_.after(1000) >> Tick() << NO_RESPONSE << AskAgain() << Probe()).done()


def test_a_pong_is_no_answer_and_keeps_no_response_alive() -> None:
    """The server lives, the response does not come."""
    play_ = (play() >> Started()).after(4000) >> Tick() << NOTHING_OF_IT >> Pong()
    (play_.after(8000) >> Tick() << ReplaceSession("stalled")).done()


def test_an_interruption_does_not_end_a_response_in_the_making() -> None:
    """The server ends it, or the call cancels it."""
    machine = (play() >> Started() >> Interrupted()).done()
    assert machine.state is State.OUTPUT


def test_a_response_that_the_server_stops_is_not_waited_for() -> None:
    """It need not say so; one that goes on under the caller is waited for."""
    for stops in (True, False):
        machine = (play() >> Started() >> Output(1.0) >> Interrupted(stops=stops)).done()
        assert (machine.wake_at == inf) is stops
