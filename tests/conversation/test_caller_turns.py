"""The caller's word, without the call around it; in a call: `test_ears` and `test_conversation`."""

from __future__ import annotations

from gateway.call import (
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CancelResponse,
    Clear,
    Commit,
    Flush,
    Listen,
    Respond,
)
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.caller_turns import COUGH, CallerTurns
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Detector, Policy, TurnMode
from gateway.conversation.responses import RESUME, Responses
from gateway.conversation.timers import Inactivity, InactivityTimer
from tests.conversation.followed_leg import FollowedLeg

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
        self.caller = CallerTurns(policy, self.on_air, self.responses, opening, self.silence)
        self.responses.started("r")
        self.on_air.add("r", "i", 48_000, 0.0)


def test_speech_silences_the_agent() -> None:
    """The session stops its response by itself; nothing more of it is heard."""
    scene = Scene(Policy())
    assert scene.caller.speaks(BEGAN, 1.0) == [Flush()]
    assert scene.responses.silenced == {"r"}
    assert scene.caller.speaking


def test_our_own_ears_stop_the_response() -> None:
    """The session does not know yet; what it notices later cuts nothing again."""
    scene = Scene(Policy(detector=Detector.LOCAL))
    assert scene.caller.speaks(CallerVoice(on=True), 1.0) == [Flush(), CancelResponse("r")]
    assert scene.caller.speaks(BEGAN, 1.2) == []


def test_the_word_is_the_callers_until_the_model_answers() -> None:
    """It is not when they stop speaking."""
    scene = Scene(Policy())
    scene.caller.speaks(BEGAN, 1.0)
    scene.caller.speaks(STOPPED, 2.0)
    assert scene.caller.has_floor
    assert scene.silence.due(61.9, busy=False) is None
    assert scene.silence.due(62.0, busy=False) is Inactivity.HANG_UP
    assert scene.caller.answered() == []
    assert not scene.caller.has_floor


def test_a_cough_does_not_hold_the_word_for_ever() -> None:
    """The session saw no turn in it."""
    scene = Scene(Policy())
    scene.caller.speaks(BEGAN, 1.0)
    scene.caller.speaks(STOPPED, 2.0)
    scene.caller.passed(2.0 + COUGH, goes_on=True)
    assert scene.caller.has_floor
    scene.caller.passed(2.1 + COUGH, goes_on=True)
    assert not scene.caller.has_floor


def test_who_speaks_on_after_the_ignore_window_is_heard() -> None:
    """Not before, and not who has stopped in it."""
    scene = Scene(Policy(ignore_first_ms=500))
    assert scene.caller.speaks(BEGAN, 0.1) == []
    assert scene.caller.passed(0.4, goes_on=True) == []
    assert scene.caller.passed(0.6, goes_on=True) == [Flush()]
    scene = Scene(Policy(ignore_first_ms=500))
    scene.caller.speaks(BEGAN, 0.1)
    scene.caller.speaks(STOPPED, 0.3)
    assert scene.caller.passed(0.6, goes_on=True) == []


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
    assert scene.caller.answered() == [CancelResponse("r2")]


def test_an_agent_silenced_for_nothing_goes_on() -> None:
    """But not in a call that is being ended."""
    for goes_on, wanted in ((True, RESUME), (False, None)):
        scene = Scene(Policy(detector=Detector.LOCAL))
        scene.caller.speaks(CallerVoice(on=True), 1.0)
        scene.caller.speaks(CallerVoice(on=False), 1.4)
        scene.caller.passed(3.0, goes_on=goes_on)
        assert scene.responses.next == wanted
