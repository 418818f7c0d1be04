"""A call as a function of a plan sees it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from structlog.testing import capture_logs

from gateway.call import AddText, CallInfo, Party, Respond, SessionOrder, ToolThen
from gateway.dialplan.model import TransferTarget
from gateway.errors import OrderRefused
from gateway.tools.live_call import CallFacts, LiveCall

INFO = CallInfo("c1", "x@y", caller=Party("+15551230001"), called=Party("100"))


async def test_what_is_known_of_a_call_is_told() -> None:
    """Copies: nothing that a function does with them changes the call."""
    said = [("caller", "Hello.")]
    call = LiveCall(CallFacts(INFO, "sales", lambda: {"name": "Ann"}, transcript=lambda: said), "look")
    assert (call.id, call.caller, call.called, call.plan) == ("c1", "+15551230001", "100", "sales")
    call.variables["name"] = "Bob"
    call.transcript.clear()
    assert (call.variables, call.transcript) == ({"name": "Ann"}, [("caller", "Hello.")])
    said.append(("agent", "Good morning."))
    assert call.transcript[-1] == ("agent", "Good morning.")


class Handle:
    """Keeps what is ordered, with the thread on which it is; refuses it if told to."""

    def __init__(self, refusal: str = "") -> None:
        self.given: list[tuple[object, ...]] = []
        self._refusal = refusal

    def _take(self, *what: object) -> None:
        if self._refusal:
            raise OrderRefused("c1", self._refusal)
        self.given.append((*what, threading.current_thread().name))

    def order(self, order: SessionOrder, by: str) -> None:
        self._take(order, by)

    def onward(self, plan: str, by: str, *, at_once: bool) -> None:
        self._take(plan, by, at_once)

    def set_variable(self, name: str, value: str) -> None:
        self._take(name, value)


async def test_orders_come_from_any_thread_in_their_order() -> None:
    """They are given on the event loop, with the function's name."""
    handle = Handle()
    call = LiveCall(CallFacts(INFO, "", handle=handle), "look")
    here = threading.current_thread().name

    def work() -> None:
        call.add_context("A customer.")
        call.add_context("\udc80")
        call.say('Welcome "back".')
        call.set_variable("customer", 7)  # type: ignore[arg-type] # as people do

    await asyncio.to_thread(work)
    await asyncio.sleep(0)
    told = Respond("Say exactly these words and nothing else: \"Welcome 'back'.\"")
    assert handle.given == [
        (AddText("system", "A customer."), "tool look", here),
        (AddText("system", "?"), "tool look", here),
        (told, "tool look", here),
        ("customer", "7", here),
    ]


async def test_an_order_that_comes_too_late_is_a_line_in_the_log() -> None:
    """The function need not know that the caller has left."""
    call = LiveCall(CallFacts(INFO, "", plans=("sales",), handle=Handle("it is over")), "look")
    with capture_logs() as lines:
        call.add_context("x")
        await asyncio.sleep(0)
        call.go_to("sales")
        assert call.returned() is ToolThen.SPEAK
    assert [(line["event"], line["why"]) for line in lines] == [("tool.order_refused", "it is over")] * 2


async def test_a_call_goes_on_when_the_function_has_returned() -> None:
    """Not before, and only where there is a plan."""
    handle = Handle()
    call = LiveCall(CallFacts(INFO, "", plans=("sales", "support"), handle=handle), "look")
    with pytest.raises(ValueError, match="no plan 'nowhere'; there are: sales, support"):
        call.go_to("nowhere")
    assert call.returned() is ToolThen.SPEAK
    call.go_to("sales")
    assert handle.given == []
    assert call.returned() is ToolThen.MOVE_ON
    assert handle.given == [("sales", "tool look", False, threading.current_thread().name)]


async def test_a_transfer_is_to_whom_the_plan_lists() -> None:
    """And to nobody else; it is made when the function has returned."""
    targets = {"desk": TransferTarget(to="sip:{digits}@pbx", digits=("2XX",))}
    call = LiveCall(CallFacts(INFO, "", plan_targets=targets), "look")
    with pytest.raises(ValueError, match="no such target; there are: desk"):
        call.transfer("boss")
    with pytest.raises(ValueError, match="may not be dialled"):
        call.transfer("desk", digits="911")
    assert call.transfers is None
    call.transfer("desk", digits="200", summary="Ann")
    assert call.transfers == ("desk", "200", "Ann")


async def test_hanging_up_is_remembered() -> None:
    """The call ends when the function has returned and all was heard."""
    call = LiveCall(CallFacts(INFO, ""), "look")
    assert not call.hangs_up
    call.hang_up()
    assert call.hangs_up
    assert call.returned() is ToolThen.HANG_UP
