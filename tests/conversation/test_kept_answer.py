"""Answers that are not to be heard yet."""

import pytest

from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CallTool,
    CancelResponse,
    DeleteItem,
    FinishItem,
    Flush,
    Flushed,
    Pause,
    Play,
    Played,
    Remind,
    ResponseEnded,
    ResponseStarted,
    SubmitToolResult,
    Tick,
    ToolCalled,
    Truncate,
)
from gateway.conversation.interjection import LONGEST_S, WORDS_WITHIN
from gateway.conversation.kept_answer import LONGER, KeptAnswer
from gateway.conversation.policy import Policy
from gateway.conversation.tool_use import NOT_MADE
from tests.conversation.followed_leg import PlayedCall
from tests.conversation.test_machine import talking
from tests.equipment.playbook import Playbook

STARTED = ResponseStarted("r")
AUDIO = AgentAudio("r", "i", b"aa")
DONE, ENDED = AgentAudioDone("r", "i"), ResponseEnded("r", "completed")


def test_the_answer_to_half_a_sentence_waits() -> None:
    """Whether the words come before the response or after; all of it follows in order."""
    for words_first in (True, False):
        kept = KeptAnswer(0.6)
        kept.turn_ended(1.0)
        if words_first:
            assert kept.said("I want a taxi", 1.1) == 0.5
        assert not kept.takes(STARTED, doubtful=False)
        if not words_first:
            assert kept.said("I want a taxi", 1.1) == 0.5
        assert kept.takes(AUDIO, doubtful=False)
        assert kept.takes(DONE, doubtful=False)
        assert kept.takes(ENDED, doubtful=False)
        assert not kept.takes(AgentAudio("other", "j", b"bb"), doubtful=False)
        assert kept.put_by() == []
        assert not kept.due(1.5)
        assert kept.due(1.6)
        assert kept.let_go() == "r"
        assert kept.put_by() == [AUDIO, DONE, ENDED]
        assert kept.put_by() == []


def test_a_whole_sentence_is_answered_at_once() -> None:
    """So is one whose words come when its answer is heard already, and with no patience every one."""
    kept = KeptAnswer(0.6)
    kept.turn_ended(1.0)
    assert kept.said("What time is it?", 1.1) is None
    assert not kept.takes(AUDIO, doubtful=False)
    kept.turn_ended(2.0)
    kept.takes(STARTED, doubtful=False)
    assert not kept.takes(AUDIO, doubtful=False)
    assert kept.said("I want a taxi", 2.1) is None
    kept = KeptAnswer(0.0)
    kept.turn_ended(1.0)
    assert kept.said("I want a taxi", 1.1) is None


def test_words_that_come_late_keep_nothing() -> None:
    """The caller was waited for as long, or nothing was asked."""
    kept = KeptAnswer(0.6)
    assert kept.said("I want a taxi", 1.0) is None
    kept.turn_ended(1.0)
    assert kept.said("I want a taxi", 1.7) is None
    assert not kept.takes(CallerVoice(on=True), doubtful=False)


def test_the_second_half_is_judged_with_the_first() -> None:
    """Alone it would look unfinished; an answer that was heard in between ends the sentence."""
    for text in ("I need help with", "I want to pay"):
        kept = KeptAnswer(1.0)
        kept.turn_ended(1.0)
        assert kept.said(text, 1.1) is not None
        if text == "I want to pay":
            assert kept.due(2.2)
        kept.let_go()
        kept.turn_ended(3.0)
        assert (kept.said("my last telephone bill.", 3.1) is None) is (text == "I need help with")


def test_while_nobody_knows_what_was_said_an_answer_waits() -> None:
    """Until it is let go."""
    kept = KeptAnswer(0.0)
    assert not kept.takes(STARTED, doubtful=True)
    assert kept.takes(AUDIO, doubtful=False)
    assert kept.response_id == "r"
    kept.let_go()
    assert kept.put_by() == [AUDIO]


def test_who_cannot_have_finished_is_waited_for_longer() -> None:
    """Nobody ends a sentence with "to"."""
    kept = KeptAnswer(1.0)
    kept.turn_ended(1.0, 0.5)
    assert kept.said("I would like to", 1.1) == pytest.approx(0.4 + LONGER - 1)


def test_who_is_loud_when_the_wait_is_over_is_waited_for_a_little_longer() -> None:
    """A voice is known as one some 100 ms after its beginning; a noise that goes on holds nothing up."""

    def wanting() -> KeptAnswer:
        kept = KeptAnswer(1.0)
        kept.turn_ended(1.0)
        kept.said("I want a taxi", 1.1)
        return kept

    loud = wanting()
    assert not loud.due(2.2, -30.0)
    assert loud.waits
    assert loud.due(2.4, -30.0)
    assert wanting().due(2.0, -60.0)
    assert wanting().due(2.0)


