"""The beginning of a call."""

from __future__ import annotations

from dataclasses import replace

from gateway.call import AddText, Answer, Answered, AnsweredBy, Listen, Respond, Ringing, WhoAnswered
from gateway.conversation.answer_policy import MACHINE, AnswerPolicy
from gateway.conversation.policy import Policy, TurnMode
from tests.conversation.followed_leg import FollowedLeg

MEMORY = AddText("assistant", "We spoke yesterday.")
GREETS = Policy(memory=(MEMORY,), greeting="Greet.", wait_for_greeting=0.5)
UNINTERRUPTED = Policy(greeting="Greet.", greeting_interruptible=False)


def test_it_is_answered_once() -> None:
    """A call that a menu has answered is not answered again."""
    leg = FollowedLeg()
    opening = AnswerPolicy(GREETS, leg)
    assert opening.answer() == [Answer()]
    leg.follow(Answer(), 0.0)
    assert opening.answer() == []
    assert AnswerPolicy(GREETS, FollowedLeg(0.0)).answer() == []


def test_it_rings_until_the_greeting_is_too_late() -> None:
    """Counted from when the session was ready."""
    opening = AnswerPolicy(GREETS, FollowedLeg())
    assert opening.due(50.0) == []
    opening.ready(50.0)
    assert opening.due(50.4) == []
    assert opening.due(50.5) == [Answer()]


def test_a_plan_may_answer_before_anybody_can_speak() -> None:
    """Once."""
    leg = FollowedLeg()
    opening = AnswerPolicy(Policy(answer_at_once=True, greeting="Greet."), leg)
    assert opening.due(0.0) == [Answer()]
    leg.follow(Answer(), 0.0)
    assert opening.due(0.1) == []


def test_the_first_session_is_told_and_greets() -> None:
    """The next one goes on where that was."""
    opening = AnswerPolicy(GREETS, FollowedLeg())
    assert opening.ready(1.0) == [MEMORY, Respond("Greet.")]
    assert opening.ready(9.0) == []


def test_a_caller_who_speaks_first_is_answered_at_once() -> None:
    """There is no greeting to wait for, and none to be over."""
    opening = AnswerPolicy(Policy(memory=(MEMORY,)), FollowedLeg())
    assert opening.ready(1.0) == [MEMORY, Answer()]
    assert opening.greeted
    assert opening.over() == []


def test_a_greeting_that_is_heard_out_is_not_overheard() -> None:
    """The session is deaf until then, and our own ears do not count."""
    opening = AnswerPolicy(UNINTERRUPTED, FollowedLeg())
    assert opening.ready(1.0) == [Listen(on=False), Respond("Greet.")]
    assert not opening.interruptible
    assert opening.over() == [Listen(on=True)]
    assert opening.over() == []
    assert opening.interruptible


def test_a_session_that_hears_only_turns_is_deaf_anyway() -> None:
    """Nothing has to be said about it."""
    opening = AnswerPolicy(
        Policy(greeting="Greet.", greeting_interruptible=False, turns=TurnMode.VOICE), FollowedLeg()
    )
    assert opening.ready(1.0) == [Respond("Greet.")]
    assert opening.over() == []


def test_nobody_is_interrupted_before_there_is_a_session() -> None:
    """Then, as the plan has it."""
    opening = AnswerPolicy(GREETS, FollowedLeg())
    assert not opening.interruptible
    opening.ready(1.0)
    assert opening.interruptible


def by(who: WhoAnswered) -> AnsweredBy:
    """Return that it is known who has answered."""
    return AnsweredBy(who, "heard", 900)


CALLS = Policy(memory=(MEMORY,), greeting="Greet.", outbound=True)


def test_whom_we_call_is_greeted_when_their_phone_rings() -> None:
    """Not before, for a greeting costs; and it is theirs to answer."""
    opening = AnswerPolicy(CALLS, FollowedLeg())
    assert opening.ready(1.0) == [MEMORY]
    assert opening.due(99.0) == []
    assert opening.told(Ringing()) == [Respond("Greet.")]
    assert opening.told(Ringing()) == []
    assert opening.told(Answered()) == [Listen(on=True)]


def test_whom_we_call_answers_before_there_is_a_session() -> None:
    """It greets as soon as it can."""
    opening = AnswerPolicy(CALLS, FollowedLeg())
    assert opening.told(Answered()) == [Listen(on=True)]
    assert opening.ready(1.0) == [MEMORY, Respond("Greet.")]


def test_it_has_to_be_known_who_has_answered() -> None:
    """Until then nobody is heard; of a machine the model is told."""
    opening = AnswerPolicy(replace(CALLS, judges=True), FollowedLeg())
    opening.ready(1.0)
    assert opening.told(Answered()) == [Respond("Greet.")]
    assert opening.told(by(WhoAnswered.HUMAN)) == [Listen(on=True)]
    assert AnswerPolicy(CALLS, FollowedLeg()).told(by(WhoAnswered.MACHINE)) == [AddText("system", MACHINE)]
