"""The handle of a call: what it tells, and what others may order of it."""

from __future__ import annotations

import asyncio

import pytest

from gateway.call import (
    SHUTDOWN,
    AddText,
    AgentAudio,
    AgentSaid,
    Answer,
    CallerSaid,
    CallerStartedSpeaking,
    Ending,
    Fact,
    FinishItem,
    Flush,
    HangUp,
    Instruct,
    LegEnded,
    LegState,
    Order,
    OutsideOrder,
    Play,
    Reason,
    Redirect,
    Respond,
    Result,
    Ring,
    SendDigits,
    Truncate,
)
from gateway.calls.call import MOST_KEYS, Call
from gateway.errors import OrderRefused
from tests.calls.actions.scripted_leg import ScriptedLeg

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


class Told:
    """A call, and what its listeners were told."""

    def __init__(self, *, answered: bool = True) -> None:
        loop = asyncio.get_running_loop()
        self.events: list[Fact | Order] = []
        self.leg = ScriptedLeg(answered=loop.time() if answered else None)
        self.call = Call(self.leg, lambda event, _now: self.events.append(event))


async def test_a_call_tells_where_it_is() -> None:
    """Its state is its leg's; how long it has talked counts from the answer."""
    told = Told(answered=False)
    call = told.call
    assert (call.state, call.rings, call.over, call.talk_seconds) == (LegState.RINGING, True, False, None)
    call.execute(Answer())
    assert (call.state, call.rings, call.over) == (LegState.ANSWERED, False, False)
    assert call.talk_seconds is not None
    assert call.seconds >= call.talk_seconds >= 0
    told.leg.happen(LegEnded(GONE))
    await told.leg.until(lambda: call.over)
    assert call.state is LegState.ENDED


async def test_who_orders_is_told_before_what() -> None:
    """Listeners, and with them log and journal, know by whom a call was steered."""
    told = Told()
    told.call.order(SendDigits("1#"), "operator")
    told.call.end(SHUTDOWN, "shutdown")
    assert told.events == [
        OutsideOrder("operator", "SendDigits"),
        SendDigits("1#"),
        OutsideOrder("shutdown", "HangUp"),
        HangUp(SHUTDOWN),
    ]
    assert told.leg.orders == [SendDigits("1#"), HangUp(SHUTDOWN)]


async def test_what_the_plan_orders_is_nobody_elses() -> None:
    """There is nothing to say about it but what it is."""
    told = Told(answered=False)
    told.call.execute(Ring())
    assert told.events == told.leg.orders == [Ring()]


async def test_an_order_to_hang_up_is_an_end() -> None:
    """However it is given."""
    told = Told()
    told.call.order(HangUp(GONE), "operator")
    assert told.call.over
    assert told.leg.ending == GONE


async def test_the_first_end_counts() -> None:
    """After it nothing is done any more, neither for the plan nor for others."""
    told = Told()
    told.call.end(GONE, "operator")
    told.call.end(SHUTDOWN, "shutdown")
    told.call.execute(Answer())
    assert told.leg.orders == [HangUp(GONE)]
    for late in (lambda: told.call.order(SendDigits("1"), "x"), lambda: told.call.play(b"aa", "x")):
        with pytest.raises(OrderRefused):
            late()
    assert told.events == [OutsideOrder("operator", "HangUp"), HangUp(GONE)]


@pytest.mark.parametrize("order", [Ring(), Answer()])
async def test_what_rings_can_be_answered_once(order: Ring | Answer) -> None:
    """PJSIP would take a second answer for one that cannot be given."""
    told = Told(answered=False)
    told.call.order(Answer(), "operator")
    with pytest.raises(OrderRefused, match="answered already"):
        told.call.order(order, "operator")
    assert told.leg.orders == [Answer()]


@pytest.mark.parametrize("keys", ["", "1a", "1,2", "+1", "\u0661", "1\r\n", "1" * (MOST_KEYS + 1)])
async def test_only_keys_are_pressed(keys: str) -> None:
    """A telephone has 16 of them; no other digit of Unicode is one."""
    told = Told()
    with pytest.raises(OrderRefused, match="keys are"):
        told.call.order(SendDigits(keys), "operator")
    assert told.events == []


@pytest.mark.parametrize("order", [AddText("user", "x"), Respond(), Instruct("x")])
async def test_there_must_be_somebody_to_tell(order: AddText | Respond | Instruct) -> None:
    """An announcement remembers nothing."""
    told = Told()
    with pytest.raises(OrderRefused, match="no agent"):
        told.call.order(order, "operator")
    assert told.events == []


@pytest.mark.parametrize(
    "order", [Truncate("i", 5), Flush(), Play("i", b"aa"), FinishItem("i"), Redirect("sip:x@y")]
)
async def test_books_are_kept_by_one(order: Order) -> None:
    """What is playing and what was heard is the conversation's to know; where a caller goes, the plan's."""
    told = Told()
    with pytest.raises(OrderRefused, match="not for others"):
        told.call.order(order, "operator")  # type: ignore[arg-type] # what a caller may try
    assert told.events == []


async def test_what_is_played_has_a_name_of_its_own() -> None:
    """Nothing else in the call is called like it, so that nobody takes it for theirs."""
    told = Told()
    names = [told.call.play(b"aa", "operator"), told.call.name_item("operator"), told.call.play(b"bb", "x")]
    assert len(set(names)) == 3
    assert told.leg.orders == [
        Play(names[0], b"aa"),
        FinishItem(names[0], awaited=True),
        Play(names[2], b"bb"),
        FinishItem(names[2], awaited=True),
    ]


async def test_who_is_not_on_the_line_hears_nothing() -> None:
    """Nothing is played and no key is pressed while it rings."""
    told = Told(answered=False)
    with pytest.raises(OrderRefused, match="nobody is on the line"):
        told.call.play(b"aa", "operator")
    with pytest.raises(OrderRefused, match="nobody is on the line"):
        told.call.order(SendDigits("1"), "operator")
    assert told.events == []


async def test_a_call_without_a_plan_cannot_be_moved_on() -> None:
    """It has not reached one yet, or has left the last."""
    told = Told()
    with pytest.raises(OrderRefused, match="in no plan"):
        told.call.onward("other", "operator")


async def test_a_call_that_is_over_lets_its_listeners_go() -> None:
    """No two parts of it keep each other in memory."""
    told = Told()
    told.call.dismiss()
    told.call.execute(Answer())
    assert told.events == []


async def test_words_are_kept_from_when_they_are_wanted() -> None:
    """Once, however often that is said; a call whose plans have no functions keeps none."""
    told = Told()
    call = told.call
    call.notify(CallerStartedSpeaking("u1"), 0.0)
    call.notify(CallerSaid("u1", "Hello."), 0.0)
    assert call.said() == []
    call.keep_transcript()
    call.keep_transcript()
    call.notify(AgentAudio("r1", "a1", bytes(48_000)), 1.0)
    call.notify(AgentSaid("a1", "Good morning."), 1.0)
    call.notify(CallerSaid("u2", "Is it?"), 2.0)
    assert call.said() == [("agent", "Good morning."), ("caller", "Is it?")]


@pytest.mark.parametrize("pcm", [b"", b"a", bytes(961)])
async def test_half_a_sample_is_no_sound(pcm: bytes) -> None:
    """It is refused where it is given, and breaks nothing behind."""
    told = Told()
    with pytest.raises(OrderRefused, match="whole samples"):
        told.call.play(pcm, "operator")
    assert told.events == []
