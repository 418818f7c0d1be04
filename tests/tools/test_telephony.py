"""The functions with which an agent acts on its call: what a model is offered, and what it gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.call import (
    CallInfo,
    CallTool,
    Destination,
    Party,
    SendDigits,
    ToolThen,
    TransferEnded,
    TransferOutcome,
)
from gateway.dialplan import Agent
from gateway.dialplan.model import TransferTarget
from gateway.errors import OrderRefused
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Toolbox
from gateway.tools.telephony import BETWEEN_S, TELEPHONY

INFO = CallInfo("c1", "x@y", caller=Party("+15551230001"), called=Party("100"))
AGENT = Agent(goto=("later", "sales"))
TARGETS = {
    "sales": TransferTarget(to="sip:200@pbx", about="for offers"),
    "extension": TransferTarget(to="sip:{digits}@pbx", digits=("2XX",), mode="blind"),
}


class Desk:
    """A call and its attendant: what is asked of them is kept, and answered as the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.outcome = TransferOutcome.TRANSFERRED
        self.back = False
        self.refusal = ""

    def _take(self, *what: object) -> None:
        if self.refusal:
            raise OrderRefused("c1", self.refusal)
        self.asked.append(what)

    async def hold(self, by: str) -> None:
        self._take("hold", by)

    async def held_for(self, seconds: float) -> None:
        self._take("held", seconds)

    def resume(self, by: str) -> None:
        self._take("resume", by)

    async def collect(self, most: int, terminator: str, first_s: float, between_s: float) -> str:
        self._take("collect", most, terminator, first_s, between_s)
        return "1234"

    async def take_message(self, by: str) -> float:
        self._take("message", by)
        return 12.4

    def check(self, name: str, digits: str) -> None:
        self._take("check", name, digits)

    async def transfer(self, name: str, digits: str, summary: str, by: str) -> TransferEnded:
        self._take("transfer", name, digits, summary, by)
        return TransferEnded(name, self.outcome, 200, self.back)

    def machine_answered(self) -> None:
        self._take("machine")

    def check_free(self) -> None:
        self._take("check")

    async def take_over(self, to: Destination, by: str) -> TransferEnded:
        self._take("take over", to, by)
        return TransferEnded(by, self.outcome, 200, self.back)

    def order(self, order: object, by: str) -> None:
        self._take(order, by)

    def onward(self, plan: str, by: str, *, at_once: bool) -> None:
        self._take(plan, by, at_once)

    def set_variable(self, name: str, value: str) -> None:
        self._take(name, value)


def box(desk: Desk | None) -> Toolbox:
    """Return all of them, for one call."""
    facts = CallFacts(INFO, "office", handle=desk, attendant=desk, plan_targets=TARGETS, agent=AGENT)
    return Toolbox(make(facts) for make in TELEPHONY.values())


def offered(name: str) -> Any:
    """Return what the model is told of one."""
    return next(one for one in box(None).describe() if one["name"] == name)


async def call(desk: Desk, name: str, **arguments: object) -> tuple[Any, ToolThen]:
    """Return what the model is told, and what follows."""
    returned = await box(desk).call(CallTool("c", name, json.dumps(arguments)))
    return json.loads(returned.output), returned.then


def test_a_model_is_told_names_and_no_addresses() -> None:
    """Of targets and plans those of its own plan, with what their author says of them."""
    told = json.dumps(box(None).describe())
    assert "pbx" not in told
    transfer = offered("transfer")
    assert transfer["parameters"]["properties"]["target"]["enum"] == ["extension", "sales"]
    assert transfer["parameters"]["required"] == ["target"]
    assert "sales: for offers" in transfer["description"]
    assert "only for extension" in transfer["parameters"]["properties"]["digits"]["description"]
    assert offered("goto")["parameters"]["properties"]["plan"]["enum"] == ["later", "sales"]


