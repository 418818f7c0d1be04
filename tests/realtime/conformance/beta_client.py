"""The official client's former shape, as in older samples: flat session, older names. Same environment."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from openai import OpenAI
from websockets.exceptions import ConnectionClosed


def main() -> dict[str, Any]:
    """Ask for one spoken answer; tell what came, or why nothing did."""
    seen: dict[str, Any] = {"kinds": [], "audio": 0, "error": None, "close": None}
    client = OpenAI(api_key="none", websocket_base_url=sys.argv[1])
    try:
        with client.beta.realtime.connect(model="script") as line:
            note(line.recv(), seen)
            line.session.update(session={"modalities": ["text", "audio"], "voice": "alloy"})
            line.conversation.item.create(
                item={
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "Hello."}],
                }
            )
            line.response.create()
            for event in line:
                note(event, seen)
                if event.type == "response.done":
                    break
    except ConnectionClosed as closed:
        seen["close"] = closed.rcvd.code if closed.rcvd else None
    return seen


def note(event: Any, seen: dict[str, Any]) -> None:
    """Keep what a test asks about."""
    seen["kinds"].append(event.type)
    if event.type == "response.audio.delta":
        seen["audio"] += len(base64.b64decode(event.delta))
    elif event.type == "error":
        seen["error"] = event.error.code


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
