"""An agent whose call is joined with somebody, or is put through to them by its far side."""

from __future__ import annotations

from gateway.call import (
    AddText,
    AgentAudio,
    AgentRole,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CancelResponse,
    Digit,
    Ending,
    Flush,
    Flushed,
    GiveUp,
    HangUp,
    Joined,
    KeepSilent,
    LegEnded,
    Listen,
    Reason,
    ReferFollowed,
    Respond,
    ResponseEnded,
    ResponseStarted,
    Result,
    Separated,
    SessionInterrupted,
    SessionLost,
    SessionReady,
    SubmitToolResult,
    Tick,
    ToolReturned,
    ToolThen,
    Truncate,
    read_destination,
)
from gateway.conversation.line_changes import SOMEBODY_ELSE
from gateway.conversation.policy import Policy, TurnMode
from tests.conversation.test_machine import SECOND, speaking, talking
from tests.equipment.playbook import Playbook

THEM = read_destination("sip:200@pbx")
LISTENS = Joined("b", AgentRole.LISTENS)
THEY_SPEAK = (
    CallerStartedSpeaking("i"),
    CallerStoppedSpeaking("i"),
    CallerSaid("i", "Agent, what time is it?"),
    Digit("1"),
    CallerVoice(on=True),
    CallerVoice(on=False),
)


def listening(policy: Policy | None = None) -> Playbook:
    """A call that is joined with somebody, beside an agent that listens."""
    ear = [] if policy is None or policy.turns is TurnMode.SESSION else [Listen(on=True)]
    playbook = (talking(policy) if policy else talking()) >> LISTENS << KeepSilent(on=True)
    for order in ear:
        playbook = playbook << order
    return playbook


def test_who_listens_says_nothing() -> None:
    """Whatever people say to each other, press, or keep quiet about, is nothing to answer."""
    playbook = listening(Policy(max_silence=5.0, idle_timeout=2.0))
    for fact in THEY_SPEAK:
        playbook = playbook >> fact
    ((playbook.after(60_000) >> Tick()).after(1000) >> Tick()).done()


def test_a_server_that_answers_all_the_same_is_stopped() -> None:
    """And nothing of it is heard."""
    playbook = listening() >> ResponseStarted("r") << CancelResponse("r")
    playbook = playbook >> AgentAudio("r", "i", SECOND) >> ResponseEnded("r", "cancelled")
    (playbook.after(3000) >> Tick()).done()


def test_who_listened_has_the_caller_again() -> None:
    """As if no time had passed; the result of the transfer is then spoken of."""
    playbook = listening(Policy(max_silence=5.0)).after(60_000) >> Tick()
    playbook = playbook >> Separated("b") << KeepSilent(on=False)
    playbook = playbook >> ToolReturned("c", "{}") << SubmitToolResult("c", "{}") << Respond()
    playbook.done()


def test_who_listens_by_its_own_ear_hears_all() -> None:
    """Where the plan finds the turns, the session does so meanwhile."""
    playbook = listening(Policy(turns=TurnMode.VOICE, silence=0.5))
    for fact in THEY_SPEAK:
        playbook = playbook >> fact
    (playbook >> Separated("b") << KeepSilent(on=False) << Listen(on=False)).done()


def test_people_talk_on_without_a_session() -> None:
    """One that is lost for good is missed when they are done, and not before."""
    playbook = listening() >> SessionInterrupted("connection_lost", "x") >> SessionLost("gone", "x")
    playbook = playbook.after(5000) >> Tick() >> Separated("b")
    (playbook << GiveUp(Ending(Result.FAILED, Reason.SESSION_LOST))).done()


def test_a_session_comes_back_meanwhile() -> None:
    """It is told nothing of ours: its settings say already that it is to be silent."""
    playbook = listening() >> SessionInterrupted("connection_lost", "x") >> SessionReady()
    (playbook.after(9000) >> Tick()).done()


def test_a_call_lasts_no_longer_for_it() -> None:
    """The plan's bound is that of the whole call."""
    playbook = listening(Policy(max_duration=60.0)).after(61_000) >> Tick()
    (playbook << HangUp(Ending(Result.COMPLETED, Reason.MAX_DURATION))).done()


def test_a_caller_leaves_meanwhile() -> None:
    """That is the end."""
    (listening() >> LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP))).done()


def test_who_is_let_into_the_talk_speaks_again() -> None:
    """The same two are joined, with another part for the agent."""
    (listening() >> Joined("b", AgentRole.TALKS) << KeepSilent(on=False)).done()


def test_a_join_without_the_agent_is_none_of_its() -> None:
    """It was put on hold before."""
    (talking() >> Joined("b") >> Separated("b")).done()


def test_somebody_else_is_on_the_line() -> None:
    """What was said to the one before is not for them; the agent is told, and speaks."""
    playbook = speaking() >> ReferFollowed(THEM, 200) << Flush() << CancelResponse("resp_1")
    playbook = playbook << AddText("system", SOMEBODY_ELSE.format(whom="200"))
    playbook = playbook >> Flushed("item_1", 400, 600) << Truncate("item_1", 400)
    (playbook >> ResponseEnded("resp_1", "cancelled") << Respond()).done()


def test_nobody_else_came() -> None:
    """The far side is as before, and knows what it has asked for."""
    (talking() >> ReferFollowed(THEM, 486)).done()


def test_a_transfer_of_a_function_waits_for_nobody() -> None:
    """Its result comes when they have talked; nothing is said of it where the call is over."""
    playbook = listening() >> ToolReturned("c", "{}", ToolThen.WAIT) << SubmitToolResult("c", "{}")
    playbook.done()


def test_who_was_speaking_stops() -> None:
    """What comes of it yet is not heard."""
    playbook = speaking() >> LISTENS << Flush() << CancelResponse("resp_1") << KeepSilent(on=True)
    (playbook >> AgentAudio("resp_1", "item_1", SECOND)).done()
