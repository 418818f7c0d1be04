"""Our own detector in a conversation: barge-in, ducking, turns by voice and by key, told as playbooks."""

from __future__ import annotations

from dataclasses import replace

from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    Answer,
    Answered,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CancelResponse,
    Clear,
    Commit,
    Digit,
    Duck,
    FinishItem,
    Flush,
    Flushed,
    Listen,
    Pause,
    Play,
    Played,
    Remind,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionReady,
    Tick,
    Truncate,
)
from gateway.conversation.caller_turns import LOWERED
from gateway.conversation.interjection import CONFIRMED_WITHIN
from gateway.conversation.policy import STILL_THERE, Detector, Policy, TurnMode
from gateway.conversation.responses import RESUME
from tests.conversation.followed_leg import PlayedCall
from tests.equipment.playbook import Playbook

SECOND = b"\0" * 48_000
LOCAL = Policy(detector=Detector.LOCAL)
DUCK = Policy(detector=Detector.DUCK)
VOICE = Policy(turns=TurnMode.VOICE, session_interrupts=False)
KEY = Policy(turns=TurnMode.KEY, session_interrupts=False, silence=None)
BEGINS, ENDS = CallerVoice(on=True, ago_ms=80), CallerVoice(on=False, ago_ms=360)


def talking(policy: Policy, *, server_idle_timeout: bool = False) -> Playbook[PlayedCall]:
    """A call in which caller and agent are connected and nobody has said a word."""
    return Playbook(PlayedCall(policy)) >> SessionReady(server_idle_timeout) << Answer() >> Answered()


def speaking(policy: Policy) -> Playbook[PlayedCall]:
    """A call in which the caller hears one second of an item of which the model may send more."""
    return (
        talking(policy)
        >> ResponseStarted("resp_1")
        >> AgentAudio("resp_1", "item_1", SECOND)
        << Play("item_1", SECOND)
    )


def done_speaking(policy: Policy) -> Playbook[PlayedCall]:
    """The same, but the model has finished: only the queue still speaks."""
    return (
        speaking(policy)
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> ResponseEnded("resp_1", "completed")
    )


# --- local: our detector has the agent wait, the session says what it was -------------------------------

WAITS = Remind(CONFIRMED_WITHIN)


def test_the_local_detector_silences_at_once() -> None:
    """Before the session has noticed anything; when it has, the agent is cut off, and told to stop."""
    (
        speaking(replace(LOCAL, session_interrupts=False)).after(100)
        >> BEGINS
        << Pause(on=True)
        << WAITS
        >> CallerStartedSpeaking("caller_1")
        << Flush()
        << CancelResponse("resp_1")
        >> AgentAudio("resp_1", "item_1", b"late")
        >> Flushed("item_1", heard_ms=180, remaining_ms=820)
        << Truncate("item_1", 180)
    ).done()


def test_the_next_interruption_counts_again() -> None:
    """A suspicion is used up by one `speech_started`."""
    (
        done_speaking(LOCAL)
        >> BEGINS
        << Pause(on=True)
        << WAITS
        >> CallerStartedSpeaking("caller_1")
        << Flush()
        >> ENDS
        >> CallerStoppedSpeaking("caller_1")
        >> ResponseStarted("resp_2")
        >> AgentAudio("resp_2", "item_2", SECOND)
        << Play("item_2", SECOND)
        >> CallerStartedSpeaking("caller_2")
        << Flush()
    ).done()


def test_a_session_that_was_first_is_not_followed_by_a_second_cut() -> None:
    """Whichever notices first cuts; the other finds nothing left."""
    (done_speaking(LOCAL) >> CallerStartedSpeaking("caller_1") << Flush() >> BEGINS).done()


def test_a_voice_into_silence_cuts_nothing() -> None:
    """Only an agent who can be heard is interrupted: an answer in the making is not cancelled for a noise."""
    (talking(LOCAL) >> BEGINS >> ENDS >> ResponseStarted("resp_1") >> BEGINS).done()


def test_an_agent_silenced_by_a_noise_goes_on() -> None:
    """The session finds no speech in time: the agent goes on where it was, however long the noise is."""
    playbook = (done_speaking(LOCAL) >> BEGINS << Pause(on=True) << WAITS).after(600) >> Tick()
    playbook = playbook.after(100) >> Tick() << Pause(on=False)
    ((playbook.after(1000) >> Tick() >> ENDS).after(5000) >> Tick()).done()


def test_what_the_session_says_too_late_is_another_suspicion() -> None:
    """The agent, who was going on, stops."""
    playbook = (done_speaking(LOCAL) >> BEGINS << Pause(on=True) << WAITS).after(700) >> Tick()
    (playbook << Pause(on=False) >> CallerStartedSpeaking("caller_1") << Flush()).done()


