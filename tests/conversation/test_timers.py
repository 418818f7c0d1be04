"""The small timers, each told what happened and asked what is due."""

from __future__ import annotations

from decimal import Decimal

from gateway.call import CostUpdated, LimitReached, Reason
from gateway.conversation.timers import (
    MOST_KEYS,
    CallLimits,
    GracefulHangup,
    HoldPrompts,
    Inactivity,
    InactivityTimer,
    KeyBuffer,
)
from tests.conversation.followed_leg import FollowedLeg

# --- limits --------------------------------------------------------------------------------------------


def test_a_call_lasts_so_long_from_its_answer() -> None:
    """While it rings nothing counts; when it was answered, and by whom, the leg says."""
    leg = FollowedLeg()
    limits = CallLimits(60.0, None, leg)
    assert limits.due(1000.0) is None
    leg.answered_at = 1000.0
    assert limits.due(1059.9) is None
    assert limits.due(1060.0) is Reason.MAX_DURATION


def test_a_call_may_cost_so_much() -> None:
    """A cost that nobody knows ends no call, nor does any without a limit."""
    limits = CallLimits(60.0, Decimal("0.10"), FollowedLeg())
    told = [limits.reached(CostUpdated(usd)) for usd in (Decimal("0.09"), None, Decimal("0.10"))]
    assert told == [None, None, Reason.MAX_COST]
    assert CallLimits(60.0, None, FollowedLeg()).reached(CostUpdated(Decimal(1000))) is None
    assert limits.reached(LimitReached(Reason.DAY_LIMIT)) is Reason.DAY_LIMIT


# --- silence -------------------------------------------------------------------------------------------


def answered(idle_timeout: float | None, max_silence: float = 60.0) -> InactivityTimer:
    """A call that was answered at 0 s."""
    silence = InactivityTimer(idle_timeout, max_silence)
    silence.answered(0.0)
    return silence


def silent(silence: InactivityTimer, *times: float) -> list[Inactivity | None]:
    """Return what is due at these times, at which nobody speaks."""
    return [silence.due(now, busy=False) for now in times]


def test_a_call_that_rings_is_not_silent() -> None:
    """Nobody could be heard, however busy the agent is."""
    silence = InactivityTimer(6.0, 60.0)
    assert silence.due(50.0, busy=True) is None
    assert silent(silence, 200.0) == [None]


def test_the_agent_is_to_speak_up_once() -> None:
    """Whatever it says then, a caller who says nothing is not asked twice."""
    silence = answered(6.0)
    assert silent(silence, 5.9, 6.0, 6.1) == [None, Inactivity.PROMPT, None]
    silence.agent_heard(20.0)
    assert silent(silence, 40.0) == [None]
    silence.caller_heard(40.0)
    assert silent(silence, 45.9, 46.0) == [None, Inactivity.PROMPT]


def test_it_is_not_asked_to_where_the_session_does_by_itself() -> None:
    """Or where the plan does not want it; the next session may be another one's."""
    silence = answered(6.0)
    silence.session_ready(server_prompts=True)
    assert silent(silence, 50.0) == [None]
    silence.session_ready(server_prompts=False)
    assert silent(silence, 50.1) == [Inactivity.PROMPT]
    assert silent(answered(None), 50.0) == [None]


def test_a_long_silence_is_a_dead_line() -> None:
    """Counted from who was heard last, caller or agent."""
    silence = answered(None)
    silence.agent_heard(10.0)
    assert silent(silence, 69.9, 70.0) == [None, Inactivity.HANG_UP]


def test_an_answer_in_the_making_is_no_silence() -> None:
    """It counts from the end of that."""
    silence = answered(None)
    assert silence.due(100.0, busy=True) is None
    assert silent(silence, 159.9, 160.0) == [None, Inactivity.HANG_UP]