async def test_a_model_is_told_how_a_transfer_came_out() -> None:
    """And speaks of it, if the caller is still there: how each is told, `test_transfers` knows."""
    desk = Desk()
    desk.outcome = TransferOutcome.BUSY
    told = {"transferred": False, "why": "they are busy"}
    assert await call(desk, "transfer", target="sales", summary="Ann.") == (told, ToolThen.SPEAK)
    assert desk.asked == [("transfer", "sales", "", "Ann.", "tool transfer")]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("transfer", {"target": "boss"}),
        ("transfer", {"target": "sip:evil@evil"}),
        ("transfer", {}),
        ("goto", {"plan": "office"}),
        ("hold", {"seconds": 100_000}),
        ("collect_digits", {"count": 0}),
        ("collect_digits", {"terminator": "##"}),
    ],
)
async def test_what_is_not_offered_reaches_nobody(name: str, arguments: dict[str, object]) -> None:
    """The arguments are checked before anything is done."""
    desk = Desk()
    told, _ = await call(desk, name, **arguments)
    assert "wrong arguments" in told["error"]
    assert desk.asked == []


async def test_a_refusal_is_told() -> None:
    """In the words of whoever refuses."""
    desk = Desk()
    desk.refusal = "it was tried often enough in this call"
    for name, arguments in (
        ("transfer", {"target": "sales"}),
        ("hold", {}),
        ("send_digits", {"digits": "x"}),
    ):
        assert (await call(desk, name, **arguments))[0] == {"error": desk.refusal}


async def test_keys_go_out_and_come_in() -> None:
    """Those that come are the model's alone."""
    desk = Desk()
    await call(desk, "send_digits", digits="42#")
    returned = await box(desk).call(CallTool("c", "collect_digits", '{"count": 4, "seconds": 7}'))
    assert (returned.output, returned.secret) == ('{"digits":"1234"}', True)
    assert desk.asked == [(SendDigits("42#"), "tool send_digits"), ("collect", 4, "#", 7.0, BETWEEN_S)]


async def test_a_caller_is_held_and_handed_on() -> None:
    """After the hold the agent speaks; after the last word the other plan does."""
    desk = Desk()
    assert (await call(desk, "hold", seconds=5))[1] is ToolThen.SPEAK
    assert (await call(desk, "goto", plan="later"))[1] is ToolThen.MOVE_ON
    assert desk.asked == [("hold", "tool hold"), ("held", 5), ("later", "tool goto", False)]


async def test_a_message_is_left() -> None:
    """The agent is told how long it is."""
    desk = Desk()
    assert (await call(desk, "leave_message"))[0] == {"left": True, "seconds": 12}
    assert desk.asked == [("message", "tool leave_message")]


async def test_a_machine_is_told_of() -> None:
    """And the agent says nothing to that; of somebody who called here it is no machine."""
    desk = Desk()
    facts = CallFacts(INFO, "office", handle=desk, answering=desk)
    tools = Toolbox([TELEPHONY["machine_answered"](facts)])
    returned = await tools.call(CallTool("c", "machine_answered", "{}"))
    assert (returned.output, returned.then) == ('{"ok":true}', ToolThen.WAIT)
    assert desk.asked == [("machine",)]
    assert "it is no machine" in (await call(desk, "machine_answered"))[0]["error"]
    desk.refusal = "nobody has answered yet"
    returned = await tools.call(CallTool("c", "machine_answered", "{}"))
    assert desk.refusal in returned.output


async def test_they_can_be_tried_without_a_call() -> None:
    """`gateway tool` has none."""
    for name, arguments in (
        ("transfer", '{"target": "sales"}'),
        ("hold", "{}"),
        ("send_digits", '{"digits": "1"}'),
        ("collect_digits", "{}"),
        ("leave_message", "{}"),
        ("machine_answered", "{}"),
        ("goto", '{"plan": "later"}'),
    ):
        returned = await box(None).call(CallTool("c", name, arguments))
        assert "error" not in returned.output
