"""The caller's word, without the call around it; in a call: `test_ears` and `test_conversation`."""

from __future__ import annotations

from dataclasses import replace

from gateway.call import (
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CancelResponse,
    Clear,
    Commit,
    DeleteItem,
    Flush,
    Listen,
    Order,
    Pause,
    Remind,
    Respond,
)
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.caller_turns import COUGH, CallerTurns
from gateway.conversation.callers_wait import CallersWait
from gateway.conversation.interjection import CONFIRMED_WITHIN, LONGEST_S, WORDS_WITHIN
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Detector, Policy, TurnMode
from gateway.conversation.responses import Responses
from gateway.conversation.server_answers import ANSWERS_WITHIN
from gateway.conversation.timers import Inactivity, InactivityTimer
from gateway.conversation.turn_detector import BEFORE_MS
from tests.conversation.followed_leg import FollowedLeg

INTERRUPTS = LONGEST_S + Policy().silence
"""Seconds of a turn over the agent, the pause at its end included."""
BEGAN = CallerStartedSpeaking("c")
STOPPED = CallerStoppedSpeaking("c")


class Scene:
    """A caller, and an agent that has begun to speak at 0 s, of which a second is on air."""

    def __init__(self, policy: Policy) -> None:
        self.on_air = PlaybackTracker()
        self.responses = Responses()
        self.silence = InactivityTimer(None, 60.0)
        self.silence.answered(0.0)
        opening = AnswerPolicy(policy, FollowedLeg(0.0))
        opening.ready(0.0)
        self.caller = CallerTurns(
            policy, self.on_air, self.responses, opening, self.silence, CallersWait(policy)
        )
        self.responses.started("r")
        self.on_air.add("r", "i", 48_000, 0.0)


def test_speech_silences_the_agent() -> None:
    """The session stops its response by itself; nothing more of it is heard."""
    scene = Scene(Policy())
    assert scene.caller.speaks(BEGAN, 1.0) == [Flush()]
    assert scene.responses.silenced == {"r"}
    assert scene.caller.speaking


def test_our_own_ears_have_the_agent_wait() -> None:
    """The session does not know yet: what it notices silences the agent for good."""
    scene = Scene(Policy(detector=Detector.LOCAL))
    paused = [Pause(on=True), Remind(CONFIRMED_WITHIN)]
    assert scene.caller.speaks(CallerVoice(on=True), 0.2) == paused
    assert scene.caller.speaks(BEGAN, 0.4) == [Flush()]
    assert scene.caller.passed(2.0) == []


def test_the_word_is_the_callers_until_the_model_answers() -> None:
    """It is not when they stop speaking."""
    scene = Scene(Policy())
    scene.caller.speaks(BEGAN, 1.0)
    scene.caller.speaks(STOPPED, 2.0)
    assert scene.caller.has_floor
    assert scene.silence.due(61.9, busy=False) is None
    assert scene.silence.due(62.0, busy=False) is Inactivity.HANG_UP
    assert scene.caller.answered(2.0) == []
    assert not scene.caller.has_floor


def test_a_cough_does_not_hold_the_word_for_ever() -> None:
    """The session saw no turn in it."""
    scene = Scene(Policy())
    scene.caller.speaks(BEGAN, 1.0)
    scene.caller.speaks(STOPPED, 2.0)
    scene.caller.passed(2.0 + COUGH)
    assert scene.caller.has_floor
    scene.caller.passed(2.1 + COUGH)
    assert not scene.caller.has_floor


def test_who_speaks_on_after_the_ignore_window_is_heard() -> None:
    """Not before, and not who has stopped in it."""
    scene = Scene(Policy(ignore_first_ms=500))
    assert scene.caller.speaks(BEGAN, 0.1) == []
    assert scene.caller.passed(0.4) == []
    assert scene.caller.passed(0.6) == [Flush()]
    scene = Scene(Policy(ignore_first_ms=500))
    scene.caller.speaks(BEGAN, 0.1)
    scene.caller.speaks(STOPPED, 0.3)
    assert scene.caller.passed(0.6) == []


def test_a_turn_of_our_own_is_committed_and_answered() -> None:
    """The session hears it and nothing around it."""
    scene = Scene(Policy(turns=TurnMode.KEY, session_interrupts=False))
    told = scene.caller.key(1.0)
    assert told == [Flush(), CancelResponse("r"), Listen(on=True, before_ms=0)]
    scene.responses.ended("r")
    assert scene.caller.key(2.0) == [Commit(), Listen(on=False), Respond()]