def test_a_silent_caller_is_asked_once_before_the_end() -> None:
    """Ten seconds before it, or halfway; what the agent says then is no sign of life."""
    for max_silence, asked_at in ((60.0, 50.0), (8.0, 4.0), (3.0, 1.5)):
        silence = InactivityTimer(None, max_silence, asks=True)
        silence.answered(0.0)
        times = (asked_at - 0.1, asked_at, asked_at + 0.1)
        assert silent(silence, *times) == [None, Inactivity.PROMPT, None]
        silence.response_began()
        silence.agent_heard(asked_at + 0.5)
        assert silent(silence, max_silence - 0.1) == [None]
        assert silent(silence, max_silence + asked_at) == [Inactivity.HANG_UP]


def test_a_caller_is_given_time_for_an_answer() -> None:
    """The question ended late, and the call does not end with it."""
    silence = InactivityTimer(None, 20.0, asks=True)
    silence.answered(0.0)
    assert silent(silence, 10.0) == [Inactivity.PROMPT]
    silence.response_began()
    assert silence.due(19.0, busy=True) is None
    assert silent(silence, 20.0, 23.9, 24.0) == [None, None, Inactivity.HANG_UP]


def test_where_there_is_no_time_for_an_answer_nobody_is_asked() -> None:
    """A second of silence ends the call as soon as it is over."""
    silence = InactivityTimer(None, 1.0, asks=True)
    silence.answered(0.0)
    assert silent(silence, 0.5, 0.99, 1.0) == [None, None, Inactivity.HANG_UP]


def test_a_server_that_asks_again_and_again_breaks_no_silence() -> None:
    """It has an idle time-out: nobody answers, and the call comes to its end; whoever answers is heard."""
    silence = InactivityTimer(6.0, 30.0, asks=True)
    silence.answered(0.0)
    silence.session_ready(server_prompts=True)
    silence.response_began()
    silence.agent_heard(2.0)
    for now in (8.0, 16.0, 24.0):
        silence.response_began()
        assert silence.due(now + 1.0, busy=True) is None
        assert silent(silence, now + 6.9) == [None]
    assert silent(silence, 31.9, 32.0) == [None, Inactivity.HANG_UP]
    silence.caller_heard(32.0)
    silence.response_began()
    silence.agent_heard(40.0)
    assert silent(silence, 69.9, 70.0) == [None, Inactivity.HANG_UP]


def test_what_the_agent_was_asked_for_counts() -> None:
    """A result, keys, what takes the place of a response that broke, or goes on in a new session."""
    silence = InactivityTimer(None, 30.0)
    silence.answered(0.0)
    silence.response_began()
    silence.response_sounds(1.0)
    for now, reason in ((10.0, "asked"), (20.0, "broke"), (30.0, "session"), (40.0, "unheard")):
        if reason == "asked":
            silence.agent_asked()
        elif reason == "session":
            silence.session_ready(server_prompts=False)
        else:
            silence.response_ended(now - 1.0, broke=reason == "broke")
        silence.response_began()
        if reason != "session":
            silence.response_sounds(now)
    assert silent(silence, 69.9, 70.0) == [None, Inactivity.HANG_UP]


# --- hold prompts --------------------------------------------------------------------------------------


def test_a_short_outage_is_not_heard() -> None:
    """Most losses are mended before anybody notices."""
    outage = HoldPrompts(after=1.0, every=6.0)
    outage.began(10.0, lost=True)
    assert outage.due(10.9) == ""
    outage.over()
    assert outage.due(20.0) == ""


def test_a_long_one_is_filled_now_and_then() -> None:
    """Each time with an item of its own."""
    outage = HoldPrompts(after=1.0, every=6.0)
    outage.began(10.0, lost=True)
    outage.began(10.5, lost=True)
    assert [outage.due(now) for now in (11.0, 12.0, 17.0)] == ["hold_1", "", "hold_2"]


