"""Answers that are not to be heard yet."""

import pytest

from gateway.call import AgentAudio, AgentAudioDone, CallerVoice, ResponseEnded, ResponseStarted
from gateway.conversation.kept_answer import LONGER, KeptAnswer

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