def test_a_turn_too_short_to_be_one_is_forgotten() -> None:
    """By the session as well, or the next turn would begin with it."""
    scene = Scene(Policy(turns=TurnMode.KEY, barge_in=False))
    assert scene.caller.key(1.0) == [Listen(on=True, before_ms=0)]
    assert scene.caller.key(1.05) == [Clear(), Listen(on=False)]


def test_an_answer_that_comes_into_a_turn_is_stopped() -> None:
    """It was asked for before the caller began."""
    scene = Scene(Policy(turns=TurnMode.KEY))
    scene.caller.key(1.0)
    scene.responses.started("r2")
    assert scene.caller.answered(2.0) == [CancelResponse("r2")]


def test_an_agent_silenced_for_nothing_goes_on() -> None:
    """Where it stopped, as soon as the session would have heard speech; nobody is asked for anything."""
    scene = Scene(Policy(detector=Detector.LOCAL))
    scene.caller.speaks(CallerVoice(on=True), 0.2)
    assert scene.caller.passed(0.5) == []
    assert scene.caller.passed(0.2 + CONFIRMED_WITHIN) == [Pause(on=False)]
    assert scene.responses.next is None


LISTENS = Policy(ignores_backchannels=True, session_interrupts=False)


def overheard(policy: Policy = LISTENS) -> Scene:
    """A caller who has said something short over the agent."""
    scene = Scene(policy)
    assert scene.caller.speaks(BEGAN, 0.2) == [Pause(on=True), Remind(INTERRUPTS)]
    assert scene.caller.speaks(STOPPED, 0.6) == [Remind(WORDS_WITHIN)]
    assert scene.caller.doubtful
    return scene


def test_a_backchannel_lets_the_agent_go_on() -> None:
    """The session forgets it, and what answers it all the same is not heard."""
    scene = overheard()
    assert scene.caller.said(CallerSaid("c", "Mm-hmm."), 0.7) == [DeleteItem("c"), Pause(on=False)]
    assert not scene.caller.has_floor
    scene.responses.ended("r")
    scene.responses.started("r2")
    assert scene.caller.answered(0.8) == [CancelResponse("r2")]
    assert "r2" in scene.responses.silenced
    assert "r" not in scene.responses.silenced
    assert scene.responses.given_up == {"r2"}


def test_words_over_the_agent_are_an_interruption() -> None:
    """However short; and a session that was still speaking is asked for an answer if it gives none."""
    scene = overheard()
    told = scene.caller.said(CallerSaid("c", "Stop."), 0.7)
    assert told == [Flush(), CancelResponse("r"), Remind(ANSWERS_WITHIN)]
    scene.responses.ended("r")
    scene.caller.passed(0.7 + ANSWERS_WITHIN)
    assert scene.responses.ask() == [Respond()]


def test_an_answer_that_comes_by_itself_is_not_asked_for() -> None:
    """The session had only to be told to stop."""
    scene = overheard()
    scene.caller.said(CallerSaid("c", "Stop."), 0.7)
    scene.responses.started("r2")
    scene.caller.answered(0.9)
    scene.caller.passed(2.0)
    assert scene.responses.next is None


def test_a_long_turn_is_an_interruption_whatever_it_says() -> None:
    """Nobody listens so long."""
    scene = Scene(LISTENS)
    scene.caller.speaks(BEGAN, 0.2)
    assert scene.caller.passed(0.2 + INTERRUPTS) == [Flush(), CancelResponse("r")]


def test_words_that_do_not_come_are_an_interruption() -> None:
    """Nobody knows better."""
    scene = overheard()
    assert scene.caller.passed(0.6 + WORDS_WITHIN)[0] == Flush()


def test_where_nobody_hears_words_every_voice_interrupts() -> None:
    """At its end at the latest."""
    scene = Scene(replace(LISTENS, hears_words=False))
    scene.caller.speaks(BEGAN, 0.2)
    assert scene.caller.speaks(STOPPED, 0.6)[0] == Flush()


def test_the_last_word_of_the_agent_is_not_worth_a_pause() -> None:
    """A "yes" into it is an answer."""
    scene = Scene(LISTENS)
    assert scene.caller.speaks(BEGAN, 0.8)[0] == Flush()


def test_a_backchannel_in_a_turn_of_ours_asks_for_no_answer() -> None:
    """Its words are asked for, and then it is forgotten."""
    policy = replace(LISTENS, turns=TurnMode.VOICE)
    scene = Scene(policy)
    began = scene.caller.speaks(CallerVoice(on=True), 0.2)
    assert began == [Pause(on=True), Remind(INTERRUPTS), Listen(on=True, before_ms=BEFORE_MS)]
    scene.caller.speaks(CallerVoice(on=False), 0.6)
    ended = scene.caller.passed(1.2)
    assert ended == [Commit(), Listen(on=False), Remind(WORDS_WITHIN)]
    assert scene.caller.said(CallerSaid("c", "Yeah."), 1.3) == [DeleteItem("c"), Pause(on=False)]


