"""The openai-agents SDK holds a call: tool, speech, barge-in. Runs in the SDKs' environment."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner
from async_client import LOUD  # type: ignore[import-not-found] # beside this file, when run as a script

DETECTION = {"type": "server_vad", "silence_duration_ms": 200, "interrupt_response": True}


@function_tool
def get_time(city: str) -> str:
    """Tell the time in a city."""
    return f"12:00 in {city}"


async def main() -> dict[str, Any]:
    """Hold the call."""
    seen: dict[str, Any] = {"kinds": [], "audio": 0, "errors": []}
    agent = RealtimeAgent(name="phone", instructions="Be brief.", tools=[get_time])
    runner = RealtimeRunner(agent, config={"model_settings": {"turn_detection": DETECTION}})
    model = {"api_key": "none", "url": f"{sys.argv[1]}/realtime?model=script"}
    async with asyncio.timeout(30), await runner.run(model_config=model) as session:
        await session.send_message("Time?")
        async for event in session:
            if event.type not in seen["kinds"]:
                seen["kinds"].append(event.type)
            await react(session, event, seen)
            if event.type == "audio_end" and seen.get("interrupted"):
                return seen
    return seen


async def react(session: Any, event: Any, seen: dict[str, Any]) -> None:
    """Speak over the agent, then be silent."""
    if event.type == "audio":
        seen["audio"] += len(event.audio.data)
        if "spoken" not in seen:
            seen["spoken"] = True
            for _ in range(15):
                await session.send_audio(LOUD)
    elif event.type == "audio_interrupted":
        seen["interrupted"] = True
        for _ in range(30):
            await session.send_audio(bytes(960))
    elif event.type == "tool_end":
        seen["tool"] = str(event.output)
    elif event.type == "error":
        seen["errors"].append(str(event.error))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main())))
