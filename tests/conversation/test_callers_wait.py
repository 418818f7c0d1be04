"""What fills a caller's wait, and what becomes of an answer without a sound."""

from __future__ import annotations

from gateway.call import (
    AgentWrote,
    Announcement,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    FinishItem,
    Order,
    Play,
    Respond,
    ResponseEnded,
    ResponseOverdue,
    ResponseStarted,
    SessionInterrupted,
    SessionReady,
    ToolCalled,
    ToolReturned,
    ToolThen,
)
from gateway.conversation import callers_wait
from gateway.conversation.awaited_answer import ALOUD, PATIENCE_S, Remedy
from gateway.conversation.callers_wait import OF_WAIT, CallersWait
from gateway.conversation.policy import STILL_THERE, Policy
from tests.equipment.matched_kinds import matched_kinds

WORDS = Policy(hold=Announcement(b"hold"), unanswered=Announcement(b"none"))
TOLD: list[Order] = [Play("unanswered_1", b"none"), FinishItem("unanswered_1")]


def due(wait: CallersWait, now: float, *, working: bool = False) -> bool:
    """Return whether a hold prompt is played."""
    return bool(wait.due(now, on_air=False, heard=False, working=working))


def asking() -> CallersWait:
    """A caller has asked something, and the model has begun to answer."""
    wait = CallersWait(WORDS)
    wait.happened(CallerStartedSpeaking("c"), 0.0)
    wait.happened(CallerStoppedSpeaking("c"), 0.0)
    wait.happened(ResponseStarted("r"), 0.0)
    return wait


def test_an_answer_without_a_sound_is_asked_for_again_then_told() -> None:
    """In the plan's words."""
    wait = asking()
    assert wait.response_ended(ResponseEnded("r", "completed"), 0.0, excused=False)
    assert wait.again(0.0) == ALOUD
    wait.asked(ALOUD, 0.0)
    wait.happened(ResponseStarted("r2"), 0.0)
    wait.happened(AgentWrote("r2", "i", "Hi."), 0.0)
    assert wait.response_ended(ResponseEnded("r2", "completed"), 0.0, excused=False)
    assert wait.remedy() is Remedy.WORDS
    assert wait.words() == TOLD


def test_a_long_wait_is_filled() -> None:
    """For an answer of which nothing is heard, and for a function that takes its time."""
    for working in (False, True):
        wait = asking()
        if working:
            wait.happened(ToolCalled("r", "c", "f", "{}"), 0.0)
            wait.agent_heard()
        assert not due(wait, PATIENCE_S - 0.1, working=working)
        assert not due(wait, PATIENCE_S, working=working)
        assert due(wait, PATIENCE_S + 0.5, working=working)
        assert not due(wait, PATIENCE_S + 1.0, working=working)


def test_what_is_on_air_fills_it_by_itself() -> None:
    """And who speaks is not waiting."""
    wait = asking()
    for on_air in (True, False):
        assert wait.due(9.0, on_air=on_air, heard=not on_air, working=True) == []
    assert not due(wait, 9.0 + PATIENCE_S - 0.1)


def test_nobody_waits_for_what_was_not_asked() -> None:
    """Nor to be asked whether they are there, nor for an agent that chose to be silent."""
    wait = CallersWait(WORDS)
    wait.asked(STILL_THERE, 0.0)
    assert not due(wait, 100.0)
    wait.asked(Respond(), 0.0)
    wait.happened(ToolReturned("c", "", ToolThen.WAIT), 0.0)
    assert not due(wait, 100.0)


def test_an_outage_and_an_overdue_answer_are_told_of_sooner() -> None:
    """The session says that they are waits."""
    lost, overdue = CallersWait(WORDS), CallersWait(WORDS)
    lost.happened(SessionInterrupted("lost", ""), 0.0)
    overdue.happened(ResponseOverdue(asked_again=True), 0.0)
    assert (due(lost, 0.9), due(overdue, 0.4)) == (False, False)
    assert (due(lost, 1.0), due(overdue, 0.5)) == (True, True)
    lost.happened(SessionReady(), 1.0)
    lost.agent_heard()
    assert not due(lost, 100.0)


def test_a_function_that_takes_its_time_is_filled_sooner() -> None:
    """In the plan's own words, once; the prompt of a long wait comes when those have been heard."""
    wait = CallersWait(Policy(hold=WORDS.hold, filler=Announcement(bytes(48_000), "Hm."), filler_after=1.0))
    wait.happened(CallerStartedSpeaking("c"), 0.0)
    wait.happened(CallerStoppedSpeaking("c"), 0.0)
    wait.happened(ToolCalled("r", "c1", "price", "{}"), 1.0)
    assert wait.due(1.9, on_air=False, heard=False, working=True) == []
    assert wait.due(2.0, on_air=False, heard=False, working=True) == [
        Play("filler_1", bytes(48_000), "Hm."),
        FinishItem("filler_1"),
    ]
    assert not due(wait, 2.0 + 1.0 + PATIENCE_S - 0.1, working=True)
    wait.due(2.0 + 1.0 + PATIENCE_S, on_air=False, heard=False, working=True)
    assert due(wait, 2.0 + 1.0 + PATIENCE_S + 2.0, working=True)


def test_no_filler_is_said_over_somebody() -> None:
    """Neither over the agent nor over the caller, nor when the result is there."""
    wait = CallersWait(Policy(filler=Announcement(b"ab"), filler_after=1.0))
    wait.happened(ToolCalled("r", "c1", "price", "{}"), 0.0)
    assert wait.due(1.5, on_air=True, heard=False, working=True) == []
    assert wait.due(2.0, on_air=False, heard=True, working=True) == []
    assert wait.due(2.9, on_air=False, heard=False, working=True) == []
    assert wait.due(3.1, on_air=False, heard=False, working=False) == []
    assert wait.due(9.0, on_air=False, heard=False, working=True) == []


def test_it_is_told_of_all_that_it_follows() -> None:
    """Of what it has a case for."""
    assert matched_kinds(callers_wait) <= OF_WAIT
