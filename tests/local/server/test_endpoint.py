from __future__ import annotations

import asyncio

import orjson
import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway.local.server.process import ListenAddress
from gateway.realtime.connect import CALL_HEADER
from tests.local.client import client, server
from tests.local.server.test_http_post import PATH, ask, post

KEY = "sk-test"


async def get(address: ListenAddress, path: str, *headers: str) -> tuple[int, dict[str, object]]:
    lines = [f"GET {path} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
    return await ask(address, "\r\n".join(lines).encode())


async def test_health() -> None:
    """Health needs no key and counts the sessions."""
    async with server(api_key=KEY) as address:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with client(address, headers=headers) as one:
            await one.receive()
            assert await get(address, "/health") == (200, {"status": "ok", "sessions": 1})


async def test_strangers_stay_out() -> None:
    """With a key set, a wrong one or none is 401, before the upgrade and at every path."""
    async with server(api_key=KEY) as address:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            with pytest.raises(InvalidStatus) as caught:
                async with client(address, headers=headers):
                    pass
            assert caught.value.response.status_code == 401
            assert orjson.loads(caught.value.response.body or b"")["error"]["code"] == "invalid_api_key"
        assert (await get(address, "/v1/models"))[0] == 401
        assert (await ask(address, post(PATH, b"{}")))[0] == 401


async def test_models() -> None:
    """Engines can be listed as models."""
    async with server() as address:
        status, body = await get(address, "/v1/models")
        assert status == 200
        assert {"tone", "echo", "local"} <= {one["id"] for one in body["data"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/", "/v1/other", "/v1/realtime?call_id=rtc_1"])
async def test_nothing_elsewhere(path: str) -> None:
    """Other paths, and calls to be listened in on, do not exist."""
    async with server() as address:
        assert (await get(address, path))[0] == 404


async def test_azures_paths() -> None:
    """What talks to Azure talks to us: GA under /openai/v1, the flat dialect at the dated path."""
    async with server(api_key=KEY) as address:
        headers = {"api-key": KEY}
        base = address.url.removesuffix("/v1/realtime")
        async with connect(f"{base}/openai/v1/realtime?model=tone", additional_headers=headers) as one:
            created = orjson.loads(await one.recv())["session"]
            assert (created["type"], created["model"]) == ("realtime", "tone")
        dated = f"{base}/openai/realtime?api-version=2024-10-01-preview&deployment=tone"
        async with connect(dated, additional_headers=headers) as one:
            created = orjson.loads(await one.recv())["session"]
            assert (created["modalities"], created["model"]) == (["text", "audio"], "tone")
        body = b'{"session": {"type": "realtime"}}'
        assert (await ask(address, post(f"/openai{PATH}", body, f"api-key: {KEY}")))[0] == 200
        assert (await get(address, "/openai/v1/models", f"api-key: {KEY}"))[0] == 200
        assert (await get(address, "/v1/openai/realtime", f"api-key: {KEY}"))[0] == 404


async def test_ephemeral_keys() -> None:
    """A browser comes in with a key made for it, and its session is configured already."""
    async with server(api_key=KEY) as address:
        asked = {"expires_after": {"anchor": "created_at", "seconds": 60}}
        session = {"type": "realtime", "model": "tone", "instructions": "Be brief."}
        body = orjson.dumps({**asked, "session": session})
        status, made = await ask(address, post(PATH, body, f"Authorization: Bearer {KEY}"))
        assert status == 200
        offered = ["realtime", f"openai-insecure-api-key.{made['value']}"]
        async with client(address, subprotocols=offered) as one:
            assert one.socket.subprotocol == "realtime"
            created = (await one.receive())["session"]
            assert (created["instructions"], created["model"]) == ("Be brief.", "tone")


@pytest.mark.parametrize(
    "asked",
    [
        {"expires_after": {"seconds": 5}},
        {"session": {"type": "realtime", "x": 1}},
        {"session": {"voice": "x"}},
    ],
)
async def test_ephemeral_keys_for_nothing(asked: dict[str, object]) -> None:
    """A session that would be refused gets no key."""
    async with server() as address:
        assert (await ask(address, post(PATH, orjson.dumps(asked))))[0] == 400


async def test_ga_only() -> None:
    """The retired dialect is refused as the hosted service does: an error, then close 4000."""
    async with server(ga_only=True) as address:
        async with client(address, headers={"OpenAI-Beta": "realtime=v1"}) as one:
            assert (await one.error())["code"] == "beta_api_shape_disabled"
            assert await one.closed() == (4000, "invalid_request_error.beta_api_shape_disabled")
        async with client(address) as one:
            await one.next("session.created")
            await one.send("session.update", session={"voice": "alloy"})
            assert (await one.error())["param"] == "session.type"


@pytest.mark.parametrize(
    ("named", "logged"), [("471a26b2", "471a26b2"), ("", None), ("a = b", None), ("a" * 65, None)]
)
async def test_a_gateways_call_is_named(named: str, logged: str | None) -> None:
    """In each line of its session, those of the engine and of timers included; nonsense is not."""
    with capture_logs(processors=[merge_contextvars]) as lines:
        async with (
            server(session_seconds=0.2) as address,
            client(address, headers={CALL_HEADER: named}) as one,
        ):
            await one.next("session.created")
            await one.error()
            await one.closed()
    told = {line["event"]: line.get("call") for line in lines}
    assert (
        told.items() >= dict.fromkeys(("client.connected", "client.expired", "client.gone"), logged).items()
    )


async def test_expiry() -> None:
    """A session that is too old is told so and closed with 1001."""
    async with server(session_seconds=0.2) as address, client(address) as one:
        await one.next("session.created")
        assert (await one.error())["code"] == "session_expired"
        assert (await one.closed())[0] == 1001


async def test_transcription_session() -> None:
    """With `intent=transcription` a session writes down, and does not answer."""
    async with server() as address, client(address, query="&intent=transcription") as one:
        assert (await one.receive())["session"]["type"] == "transcription"
        await one.send("session.update", session={"type": "realtime"})
        assert "not allowed" in (await one.error())["message"]
        await one.send("response.create")
        assert (await one.error())["code"] == "invalid_value"


async def test_a_storm_of_connections() -> None:
    """Many at once, and none is left over when they are gone."""
    async with server() as address:

        async def come_and_go() -> None:
            async with client(address) as one:
                await one.receive()

        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(come_and_go())
        async with client(address) as one:  # the last to come finds the others gone, or going
            await one.receive()
            for _ in range(100):
                if (await get(address, "/health"))[1]["sessions"] == 1:
                    return
        raise AssertionError("sessions are left over")