def test_a_confirmed_turn_is_answered() -> None:
    """By the model itself."""
    playbook = done_speaking(LOCAL) >> BEGINS << Pause(on=True) << WAITS >> CallerStartedSpeaking("caller_1")
    playbook = (playbook << Flush()).after(500)
    playbook = playbook >> ENDS >> CallerStoppedSpeaking("caller_1")
    (playbook.after(2000) >> Tick()).done()


def test_a_greeting_to_be_heard_out_is_safe_from_our_detector() -> None:
    """As from the session's."""
    (
        Playbook(PlayedCall(Policy(greeting="Hi", greeting_interruptible=False, detector=Detector.LOCAL)))
        >> SessionReady()
        << Listen(on=False)
        << Respond("Hi")
        >> AgentAudio("resp_1", "item_1", SECOND)
        << Play("item_1", SECOND)
        << Answer()
        >> Answered()
        >> BEGINS
    ).done()


def test_a_voice_in_the_ignore_window_cuts_only_if_it_lasts() -> None:
    """An echo at the beginning of an answer is over by then."""
    policy = Policy(detector=Detector.LOCAL, ignore_first_ms=500)
    lasting = (done_speaking(policy) >> BEGINS).after(600) >> Tick() << Pause(on=True) << WAITS
    lasting.done()
    ((done_speaking(policy) >> BEGINS).after(300) >> ENDS).after(300).__rshift__(Tick()).done()


def test_without_barge_in_our_detector_changes_nothing() -> None:
    """The agent always finishes."""
    (speaking(Policy(barge_in=False, detector=Detector.LOCAL)) >> BEGINS >> ENDS).done()


# --- duck: our detector lowers, the session cuts ------------------------------------------------------


def test_the_agent_is_lowered_and_then_silenced() -> None:
    """The flush brings full level back by itself."""
    (
        speaking(DUCK)
        >> BEGINS
        << Duck(LOWERED)
        >> CallerStartedSpeaking("caller_1")
        << Flush()
        >> ENDS
        >> CallerStoppedSpeaking("caller_1")
    ).done()


def test_a_cough_lowers_the_agent_for_a_moment() -> None:
    """The voice ends and the session has not taken it for speech."""
    ((speaking(DUCK) >> BEGINS << Duck(LOWERED)).after(450) >> ENDS << Duck(1.0) >> Tick()).done()


def test_the_agent_is_not_lowered_for_long() -> None:
    """A noise that goes on, and is no speech to the session, is talked over."""
    playbook = (speaking(DUCK) >> BEGINS << Duck(LOWERED)).after(1400) >> Tick()
    (playbook.after(200) >> Tick() << Duck(1.0) >> ENDS).done()


# --- turns found by our detector ----------------------------------------------------------------------


def test_a_turn_is_heard_committed_and_answered() -> None:
    """From a little before the voice until half a second of silence; nothing else reaches the session."""
    playbook = talking(VOICE) >> BEGINS << Listen(on=True, before_ms=380)
    playbook = playbook.after(1500) >> ENDS
    playbook = playbook.after(100) >> Tick()
    (playbook.after(100) >> Tick() << Commit() << Listen(on=False) << Respond()).done()


def test_a_pause_does_not_end_a_turn() -> None:
    """Who goes on within half a second is still in the same turn."""
    playbook = (talking(VOICE) >> BEGINS << Listen(on=True, before_ms=380)).after(1000) >> ENDS
    playbook = playbook.after(100) >> CallerVoice(on=True, ago_ms=80) >> Tick()
    (playbook.after(5000) >> Tick()).done()


def test_a_voice_interrupts_where_the_session_finds_no_turns() -> None:
    """And the answer waits until the cancelled response has ended."""
    playbook = (
        speaking(VOICE)
        >> BEGINS
        << Flush()
        << CancelResponse("resp_1")
        << Listen(on=True, before_ms=380)
        >> Flushed("item_1", 180, 820)
        << Truncate("item_1", 180)
    ).after(900)
    playbook = playbook >> ENDS
    playbook = playbook.after(200) >> Tick() << Commit() << Listen(on=False)
    (playbook >> ResponseEnded("resp_1", "cancelled") << Respond()).done()


def test_less_than_a_tenth_of_a_second_is_no_turn() -> None:
    """It is not committed, which a session would refuse; an agent cut off by it goes on."""
    playbook = done_speaking(VOICE) >> BEGINS << Flush() << Listen(on=True, before_ms=380)
    playbook = playbook.after(370) >> ENDS
    (playbook.after(200) >> Tick() << Clear() << Listen(on=False) << RESUME).done()


def test_a_response_asked_for_before_the_caller_began_is_not_spoken_over_him() -> None:
    """It begins late: it is cut at once."""
    (
        talking(VOICE)
        >> BEGINS
        << Listen(on=True, before_ms=380)
        >> ResponseStarted("resp_1")
        << CancelResponse("resp_1")
        >> AgentAudio("resp_1", "item_1", SECOND)
    ).done()


