"""The announce action."""

from gateway.call import Announcement, Answer, Play, Reason
from gateway.calls.actions.announce import PAUSE, announce
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call
from tests.calls.actions.scripted_leg import ScriptedLeg


async def test_an_announcement_is_answered_repeated_and_ended() -> None:
    """Answer, the sound twice with a pause, hang up."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        ending = await announce(line, Announcement(b"ab", "Hello."), repeat=2)
    assert leg.orders[0] == Answer()
    assert leg.played == [b"ab" + PAUSE + b"ab"]
    assert [order.words for order in leg.orders if isinstance(order, Play)] == ["Hello. Hello."]
    assert ending.reason is Reason.PLAN_FINISHED
    assert leg.ending == ending
