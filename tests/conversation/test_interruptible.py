"""What there is of an agent to be interrupted."""

from __future__ import annotations

from gateway.call import CancelResponse, Flush
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.interruptible import NEARLY_OVER, Interruptible
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy
from gateway.conversation.responses import Responses
from tests.conversation.followed_leg import FollowedLeg

SECOND = 48_000
"""Bytes."""


def speaking(policy: Policy, seconds: int = 1) -> tuple[Interruptible, PlaybackTracker, Responses]:
    """An agent that has begun to speak at 0 s."""
    on_air, responses = PlaybackTracker(), Responses()
    opening = AnswerPolicy(policy, FollowedLeg(0.0))
    agent = Interruptible(policy, on_air, responses, opening)
    assert not agent.audible
    responses.started("r")
    on_air.add("r", "i", seconds * SECOND, 0.0)
    return agent, on_air, responses


def test_an_agent_is_audible_until_it_is_silenced() -> None:
    """What was silenced may still be on its way."""
    agent, on_air, responses = speaking(Policy(session_interrupts=False))
    assert agent.audible
    assert agent.silence(unasked=False, kept=None) == [Flush(), CancelResponse("r")]
    on_air.add("r", "i", SECOND, 0.1)
    assert not agent.audible
    responses.started("r2")
    on_air.add("r2", "i2", SECOND, 0.2)
    assert agent.audible


def test_a_session_that_stops_by_itself_is_told_where_it_does_not_know() -> None:
    """The response that answers the caller is kept."""
    assert speaking(Policy())[0].silence(unasked=False, kept=None) == [Flush()]
    assert speaking(Policy())[0].silence(unasked=True, kept=None) == [Flush(), CancelResponse("r")]
    assert speaking(Policy())[0].silence(unasked=True, kept="r") == [Flush()]


def test_what_is_said_into_the_last_word_costs_nothing() -> None:
    """Unless the agent waits with it already."""
    agent, _, _ = speaking(Policy())
    assert agent.has_more_to_say(0.9 - NEARLY_OVER, paused=False)
    assert not agent.has_more_to_say(1.1 - NEARLY_OVER, paused=False)
    assert agent.has_more_to_say(1.1 - NEARLY_OVER, paused=True)


def test_whoever_began_in_the_first_moment_is_heard_after_it() -> None:
    """If the plan ignores them until then."""
    agent, on_air, _ = speaking(Policy(ignore_first_ms=500))
    assert agent.too_early(0.4)
    assert not agent.in_the_end(0.4, since=0.1)
    assert agent.in_the_end(0.5, since=0.1)
    assert not agent.in_the_end(0.7, since=0.6)
    on_air.flush()
    assert not agent.too_early(0.4)