WAITS = Policy(ignores_backchannels=True, session_interrupts=False, patience=1.0)
INTERRUPTS = LONGEST_S + WAITS.silence
"""Seconds of a turn over the agent, the pause at its end included."""
SECOND = bytes(48_000)


def half_said(policy: Policy = WAITS) -> Playbook[PlayedCall]:
    """A call whose caller has said half a sentence, which the model answers."""
    return (
        talking(policy)
        >> CallerStartedSpeaking("c1")
        << Flush()
        >> Flushed("", 0, 0)
        >> CallerStoppedSpeaking("c1", ago_ms=500)
        >> ResponseStarted("r1")
        >> CallerSaid("c1", "I want a taxi")
        << Remind(0.5)
        >> AgentAudio("r1", "i1", SECOND)
        >> AgentAudioDone("r1", "i1")
    )


def test_who_goes_on_never_hears_the_answer_to_the_first_half() -> None:
    """The model forgets it, and answers both halves at once; functions that it called are not run."""
    (
        half_said()
        >> ToolCalled("r1", "call_1", "book", "{}")
        >> ResponseEnded("r1", "completed")
        >> CallerStartedSpeaking("c2")
        << CancelResponse("r1")
        << Flush()
        << DeleteItem("i1")
        << SubmitToolResult("call_1", NOT_MADE)
        >> Flushed("", 0, 0)
        >> CallerStoppedSpeaking("c2", ago_ms=500)
        >> CallerSaid("c2", "to the airport, please.")
        >> ResponseStarted("r2")
        >> AgentAudio("r2", "i2", SECOND)
        << Play("i2", SECOND)
    ).done()


def test_who_has_finished_hears_it_in_the_end() -> None:
    """All of it, in order."""
    playbook = half_said() >> ToolCalled("r1", "call_1", "book", "{}")
    playbook = playbook.after(500) >> Tick() << Play("i1", SECOND) << FinishItem("i1")
    (playbook << CallTool("call_1", "book", "{}") >> ResponseEnded("r1", "completed")).done()


def test_who_begins_to_speak_when_the_wait_is_over_is_not_spoken_to() -> None:
    """The session's word comes a little later, and finds the answer unheard."""
    (
        half_said().after(500)
        >> Tick(caller_db=-30.0)
        >> CallerStartedSpeaking("c2")
        << CancelResponse("r1")
        << Flush()
        << DeleteItem("i1")
        >> Flushed("", 0, 0)
    ).done()


def test_the_answer_to_a_backchannel_is_not_heard() -> None:
    """It began before anybody knew what was said; the agent goes on where it was."""
    (
        talking(WAITS)
        >> ResponseStarted("r1")
        >> AgentAudio("r1", "i1", SECOND)
        << Play("i1", SECOND)
        >> AgentAudioDone("r1", "i1")
        << FinishItem("i1")
        >> ResponseEnded("r1", "completed")
        >> CallerStartedSpeaking("c1")
        << Pause(on=True)
        << Remind(INTERRUPTS)
        >> CallerStoppedSpeaking("c1", ago_ms=500)
        << Remind(WORDS_WITHIN)
        >> ResponseStarted("r2")
        >> AgentAudio("r2", "i2", SECOND)
        >> CallerSaid("c1", "Mm-hmm.")
        << CancelResponse("r2")
        << DeleteItem("c1")
        << Pause(on=False)
        >> AgentAudioDone("r2", "i2")
        << DeleteItem("i2")
        >> ResponseEnded("r2", "cancelled")
        >> Played("i1")
    ).done()


def test_the_answer_to_an_interruption_is_heard_after_it() -> None:
    """What was paused is flushed, and the model told what was heard of it."""
    (
        talking(WAITS)
        >> ResponseStarted("r1")
        >> AgentAudio("r1", "i1", SECOND)
        << Play("i1", SECOND)
        >> ResponseEnded("r1", "completed")
        >> CallerStartedSpeaking("c1")
        << Pause(on=True)
        << Remind(INTERRUPTS)
        >> CallerStoppedSpeaking("c1", ago_ms=500)
        << Remind(WORDS_WITHIN)
        >> ResponseStarted("r2")
        >> AgentAudio("r2", "i2", SECOND)
        >> CallerSaid("c1", "Stop.")
        << Flush()
        << Play("i2", SECOND)
        >> Flushed("i1", heard_ms=300, remaining_ms=700)
        << Truncate("i1", 300)
    ).done()
