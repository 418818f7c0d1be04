"""The official client (sync) holds the same call. Runs in the SDKs' environment."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from async_client import LOUD, SESSION  # type: ignore[import-not-found] # beside this file, when run as a script
from openai import OpenAI


def main() -> dict[str, Any]:
    """Hold the call."""
    seen: dict[str, Any] = {"kinds": [], "audio": 0, "statuses": []}
    client = OpenAI(api_key="none", websocket_base_url=sys.argv[1])
    with client.realtime.connect(model="script") as line:
        line.session.update(session=SESSION)
        line.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Time?"}]}
        )
        line.response.create()
        for event in line:
            seen["kinds"].append(event.type)
            react(line, event, seen)
            if event.type == "response.done" and len(seen["statuses"]) == 3:
                break
    return seen


def react(line: Any, event: Any, seen: dict[str, Any]) -> None:
    """Do what a client of a telephone would do."""
    if event.type == "response.function_call_arguments.done":
        seen["call"] = [event.name, json.loads(event.arguments)]
        output = {"type": "function_call_output", "call_id": event.call_id, "output": '{"time":"12:00"}'}
        line.conversation.item.create(item=output)
    elif event.type == "response.output_audio.delta":
        seen["audio"] += len(base64.b64decode(event.delta))
        if "item" not in seen:
            seen["item"] = event.item_id
            for _ in range(15):
                line.input_audio_buffer.append(audio=base64.b64encode(LOUD).decode())
    elif event.type == "input_audio_buffer.speech_started":
        line.conversation.item.truncate(item_id=seen["item"], content_index=0, audio_end_ms=300)
        for _ in range(30):
            line.input_audio_buffer.append(audio=base64.b64encode(bytes(960)).decode())
    elif event.type == "response.done":
        seen["statuses"].append(event.response.status)
        if len(seen["statuses"]) == 1:
            line.response.create()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
