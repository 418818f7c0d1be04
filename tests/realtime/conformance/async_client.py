"""The official client (async) holds a call: text, function call, speech, barge-in.

Runs in the SDKs' environment and prints what happened as JSON. `argv[1]` is the server's address without
`/realtime`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import struct
import sys
from typing import Any

from openai import AsyncOpenAI

TOOL = {
    "type": "function",
    "name": "get_time",
    "description": "The time in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
SESSION: dict[str, Any] = {
    "type": "realtime",
    "instructions": "Be brief.",
    "tools": [TOOL],
    "audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 200}}},
}
LOUD = b"".join(struct.pack("<h", int(12000 * math.sin(i * 0.115))) for i in range(24 * 20))


async def main() -> dict[str, Any]:
    """Hold the call."""
    seen: dict[str, Any] = {"kinds": [], "audio": 0, "statuses": []}
    client = AsyncOpenAI(api_key="none", websocket_base_url=sys.argv[1])
    async with client.realtime.connect(model="script") as line:
        async with asyncio.timeout(30):
            await line.session.update(session=SESSION)
            await line.conversation.item.create(
                item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Time?"}]}
            )
            await line.response.create()
            async for event in line:
                seen["kinds"].append(event.type)
                await react(line, event, seen)
                if event.type == "response.done" and len(seen["statuses"]) == 3:
                    return seen
    return seen


async def react(line: Any, event: Any, seen: dict[str, Any]) -> None:
    """Do what a client of a telephone would do."""
    if event.type == "response.function_call_arguments.done":
        seen["call"] = [event.name, json.loads(event.arguments)]
        output = {"type": "function_call_output", "call_id": event.call_id, "output": '{"time":"12:00"}'}
        await line.conversation.item.create(item=output)
    elif event.type == "response.output_audio.delta":
        seen["audio"] += len(base64.b64decode(event.delta))
        if "item" not in seen:
            seen["item"] = event.item_id
            for _ in range(15):
                await line.input_audio_buffer.append(audio=base64.b64encode(LOUD).decode())
    elif event.type == "input_audio_buffer.speech_started":
        await line.conversation.item.truncate(item_id=seen["item"], content_index=0, audio_end_ms=300)
        for _ in range(30):
            await line.input_audio_buffer.append(audio=base64.b64encode(bytes(960)).decode())
    elif event.type == "response.done":
        seen["statuses"].append(event.response.status)
        if len(seen["statuses"]) == 1:
            await line.response.create()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main())))
