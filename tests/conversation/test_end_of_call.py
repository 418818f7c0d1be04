"""How a call comes to its end."""

from __future__ import annotations

from gateway.call import Ending, GiveUp, HangUp, Reason, Result
from gateway.conversation.end_of_call import EndOfCall, Phase
from gateway.conversation.policy import Policy
from tests.conversation.followed_leg import FollowedLeg

POLICY = Policy(last_words=5.0, after_last_word=0.25)
GOODBYE = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
TOO_LONG = Ending(Result.COMPLETED, Reason.MAX_DURATION)


def answered() -> EndOfCall:
    """A call that is answered."""
    return EndOfCall(POLICY, FollowedLeg(0.0))


def test_an_agent_hangs_up_after_its_last_word() -> None:
    """Once."""
    end = answered()
    assert end.due(1.0, busy=False) == []
    end.agent_hangs_up(1.0)
    assert [end.due(2.0, busy=True), end.due(3.0, busy=False)] == [[], []]
    assert end.due(3.25, busy=False) == [HangUp(GOODBYE)]
    assert end.due(9.0, busy=False) == []


def test_a_limit_is_explained_to_the_caller() -> None:
    """Whoever decided first has decided: a goodbye needs no notice, and the other way round."""
    end = answered()
    end.limit_reached(Reason.MAX_DURATION, 1.0)
    end.agent_hangs_up(2.0)
    assert end.due(6.0, busy=True) == [GiveUp(TOO_LONG)]
    assert end.phase is Phase.OVER
    end = answered()
    end.agent_hangs_up(1.0)
    end.limit_reached(Reason.MAX_DURATION, 2.0)
    assert end.due(6.0, busy=True) == [HangUp(GOODBYE)]


def test_a_lost_session_leaves_the_caller_to_an_apology() -> None:
    """With 503 while it rings, so that a proxy may try another gateway."""
    assert answered().session_lost() == [GiveUp(Ending(Result.FAILED, Reason.SESSION_LOST))]
    unavailable = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
    assert EndOfCall(POLICY, FollowedLeg()).session_lost() == [GiveUp(unavailable)]


def test_a_session_lost_in_the_last_words_changes_nothing() -> None:
    """The caller has heard enough, or is to be told of the limit."""
    end = answered()
    end.agent_hangs_up(1.0)
    assert end.session_lost() == [HangUp(GOODBYE)]
    assert end.session_lost() == []
    end = answered()
    end.limit_reached(Reason.MAX_DURATION, 1.0)
    assert end.session_lost() == [GiveUp(TOO_LONG)]


def test_a_caller_who_is_faster_decides() -> None:
    """Nothing is ordered afterwards."""
    gone = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
    end = answered()
    end.leg_ended(gone)
    assert (end.ending, end.hang_up(Result.COMPLETED, Reason.SHUTDOWN)) == (gone, [])