def test_an_interruption_in_a_turn_of_ours_is_answered() -> None:
    """As soon as its words are known."""
    scene = Scene(replace(LISTENS, turns=TurnMode.VOICE))
    scene.responses.ended("r")
    scene.caller.speaks(CallerVoice(on=True), 0.2)
    scene.caller.speaks(CallerVoice(on=False), 0.6)
    scene.caller.passed(1.2)
    assert scene.caller.said(CallerSaid("c", "Stop."), 1.3) == [Flush(), Respond()]


def far(scene: Scene, until: float) -> list[Order]:
    """A soft voice goes on; gives the orders of its last moment."""
    orders: list[Order] = []
    for tenth in range(4, round(until * 10) + 1, 2):
        orders = scene.caller.passed(tenth / 10, -45.0)
    return orders


def test_a_voice_from_further_away_lets_the_agent_go_on() -> None:
    """It is a television: nobody answers it, and the model forgets it."""
    scene = Scene(LISTENS)
    scene.on_air.add("r", "i", 5 * 48_000, 0.0)
    scene.caller.speaks(BEGAN, 0.2)
    assert far(scene, 1.6) == []
    assert scene.caller.passed(0.2 + INTERRUPTS, -45.0) == [Pause(on=False)]
    assert not scene.caller.has_floor
    assert scene.caller.passed(3.0, -45.0) == []
    assert scene.caller.speaks(STOPPED, 4.0) == [Pause(on=False)]
    scene.responses.ended("r")
    scene.responses.started("r2")
    assert scene.caller.answered(4.1) == [CancelResponse("r2")]
    assert scene.caller.said(CallerSaid("c", "And now the weather."), 4.2) == [DeleteItem("c")]


def test_a_few_words_from_further_away_are_no_interruption() -> None:
    """Whatever they say."""
    scene = Scene(LISTENS)
    scene.on_air.add("r", "i", 5 * 48_000, 0.0)
    scene.caller.speaks(BEGAN, 0.2)
    far(scene, 1.4)
    assert scene.caller.speaks(replace(STOPPED, ago_ms=500), 1.5) == [Pause(on=False)]
    assert not scene.caller.doubtful
    assert scene.caller.said(CallerSaid("c", "And now the weather."), 1.6) == [DeleteItem("c")]


def test_a_caller_who_raises_their_voice_over_a_television_is_heard() -> None:
    """The session hears one turn in both."""
    scene = Scene(LISTENS)
    scene.on_air.add("r", "i", 5 * 48_000, 0.0)
    scene.caller.speaks(BEGAN, 0.2)
    far(scene, 2.0)
    assert scene.caller.passed(2.4, -22.0) == [Pause(on=True), Remind(INTERRUPTS)]
    assert scene.caller.speaks(STOPPED, 3.0) == [Remind(WORDS_WITHIN)]
    assert scene.caller.said(CallerSaid("c", "Stop."), 3.1)[0] == Flush()


def test_who_speaks_on_when_the_agent_has_finished_is_answered() -> None:
    """However softly: it was the caller."""
    scene = Scene(LISTENS)
    scene.on_air.add("r", "i", 2 * 48_000, 0.0)
    scene.caller.speaks(BEGAN, 0.2)
    far(scene, 2.0)
    assert not scene.caller.has_floor
    scene.on_air.heard("i")
    assert scene.caller.passed(3.2, -45.0) == []
    assert scene.caller.has_floor
    scene.caller.speaks(STOPPED, 4.0)
    assert scene.caller.said(CallerSaid("c", "I would like a room."), 4.1) == []
    scene.responses.ended("r")
    scene.responses.started("r2")
    assert scene.caller.answered(4.2) == []


def test_a_voice_from_further_away_is_no_turn_of_ours() -> None:
    """The session forgets what it has heard of it."""
    scene = Scene(replace(LISTENS, turns=TurnMode.VOICE))
    scene.on_air.add("r", "i", 5 * 48_000, 0.0)
    scene.caller.speaks(CallerVoice(on=True), 0.2)
    assert far(scene, 2.0)[-1:] in ([], [Pause(on=False)])
    scene.caller.speaks(CallerVoice(on=False), 3.0)
    assert scene.caller.passed(3.6) == [Clear(), Listen(on=False), Pause(on=False)]
    assert not scene.caller.has_floor
