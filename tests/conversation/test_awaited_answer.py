"""The answer that the caller waits for."""

from __future__ import annotations

import pytest

from gateway.call import Announcement, FinishItem, Play, Respond, ResponseEnded
from gateway.conversation.awaited_answer import (
    ALOUD,
    CANCELLED_S,
    LONGEST_S,
    MOST_UNANSWERED,
    MOST_WORDS,
    PATIENCE_S,
    AwaitedAnswer,
    Remedy,
)

DONE = ResponseEnded("r", "completed")


def waiting() -> AwaitedAnswer:
    """A caller has spoken, and a response has begun."""
    answer = AwaitedAnswer()
    answer.turn_ended(0.0)
    answer.began(0.0)
    return answer


def asked_again(answer: AwaitedAnswer, now: float = 0.0) -> None:
    """What is to be asked for again is asked for, and a response begins."""
    again = answer.again(now)
    assert again is not None
    answer.asked(again, now)
    assert answer.again(now) is None
    answer.began(now)


@pytest.mark.parametrize("status", ["completed", "incomplete", "cancelled"])
def test_an_answer_without_a_sound_is_asked_for_once_more_then_told(status: str) -> None:
    """However it ended; why it was cancelled may be told a little later."""
    answer = waiting()
    assert answer.ended(ResponseEnded("r", status), 0.0, excused=False)
    assert answer.remedy() is None
    if status == "cancelled":
        assert answer.again(0.0) is None
    assert answer.again(CANCELLED_S) == ALOUD
    asked_again(answer, CANCELLED_S)
    assert answer.ended(ResponseEnded("r", status), 1.0, excused=False)
    assert answer.again(9.0) is None
    assert answer.remedy() is Remedy.WORDS
    assert answer.remedy() is None


def test_what_was_written_is_to_be_spoken() -> None:
    """In its own words, so far as anybody would listen to them."""
    answer = waiting()
    answer.wrote('Say "yes".')
    answer.wrote("x" * MOST_WORDS)
    answer.ended(DONE, 0.0, excused=False)
    again = answer.again(0.0)
    assert again is not None
    assert again.instructions is not None
    assert again.instructions.startswith("Say exactly these words and nothing else: \"Say 'yes'. xxx")
    assert len(again.instructions) < MOST_WORDS + 60


def test_what_was_asked_for_in_certain_words_is_asked_for_in_those() -> None:
    """A greeting; also where the session has asked again meanwhile, for a response that failed."""
    answer, greet = AwaitedAnswer(), Respond("Greet.")
    answer.asked(greet, 0.0)
    answer.began(0.0)
    assert answer.ended(ResponseEnded("r", "failed", "server_error"), 0.0, excused=False)
    assert answer.again(0.0) is None
    answer.began(0.0)
    assert answer.ended(DONE, 0.0, excused=False)
    assert answer.again(0.0) is greet


def test_silence_that_is_right_is_left_alone() -> None:
    """It called a function, is silent by choice, was heard, or nobody waits; or its session is lost."""
    calling, heard, silent = waiting(), waiting(), waiting()
    calling.called()
    heard.sounded()
    silent.resolved()
    spoken_over = waiting()
    spoken_over.caller_began()
    for answer in (calling, heard, silent, spoken_over, AwaitedAnswer()):
        assert not answer.ended(DONE, 0.0, excused=False)
        assert (answer.again(9.0), answer.remedy()) == (None, None)
    assert not waiting().ended(DONE, 0.0, excused=True)
    lost = waiting()
    assert lost.ended(ResponseEnded("r", "cancelled", "connection_lost"), 0.0, excused=False)
    assert (lost.again(9.0), lost.remedy()) == (None, None)


def test_another_response_takes_the_place_of_a_repetition() -> None:
    """The server has begun one by itself."""
    answer = waiting()
    answer.ended(ResponseEnded("r", "cancelled"), 0.0, excused=False)
    answer.began(0.1)
    assert answer.again(9.0) is None


def test_each_question_is_asked_for_once_more() -> None:
    """And one that was told to be unanswered does not spoil the next."""
    answer = waiting()
    answer.ended(DONE, 0.0, excused=False)
    asked_again(answer)
    answer.asked(Respond(), 1.0)
    answer.began(1.0)
    answer.ended(DONE, 1.0, excused=False)
    assert answer.again(1.0) == ALOUD


def test_nothing_is_waited_for_for_ever() -> None:
    """What was under way is lost, and no event says so: it is asked for again, then told."""
    answer = AwaitedAnswer()
    answer.turn_ended(0.0)
    answer.passed(30.0, busy=True)
    answer.passed(30.0 + LONGEST_S - 0.1, busy=False)
    assert answer.again(60.0) is None
    answer.passed(30.0 + LONGEST_S, busy=False)
    assert answer.again(60.0) is ALOUD
    answer.asked(ALOUD, 60.0)
    answer.passed(60.0 + LONGEST_S - 0.1, busy=False)
    assert answer.remedy() is None
    answer.passed(60.0 + LONGEST_S, busy=False)
    assert answer.remedy() is Remedy.WORDS
    answer.passed(900.0, busy=False)
    assert (answer.again(900.0), answer.remedy()) == (None, None)


def test_an_agent_that_never_speaks_is_given_up() -> None:
    """After as many unanswered questions in a row as a caller bears; one answer is a new beginning."""
    answer = AwaitedAnswer()
    told = []
    for turn in range(2 * MOST_UNANSWERED + 1):
        answer.turn_ended(0.0)
        answer.began(0.0)
        if turn == MOST_UNANSWERED - 1:
            answer.sounded()
        answer.ended(DONE, 0.0, excused=False)
        if answer.again(0.0) is not None:
            asked_again(answer)
            answer.ended(DONE, 0.0, excused=False)
            told.append(answer.remedy())
    assert told == [Remedy.WORDS] * (2 * MOST_UNANSWERED - 1) + [Remedy.GIVE_UP]


def test_the_plans_words_are_played_if_it_has_any() -> None:
    """Each time as an item of its own."""
    answer = waiting()
    assert answer.words(Announcement()) == []
    first = answer.words(Announcement(b"ab"))
    assert first == [Play("unanswered_0", b"ab"), FinishItem("unanswered_0")]


def test_a_wait_is_long_after_a_while_of_silence() -> None:
    """For an answer or for a function; not for nothing, and not while somebody is heard."""
    answer = AwaitedAnswer()
    assert not answer.long(100.0, working=False)
    answer.asked(Respond(), 100.0)
    assert not answer.long(100.0 + PATIENCE_S - 0.1, working=False)
    assert answer.long(100.0 + PATIENCE_S, working=False)
    answer.heard(104.0)
    assert not answer.long(104.0, working=False)
    answer.began(104.0)
    answer.sounded()
    assert not answer.long(200.0, working=False)
    assert answer.long(200.0, working=True)