def test_a_new_session_does_not_end_the_wait_by_itself() -> None:
    """The caller may have spoken meanwhile, or be owed an answer: it goes on until that is heard."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    assert outage.due(11.0) == "hold_1"
    outage.session_ready(12.0)
    assert outage.due(12.1) == ""
    outage.answer_began()
    assert [outage.due(now) for now in (15.9, 16.0, 20.9, 21.0)] == ["", "hold_2", "", "hold_3"]
    outage.over()
    assert outage.due(30.0) == ""


def test_a_new_session_ends_it_where_nobody_waits() -> None:
    """Nothing is said into a silence that is nobody's."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    outage.session_ready(10.5)
    assert [outage.due(now) for now in (11.0, 14.0, 14.5, 20.0)] == [""] * 4
    outage.answer_began()
    outage.caller_ended(20.0)
    assert outage.due(30.0) == ""


def test_an_answer_may_take_its_usual_time() -> None:
    """Whoever has just spoken is not asked for patience at once, however long the wait before was."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    outage.session_ready(12.0)
    outage.caller_ended(15.0)
    assert [outage.due(now) for now in (15.9, 16.0)] == ["", "hold_1"]


def test_a_second_outage_goes_on_with_the_first() -> None:
    """A session that is lost before anything was heard of it."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    outage.session_ready(10.5)
    outage.began(10.6, lost=True)
    assert outage.due(11.0) == "hold_1"


def test_a_caller_who_speaks_is_listened_to() -> None:
    """For a while: a session on a busy machine tells late that they have finished."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    assert outage.due(11.0) == "hold_1"
    outage.session_ready(12.0)
    outage.caller_began(15.0)
    assert [outage.due(now) for now in (16.0, 17.9, 18.0)] == ["", "", "hold_2"]
    for now in (22.0, 24.0, 25.5):
        outage.caller_began(now)
        outage.caller_ended(now + 0.1)
    assert [outage.due(now) for now in (25.9, 26.0)] == ["", "hold_3"]


def test_a_caller_who_speaks_is_answered_anew() -> None:
    """By a session that was late, not lost: what was overdue is not any more."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=False)
    outage.caller_began(10.5)
    assert outage.due(30.0) == ""


# --- keys ----------------------------------------------------------------------------------------------


def test_a_pause_completes_a_number() -> None:
    """Keys are one number until the caller pauses."""
    digits = KeyBuffer()
    assert digits.pressed("4", 0.0) == ""
    assert digits.pressed("2", 1.0) == ""
    assert digits.due(2.4) == ""
    assert digits.due(2.5) == "42"
    assert digits.due(9.0) == ""


def test_the_hash_key_completes_a_number_at_once() -> None:
    """As every keypad menu teaches; alone it is a key like any other."""
    digits = KeyBuffer()
    digits.pressed("7", 0.0)
    assert digits.pressed("#", 0.1) == "7"
    assert digits.pressed("#", 0.2) == "#"


def test_nobody_keys_for_ever() -> None:
    """The greatest length completes it."""
    digits = KeyBuffer()
    keyed = [digits.pressed("1", 0.0) for _ in range(MOST_KEYS)]
    assert keyed[-1] == "1" * MOST_KEYS


# --- the end -------------------------------------------------------------------------------------------


def test_nothing_is_over_before_it_began() -> None:
    """However quiet it is."""
    closing = GracefulHangup(last_words=5, after_last_word=0.25)
    assert not closing.due(100.0, busy=False)


def test_it_is_over_a_moment_after_the_last_word() -> None:
    """A new word starts the moment anew."""
    closing = GracefulHangup(last_words=5, after_last_word=0.25)
    closing.began(0.0)
    told = [closing.due(at, busy=busy) for at, busy in [(0, True), (1, False), (1.2, True), (2, False)]]
    assert told == [False] * 4
    assert closing.due(2.25, busy=False)


def test_it_is_over_when_its_time_is() -> None:
    """Whatever is still being said."""
    closing = GracefulHangup(last_words=5, after_last_word=0.25)
    closing.began(10.0)
    assert not closing.due(14.9, busy=True)
    assert closing.due(15.0, busy=True)
