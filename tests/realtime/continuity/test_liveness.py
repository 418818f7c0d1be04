from __future__ import annotations

from math import inf

from gateway.call import Tick
from gateway.realtime.continuity.liveness import (
    Ask,
    Left,
    Liveness,
    LivenessPolicy,
    NothingDue,
    QuestionAnswered,
)
from gateway.realtime.continuity.unanswered_audio import MOST_MS
from gateway.realtime.continuity.vocabulary import FrameReceived, ReplaceSession, SessionBegan
from tests.equipment.playbook import Playbook


def play() -> Playbook[Liveness]:
    return Playbook(Liveness(LivenessPolicy(silence=3, look=1, answer=2)))


def heeded() -> Playbook[Liveness]:
    """Return a play in which a session on the line has answered a question."""
    return (play() >> SessionBegan(can_be_asked=True)).after(3000) >> Tick() << Ask() >> QuestionAnswered()


def test_a_session_that_says_something_is_not_asked() -> None:
    """Any frame will do, however old it is when it is told of; one from before the last sign does not."""
    play_ = heeded().after(2999) >> Tick() >> FrameReceived(5.0)
    play_ = play_.after(2000) >> Tick() >> FrameReceived(4.0)
    (play_.after(1) >> Tick() << Ask()).done()


def test_a_session_that_goes_deaf_is_left() -> None:
    """Asked once in its silence, and given time to answer."""
    play_ = heeded().after(3000) >> Tick() << Ask()
    play_ = play_.after(1999) >> Tick()
    machine = (play_.after(1) >> Tick() << ReplaceSession("no_sign_of_life")).done()
    assert machine.wake_at == inf


def test_where_nothing_is_due_nothing_is_asked() -> None:
    """It is looked again after a second, as long as the caller is silent; then the session has its time."""
    play_ = (play() >> SessionBegan(can_be_asked=True)).after(3000) >> Tick() << Ask() >> NothingDue()
    for _ in range(20):
        play_ = play_.after(999) >> Tick()
        play_ = play_.after(1) >> Tick() << Ask() >> NothingDue()
    play_ = play_.after(1000) >> Tick() << Ask()
    (play_.after(2000) >> Tick() << ReplaceSession("no_sign_of_life")).done()


def test_a_frame_after_such_a_look_counts_from_when_it_came() -> None:
    """Three seconds, as always."""
    play_ = (
        (play() >> SessionBegan(can_be_asked=True)).after(3000)
        >> Tick()
        << Ask()
        >> NothingDue()
        >> FrameReceived(2.9)
    )
    play_ = play_.after(2899) >> Tick()
    (play_.after(1) >> Tick() << Ask()).done()


def test_whatever_comes_after_the_question_is_an_answer() -> None:
    """A session that has something else to say is not deaf."""
    play_ = heeded().after(3000) >> Tick() << Ask()
    play_ = play_.after(2000) >> FrameReceived(7.5) >> Tick()
    (play_.after(2500) >> Tick() << Ask()).done()


def test_a_server_that_does_not_know_the_question_costs_one_session() -> None:
    """It is given up once for its silence; after that none is asked, unless another has answered."""
    play_ = (play() >> SessionBegan(can_be_asked=True)).after(3000) >> Tick() << Ask()
    play_ = (
        play_.after(2000)
        >> Tick()
        << ReplaceSession("no_sign_of_life")
        >> Left()
        >> SessionBegan(can_be_asked=True)
    )
    machine = (play_.after(60_000) >> Tick()).done()
    assert machine.wake_at == inf


def test_a_server_that_has_answered_once_is_asked_for_the_whole_call() -> None:
    """Also behind a session of it that went deaf."""
    play_ = heeded().after(3000) >> Tick() << Ask()
    play_ = (
        play_.after(2000)
        >> Tick()
        << ReplaceSession("no_sign_of_life")
        >> Left()
        >> SessionBegan(can_be_asked=True)
    )
    (play_.after(3000) >> Tick() << Ask()).done()


def test_while_there_is_no_session_nobody_is_asked() -> None:
    """The next one has its own time."""
    play_ = heeded().after(1000) >> Left()
    play_ = play_.after(60_000) >> Tick() >> SessionBegan(can_be_asked=True)
    play_ = play_.after(2999) >> Tick()
    (play_.after(1) >> Tick() << Ask()).done()


def test_what_is_said_to_a_deaf_session_is_kept_until_it_is_left() -> None:
    """With two seconds to spare for connecting to the next."""
    times = LivenessPolicy()
    assert times.silence + times.answer + 2 <= MOST_MS / 1000


def test_who_cannot_be_asked_is_not() -> None:
    """Its provider does not know the question, or nothing is heard by it that is not waited for."""
    machine = ((play() >> SessionBegan()).after(60_000) >> Tick()).done()
    assert machine.wake_at == inf
