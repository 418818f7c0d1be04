"""A browser's call to the embedded server, with aiortc as the browser: sound, events, who hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from gateway.local.server.process import ListenAddress
from tests.equipment import tone
from tests.equipment.browser_phone import RATE, BrowserPhone
from tests.local.client import client, server

JSON = dict[str, Any]


@asynccontextmanager
async def called(
    address: ListenAddress, session: JSON | None = None, path: str = "/v1/realtime/calls"
) -> AsyncIterator[tuple[BrowserPhone, httpx2.Response]]:
    """Call by an ephemeral key; leave at the end."""
    phone = BrowserPhone("oai-events")
    try:
        async with httpx2.AsyncClient(base_url=f"http://{address.host}:{address.port}") as http:
            asked = {"session": {"type": "realtime", **(session or {})}}
            key = (await http.post("/v1/realtime/client_secrets", json=asked)).json()["value"]
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/sdp"}
            answer = await http.post(path, content=await phone.offer(), headers=headers)
            assert answer.status_code == 201, answer.text
            await phone.answered(answer.text)
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(phone.listen())
                await phone.until(lambda: "session.created" in phone.kinds(), "session.created")
                yield phone, answer
                listening.cancel()
    finally:
        await phone.peer.close()


async def test_the_agent_is_heard_and_interrupted() -> None:
    """The server plays, truncates what was not heard by itself, and says so on the data channel."""
    async with server("tone") as address, called(address, {"model": "tone"}) as (phone, _):
        assert phone.told[0]["session"]["model"] == "tone"
        phone.send(type="response.create")
        await phone.until(lambda: tone.share(phone.heard()[-4000:], 440) > 0.8, "the tone")
        assert "response.output_audio.delta" not in phone.kinds()
        phone.microphone.say(tone.sine(700, 1000, rate=RATE, fade_ms=5))
        await phone.until(lambda: "conversation.item.truncated" in phone.kinds(), "truncated")
        kinds = phone.kinds()
        assert kinds.index("output_audio_buffer.started") < kinds.index("output_audio_buffer.cleared")
        cut = next(told for told in phone.told if told["type"] == "conversation.item.truncated")
        assert 0 < cut["audio_end_ms"] < 60_000
        phone.told.clear()
        phone.send(type="output_audio_buffer.clear")
        phone.send(type="nonsense", event_id="e1")
        await phone.until(lambda: "error" in phone.kinds(), "an error")
        (error,) = (told["error"] for told in phone.told if told["type"] == "error")
        assert error["event_id"] == "e1"


async def test_the_caller_is_heard_whatever_formats_are_asked_for() -> None:
    """An engine that repeats what was said: over WebRTC sound is the connection's, not the session's."""
    g711 = {
        "audio": {"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": {"type": "audio/pcmu"}}}
    }
    async with server("echo") as address, called(address, {"model": "echo", **g711}) as (phone, _):
        phone.send(type="session.update", session={"type": "realtime", **g711})
        await phone.until(lambda: "session.updated" in phone.kinds(), "session.updated")
        phone.microphone.say(tone.sine(700, 1500, rate=RATE, fade_ms=5))
        await phone.until(lambda: tone.share(phone.heard()[-2000:], 700) > 0.8, "its own words")
        await phone.until(lambda: "output_audio_buffer.stopped" in phone.kinds(), "the end of the answer")


async def test_a_sideband_sees_and_steers_a_call() -> None:
    """By the id of `Location`; when the call is hung up, it is closed, too."""
    async with server("tone") as address, called(address, {"model": "tone"}) as (phone, answer):
        call_id = answer.headers["location"].rpartition("/")[2]
        async with client(address, query=f"&call_id={call_id}") as beside:
            await beside.send("response.create")
            await beside.next("output_audio_buffer.started")
            await phone.until(lambda: "response.created" in phone.kinds(), "what the sideband asked for")
            async with httpx2.AsyncClient(base_url=f"http://{address.host}:{address.port}") as http:
                assert (await http.post(f"{answer.headers['location']}/hangup")).status_code == 200
                assert (await beside.closed())[0] == 1000
                await phone.until(lambda: phone.peer.connectionState == "closed", "its end")
                assert (await http.post(f"{answer.headers['location']}/hangup")).status_code == 404


async def test_the_older_paths_answer_as_well() -> None:
    async with server("tone") as address:
        for path in ("/v1/realtime?model=tone", "/v1/realtime/connect"):
            async with called(address, {"model": "tone"}, path) as (phone, _):
                assert phone.told[0]["type"] == "session.created"
