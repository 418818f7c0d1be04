"""A model that calls functions, as the scripted one is told to."""

from __future__ import annotations

import json
from typing import Any

from tests.equipment.model import Session


async def called(session: Session, name: str, **arguments: Any) -> str:
    """Have the model call a function in a response of its own; returns the call's id."""
    number = len(session.responses) + 1
    response = await session.start_response()
    where = {"response_id": response, "output_index": 0}
    call_id, text = f"c{number}", json.dumps(arguments)
    item = {"id": f"fc_{number}", "type": "function_call", "call_id": call_id, "name": name}
    await session.send("response.output_item.added", **where, item={**item, "arguments": ""})
    done = {"item_id": item["id"], "call_id": call_id, "arguments": text, "name": name}
    await session.send("response.function_call_arguments.done", **where, **done)
    await session.send("response.output_item.done", **where, item={**item, "arguments": text})
    await session.end_response(response)
    return call_id


async def result(session: Session, name: str, **arguments: Any) -> Any:
    """Have the model call a function, and return what it is told, read as JSON."""
    return await outcome(session, await called(session, name, **arguments))


async def outcome(session: Session, call_id: str = "", patient_seconds: float = 10) -> Any:
    """Return what the model is told of a function that it called, of any if none is named."""

    def told() -> list[dict[str, Any]]:
        items = [event["item"] for event in session.events("conversation.item.create")]
        outputs = [item for item in items if item["type"] == "function_call_output"]
        return [item for item in outputs if call_id in ("", item["call_id"])]

    await session.until(told, patient_seconds)
    return json.loads(told()[-1]["output"])
