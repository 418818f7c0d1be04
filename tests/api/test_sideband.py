"""A program beside a page's call; `tests.whole_calls.test_browser` has a whole call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.api import sideband as module
from gateway.call import AddText, AgentSaid, LegEnded, ResponseEnded, ResponseStarted
from tests.api.running_api import PAGES_CALL, RunningApi, running_api
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.calls.test_registry import GONE
from tests.equipment import patience

SHOP = "https://shop.example.com"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[RunningApi]:
    """The API, once its own watcher is there."""
    async with running_api(tmp_path, origins=(SHOP,)) as running:
        async with patience.within(5):
            while not running.house.worker.watches._open:  # noqa: ASYNC110 - asked anew
                await asyncio.sleep(0.01)
        yield running


@asynccontextmanager
async def opened(
    api: RunningApi, client: httpx2.AsyncClient, call_id: str = PAGES_CALL, **more: Any
) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket with the token of one of the API's clients."""
    url = f"{api.url.replace('http', 'ws')}/v1/realtime?call_id={call_id}"
    shown = {key: value for key, value in client.headers.items() if key == "authorization"}
    more.setdefault("additional_headers", shown)
    async with connect(url, proxy=None, compression=None, **more) as socket:
        yield socket


async def told(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next event of a kind; there may be others before it."""
    async with patience.within(5):
        while (event := orjson.loads(await socket.recv()))["type"] != kind:
            pass
    found: dict[str, Any] = event
    return found


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Return how it is closed."""
    async with patience.within(5):
        with contextlib.suppress(ConnectionClosed):
            async for _event in socket:
                pass
        await socket.wait_closed()
    assert socket.close_code is not None
    assert socket.close_reason is not None
    return socket.close_code, socket.close_reason


async def rung(api: RunningApi) -> ScriptedLeg:
    """Let a page's call come in, and wait until it talks with the agent."""
    before = len(api.house.desk.sessions)
    leg = ScriptedLeg(call_id="c1", called="100")
    leg.info = replace(leg.info, sip_call_id=PAGES_CALL)
    api.house.worker.take(leg)
    await api.house.desk.session(before + 1)
    return leg


async def test_it_waits_for_the_call_and_goes_with_it(api: RunningApi) -> None:
    """What happens is told, what it says reaches the agent, whoever says it; other calls are not its own."""
    async with opened(api, api.operate) as socket:
        created = await told(socket, "session.created")
        assert created["session"]["model"] == "100"
        await api.house.talking("c2")
        leg = await rung(api)
        session = api.house.desk.sessions[-1]
        session.happen(ResponseStarted("r1"))
        session.happen(AgentSaid("a1", "Hello."))
        said = await told(socket, "response.output_audio_transcript.done")
        assert (said["transcript"], said["response_id"]) == ("Hello.", "r1")
        item = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "They pay."}]}
        await socket.send(orjson.dumps({"type": "conversation.item.create", "item": item}).decode())
        async with patience.within(5):
            while AddText("system", "They pay.") not in session.orders:  # noqa: ASYNC110 - asked anew
                await asyncio.sleep(0.01)
        await socket.send('{"type": "session.update", "session": {}}')
        assert (await told(socket, "session.updated"))["session"] == created["session"]
        await socket.send('{"type": "output_audio_buffer.clear", "event_id": "e1"}')
        assert (await told(socket, "error"))["error"]["event_id"] == "e1"
        leg.happen(LegEnded(GONE))
        assert await closed(socket) == module.OVER


async def test_it_may_come_later(api: RunningApi) -> None:
    """What has happened is not told again, but known; two events never have one id."""
    await rung(api)
    session = api.house.desk.sessions[-1]
    async with opened(api, api.operate) as first:
        session.happen(ResponseStarted("r1"))
        seen = {(await told(first, kind))["event_id"] for kind in ("session.created", "response.created")}
        async with opened(api, api.operate) as socket:
            ids = {(await told(socket, "session.created"))["event_id"]}
            await socket.send('{"type": "response.create", "response": {"instructions": "Say goodbye."}}')
            async with patience.within(5):
                while AddText("system", "Say goodbye.") not in session.orders:  # noqa: ASYNC110 - asked anew
                    await asyncio.sleep(0.01)
            session.happen(ResponseEnded("r1", "completed"))
            done = await told(socket, "response.done")
            assert done["response"]["id"] == "r1"
            assert not (ids | {done["event_id"]}) & seen


@pytest.mark.parametrize(
    ("role", "call_id", "status"),
    [("nobody", PAGES_CALL, 401), ("read", PAGES_CALL, 403), ("operate", "rtc_none", 404)]
    + [("operate", call_id, 400) for call_id in ("", "1%40x", "x" * 65)],
)
async def test_who_is_not_let_in(api: RunningApi, role: str, call_id: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(api, getattr(api, role), call_id):
            pass
    assert refused.value.response.status_code == status
    assert orjson.loads(refused.value.response.body or b"")["error"]


async def test_pages_come_by_a_subprotocol(api: RunningApi) -> None:
    """As OpenAI's SDK for browsers shows its key; of sites that are named alone, and by no cookie."""
    token = api.operate.headers["authorization"].partition(" ")[2]
    offered = ["realtime", f"openai-insecure-api-key.{token}"]
    shown: dict[str, Any] = {"subprotocols": offered, "additional_headers": {}}
    async with opened(api, api.nobody, origin=SHOP, **shown) as socket:
        assert socket.subprotocol == "realtime"
        await told(socket, "session.created")
    cookie = api.gate.cookie({"scheme": "http", "server": ("127.0.0.1", int(api.url.rpartition(":")[2]))})
    by_cookie = {"additional_headers": {"Cookie": cookie.partition(";")[0]}}
    for origin, how, status in (("https://evil.example", shown, 403), (api.url, by_cookie, 401)):
        with pytest.raises(InvalidStatus) as refused:
            async with opened(api, api.nobody, origin=origin, **how):
                pass
        assert refused.value.response.status_code == status


async def test_a_call_that_never_begins(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Because its browser does not connect: it is over."""
    monkeypatch.setattr(module, "BEGINS_WITHIN_S", 0.0)
    async with opened(api, api.operate) as socket:
        await told(socket, "session.created")
        await api.house.talking("c2")  # something happens
        assert await closed(socket) == module.OVER


async def test_a_program_that_does_not_read(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is let go; what it is to be told is not kept for ever."""
    monkeypatch.setattr(module, "MOST_UNSENT", 3)
    async with opened(api, api.operate) as socket:
        await told(socket, "session.created")
        for _ in range(200):
            await socket.send('{"type": "session.update"}')
        assert await closed(socket) == module.SLOW


async def test_when_the_api_stops(api: RunningApi) -> None:
    async with opened(api, api.operate) as socket:
        await told(socket, "session.created")
        api.app.state.news.close()
        assert await closed(socket) == module.GONE
