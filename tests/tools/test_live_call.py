"""A call as a function of a plan sees it."""

from __future__ import annotations

import asyncio
import threading

from structlog.testing import capture_logs

from gateway.call import AddText, CallInfo, Party, Respond, SessionOrder
from gateway.errors import OrderRefused
from gateway.tools.live_call import CallFacts, LiveCall

INFO = CallInfo("c1", "x@y", caller=Party("+15551230001"), called=Party("100"))


async def test_what_is_known_of_a_call_is_told() -> None:
    """Copies: nothing that a function does with them changes the call."""
    said = [("caller", "Hello.")]
    call = LiveCall(CallFacts(INFO, "sales", {"name": "Ann"}, lambda: said), "look")
    assert (call.id, call.caller, call.called, call.plan) == ("c1", "+15551230001", "100", "sales")
    call.variables["name"] = "Bob"
    call.transcript.clear()
    assert (call.variables, call.transcript) == ({"name": "Ann"}, [("caller", "Hello.")])
    said.append(("agent", "Good morning."))
    assert call.transcript[-1] == ("agent", "Good morning.")


async def test_orders_come_from_any_thread_in_their_order() -> None:
    """They are given on the event loop, with the function's name."""
    given: list[tuple[SessionOrder, str, str]] = []

    def order(order: SessionOrder, by: str) -> None:
        given.append((order, by, threading.current_thread().name))

    call = LiveCall(CallFacts(INFO, "", order=order), "look")
    here = threading.current_thread().name

    def work() -> None:
        call.add_context("A customer.")
        call.say('Welcome "back".')

    await asyncio.to_thread(work)
    await asyncio.sleep(0)
    told = Respond("Say exactly these words and nothing else: \"Welcome 'back'.\"")
    assert given == [(AddText("system", "A customer."), "tool look", here), (told, "tool look", here)]


async def test_an_order_that_comes_too_late_is_a_line_in_the_log() -> None:
    """The function need not know that the caller has left."""

    def refuse(_order: SessionOrder, _by: str) -> None:
        raise OrderRefused("c1", "it is over")

    call = LiveCall(CallFacts(INFO, "", order=refuse), "look")
    with capture_logs() as lines:
        call.add_context("x")
        await asyncio.sleep(0)
    assert [(line["event"], line["why"]) for line in lines] == [("tool.order_refused", "it is over")]


async def test_hanging_up_is_remembered() -> None:
    """The call ends when the function has returned and all was heard."""
    call = LiveCall(CallFacts(INFO, ""), "look")
    assert not call.hangs_up
    call.hang_up()
    assert call.hangs_up