def test_a_caller_who_speaks_at_the_end_of_the_greeting_is_heard_from_there() -> None:
    """What he said before, while he was not to be heard, is not."""
    policy = Policy(
        turns=TurnMode.VOICE, session_interrupts=False, greeting="Hi", greeting_interruptible=False
    )
    (
        Playbook(PlayedCall(policy))
        >> SessionReady()
        << Respond("Hi")
        >> ResponseStarted("resp_1")
        >> AgentAudio("resp_1", "item_1", SECOND)
        << Play("item_1", SECOND)
        << Answer()
        >> Answered()
        >> BEGINS
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1", awaited=True)
        >> ResponseEnded("resp_1", "completed")
        >> Played("item_1")
        >> Tick()
        << Listen(on=True, before_ms=300)
    ).done()


def test_a_caller_who_speaks_before_the_session_is_there_is_heard_from_then() -> None:
    """What is said to nobody cannot be committed."""
    (
        Playbook(PlayedCall(Policy(turns=TurnMode.VOICE, answer_at_once=True)))
        >> Tick()
        << Answer()
        >> Answered()
        >> BEGINS
        >> Tick()
        >> SessionReady()
        >> Tick()
        << Listen(on=True, before_ms=300)
    ).done()


def test_a_turn_has_a_greatest_length() -> None:
    """A noise that never ends does not keep the agent silent for ever."""
    playbook = (talking(VOICE) >> BEGINS << Listen(on=True, before_ms=380)).after(60_000) >> Tick()
    (playbook << Commit() << Listen(on=False) << Respond()).done()


# --- turns by a key -----------------------------------------------------------------------------------


def test_a_key_gives_the_caller_the_word_and_takes_it_back() -> None:
    """The first press silences the agent and lets the session hear, the second asks for an answer."""
    playbook = (
        speaking(KEY)
        >> Digit("*")
        << Flush()
        << CancelResponse("resp_1")
        << Listen(on=True)
        >> ResponseEnded("resp_1", "cancelled")
    ).after(2000)
    (playbook >> Digit("*") << Commit() << Listen(on=False) << Respond()).done()


def test_other_keys_are_told_as_ever() -> None:
    """Only the one key is ours."""
    told = AddText("user", "[The caller pressed 42 on the keypad.]")
    playbook = talking(KEY) >> Digit("4") >> Digit("2")
    (playbook.after(1600) >> Tick() << told << Respond()).done()


def test_two_presses_at_once_are_no_turn() -> None:
    """Nothing is committed: there is nothing to answer."""
    playbook = (talking(KEY) >> Digit("*") << Listen(on=True)).after(60)
    (playbook >> Digit("*") << Clear() << Listen(on=False)).done()


def test_a_pause_ends_a_turn_begun_by_key_where_the_plan_says_so() -> None:
    """The second press can be left out."""
    policy = Policy(turns=TurnMode.KEY, session_interrupts=False, silence=0.8)
    playbook = (talking(policy) >> Digit("*") << Listen(on=True)).after(2000) >> BEGINS
    playbook = playbook.after(1000) >> ENDS
    playbook = playbook.after(300) >> Tick()
    (playbook.after(200) >> Tick() << Commit() << Listen(on=False) << Respond()).done()


def test_a_voice_without_the_key_is_not_heard() -> None:
    """That is the point of push-to-talk."""
    policy = Policy(turns=TurnMode.KEY, session_interrupts=False, silence=0.8)
    (speaking(policy) >> BEGINS >> ENDS).done()


# --- silence ------------------------------------------------------------------------------------------


def test_a_silent_caller_is_asked_once() -> None:
    """After the plan's time of silence; when nobody answers, once is enough."""
    playbook = talking(Policy(idle_timeout=6)).after(5900) >> Tick()
    playbook = playbook.after(200) >> Tick() << STILL_THERE
    playbook = playbook >> ResponseStarted("resp_1") >> ResponseEnded("resp_1", "completed")
    (playbook.after(10_000) >> Tick()).done()


def test_a_caller_who_answers_may_be_asked_again() -> None:
    """Each silence of the caller has its question."""
    playbook = talking(Policy(idle_timeout=6)).after(6000) >> Tick() << STILL_THERE
    playbook = playbook >> CallerStartedSpeaking("c") << Flush() >> CallerStoppedSpeaking("c")
    (playbook.after(6000) >> Tick() << STILL_THERE).done()


def test_a_session_that_speaks_up_by_itself_is_left_to_it() -> None:
    """Nobody is asked twice."""
    (talking(Policy(idle_timeout=6), server_idle_timeout=True).after(7000) >> Tick()).done()
