"""Functions that the model's provider calls itself (MCP): told of, agreed to by the caller, and spoken of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

ANSWER = tone.sine(660, 300, rate=RATE, fade_ms=5)


@pytest.fixture
def gateway(gateway_process: Callable[..., Gateway], model: Model) -> Gateway:
    """A gateway whose agent's provider calls the functions of a server, one only if the caller agrees."""
    server = {
        "url": "https://crm.example/mcp",
        "mode": "provider",
        "tools": ["find", "book"],
        "approval": {"book": "Book {day}?"},
    }
    plan = agent(
        "100", model.url, model="scripted", agent={"mcp": {"crm": server}}, answer={"speaks_first": "caller"}
    )
    return gateway_process({"desk": plan}, "--no-local")


def call_item(status: str, **more: object) -> dict[str, Any]:
    """Return an item of a call that the provider makes."""
    return {
        "id": "mcp_1",
        "type": "mcp_call",
        "server_label": "crm",
        "name": "book",
        "status": status,
        **more,
    }


async def asks(session: Session, request: str) -> None:
    """Have the provider ask whether it may call a function, as the service does: in a response of its own."""
    response = await session.start_response()
    item = {
        "id": request,
        "type": "mcp_approval_request",
        "server_label": "crm",
        "name": "book",
        "arguments": json.dumps({"day": "Monday"}),
    }
    await session.send("response.output_item.added", response_id=response, output_index=0, item=item)
    await session.send("response.output_item.done", response_id=response, output_index=0, item=item)
    await session.send("conversation.item.done", previous_item_id=None, item=item)
    await session.end_response(response)


async def answer_to(session: Session, request: str) -> dict[str, Any]:
    """Wait for what the provider is told."""

    def told() -> list[dict[str, Any]]:
        items = [event["item"] for event in session.events("conversation.item.create")]
        return [item for item in items if item.get("approval_request_id") == request]

    await session.until(told)
    (one,) = told()
    return one


async def test_the_provider_calls_what_the_caller_agrees_to(
    gateway: Gateway, pump: Pump, model: Model
) -> None:
    """It is told of the server; a yes, be it by key, lets it go on, a no does not; then the agent speaks."""
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call("100")
        await call.answered()
        session = await model.session()
        (server,) = (await session.got("session.update"))["session"]["tools"]
        assert server == {
            "type": "mcp",
            "server_label": "crm",
            "server_url": "https://crm.example/mcp",
            "allowed_tools": ["find", "book"],
            "require_approval": {"always": {"tool_names": ["book"]}},
        }
        model.says = ANSWER
        await asks(session, "mcpr_1")
        question = await session.got("response.create")
        assert question["response"]["instructions"].endswith('"Book Monday?"')
        await call.hears_sound()
        call.media.press("1")
        agreed = await answer_to(session, "mcpr_1")
        assert agreed["type"] == "mcp_approval_response"
        assert agreed["approve"] is True

        model.says = None
        response = await session.start_response()
        where = {"response_id": response, "output_index": 0}
        await session.send("response.output_item.added", **where, item=call_item("in_progress", arguments=""))
        await session.send("response.mcp_call_arguments.done", **where, item_id="mcp_1", arguments="{}")
        await session.send("response.mcp_call.in_progress", output_index=0, item_id="mcp_1")
        await session.send("response.mcp_call.completed", output_index=0, item_id="mcp_1")
        done = call_item("completed", arguments="{}", output="Booked")
        await session.send("response.output_item.done", **where, item=done)
        await session.send("conversation.item.done", previous_item_id=None, item=done)
        await session.end_response(response)
        await session.got("response.create", 2)  # a service that says nothing of it by itself is asked to
        quiet = await call.hears_silence()
        await session.respond(ANSWER)
        await call.hears_sound(quiet + 1)

        model.says = ANSWER
        quiet = await call.hears_silence()
        await asks(session, "mcpr_2")
        await session.got("response.create", 3)
        await call.hears_sound(quiet + 1)
        call.media.press("2")
        assert (await answer_to(session, "mcpr_2"))["approve"] is False
        await session.got("response.create", 4)
        await call.hang_up()
    assert gateway.stop() == 0
