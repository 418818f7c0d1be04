"""Whole calls, both ways, before the official types; and the official clients against our server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.call import (
    AddText,
    AgentAudio,
    CallerStartedSpeaking,
    Respond,
    ResponseEnded,
    SessionReady,
    SubmitToolResult,
    ToolCalled,
    Truncate,
)
from gateway.local.server.process import serving
from gateway.local.server.settings import LocalSettings
from gateway.realtime.continuity.route import Route
from gateway.realtime.continuity.session import LastingSession
from gateway.realtime.events.session import TurnDetection
from gateway.realtime.resolve_provider import choose
from gateway.realtime.settings import SessionSettings
from gateway.tasks import within
from tests.equipment.patience import seconds
from tests.equipment.tone import sine
from tests.realtime.caller import running
from tests.realtime.conformance.official import HERE, judge, python
from tests.realtime.conformance.tap import Tap, tapped
from tests.realtime.conformance.test_vocabulary import FUNCTION

SCRIPT = """
answers:
  - do: [{call: get_time, arguments: {city: Oslo}}]
  - do: [{tone: 440, ms: 1000}, {wait_ms: 5000}, {tone: 440, ms: 1000}]
  - do: [{tone: 600, ms: 200}]
"""


@pytest.fixture
async def tap(tmp_path: Path) -> AsyncIterator[Tap]:
    """The embedded server with a script, and a listener in front of it."""
    script = tmp_path / "script.yaml"
    script.write_text(SCRIPT)
    settings = LocalSettings(port=0, engine="script", script=script)
    async with serving(settings) as address, tapped(address.url) as listener:
        yield listener


async def held(client: str, tap: Tap) -> dict[str, Any]:
    """Have an official client hold the call; give what it saw."""
    return await held_at(tap.url, client, tap)


async def held_at(url: str, client: str, tap: Tap | None = None) -> dict[str, Any]:
    """Have an official client hold its call with a server."""
    interpreter = await asyncio.to_thread(python)
    process = await asyncio.create_subprocess_exec(
        str(interpreter),
        str(HERE / client),
        url.removesuffix("/realtime"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with within(seconds(60)):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        said = tap.kinds("server")[-5:] if tap else "nothing that was recorded"
        raise AssertionError(f"{client} hangs; the server said {said}") from None
    assert process.returncode == 0, err.decode()
    seen: dict[str, Any] = orjson.loads(out)
    return seen


@pytest.mark.parametrize("client", ["async_client.py", "sync_client.py"])
async def test_the_official_client_holds_a_call(tap: Tap, client: str) -> None:
    """Text, a function call, speech, a barge-in with its truncation, and the next turn."""
    seen = await held(client, tap)
    assert seen["call"] == ["get_time", {"city": "Oslo"}]
    assert seen["statuses"] == ["completed", "cancelled", "completed"]
    assert seen["audio"] == 1200 * 48
    assert "conversation.item.truncated" in seen["kinds"]
    assert "error" not in seen["kinds"]
    assert await asyncio.to_thread(judge, tap.frames) == []


async def test_the_agents_sdk_holds_a_call(tap: Tap) -> None:
    """It runs the tool, is interrupted, and says by itself how much was heard."""
    seen = await held("agents_client.py", tap)
    assert seen["tool"] == "12:00 in Oslo"
    assert seen["interrupted"]
    assert seen["errors"] == []
    assert tap.of("conversation.item.truncated")
    assert await asyncio.to_thread(judge, tap.frames) == []


async def test_a_client_of_the_former_api_is_served(tmp_path: Path) -> None:
    """Older samples go on working, in the names and shapes that they know."""
    async with serving(former(tmp_path)) as address:
        seen = await held_at(address.url, "beta_client.py")
    assert seen["audio"] == 300 * 48
    assert {"session.updated", "conversation.item.created", "response.audio.done"} <= set(seen["kinds"])
    assert (seen["error"], seen["close"]) == (None, None)


async def test_a_client_of_the_former_api_is_refused_as_the_service_does(tmp_path: Path) -> None:
    """With --ga-only: one error, then close 4000."""
    async with serving(former(tmp_path, ga_only=True)) as address:
        seen = await held_at(address.url, "beta_client.py")
    assert (seen["error"], seen["close"], seen["audio"]) == ("beta_api_shape_disabled", 4000, 0)


def former(folder: Path, *, ga_only: bool = False) -> LocalSettings:
    """Settings of a server that answers once."""
    script = folder / "once.yaml"
    script.write_text("answers:\n  - do: [{tone: 440, ms: 300}]\n")
    return LocalSettings(port=0, engine="script", script=script, ga_only=ga_only)


async def test_a_whole_call_of_ours_is_valid_both_ways(tap: Tap) -> None:
    """Greeting, tool, barge-in, digits, a question aside, a lost session and its history: every frame."""
    settings = SessionSettings(
        instructions="Be brief.",
        model="script",
        tools=(FUNCTION,),
        turn_detection=TurnDetection(type="server_vad", silence_duration_ms=200, interrupt_response=True),
    )
    route = Route(choose("local", local_url=tap.url + "?model={model}"), settings)
    loud = sine(440, 300, rate=24_000).tobytes()
    async with running(lambda facts: LastingSession([route], facts)) as (session, facts):
        await facts.wait(SessionReady)
        session.execute(Respond("Greet the caller."))
        called = await facts.wait(ToolCalled)
        await facts.wait(ResponseEnded)
        session.execute(SubmitToolResult(called.call_id, "12:00"))
        session.execute(Respond())
        spoken = await facts.wait(AgentAudio)
        for start in range(0, len(loud), 960):
            session.append(loud[start : start + 960])
        await facts.wait(CallerStartedSpeaking)
        session.execute(Truncate(spoken.item_id, 300))
        for _ in range(30):
            session.append(bytes(960))
        await facts.wait(ResponseEnded, 3)
        session.execute(AddText("user", "[The caller pressed 5 on the keypad.]"))
        await session.ask("summary", "Sum up.")
        current = session._current.session._socket
        current.transport.abort()
        await facts.wait(SessionReady, 2)
        session.execute(Respond())
        await facts.wait(ResponseEnded, 4)
    assert {"conversation.item.truncate", "response.create", "session.update"} <= set(tap.kinds("client"))
    refused = {event["error"]["code"] for event in tap.of("error")}
    assert refused <= {"item_retrieve_invalid_item_id"}  # asked, where an answer is due, whether it listens
    assert await asyncio.to_thread(judge, tap.frames) == []
