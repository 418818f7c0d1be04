from __future__ import annotations

import dataclasses

import pytest
from structlog.contextvars import bound_contextvars
from websockets.exceptions import InvalidStatus

from gateway.realtime.connect import CALL_HEADER, SAFETY_HEADER, dial, open_connection
from gateway.realtime.providers import LOCAL, Secret
from gateway.realtime.settings import ConnectTimeouts
from tests.realtime.wire_model import model


async def test_a_connection_is_made_as_the_provider_wants_it() -> None:
    """Headers, subprotocols, address; no compression, no proxy of the environment."""
    async with model() as server:
        provider = dataclasses.replace(
            LOCAL, url=server.url, key=Secret("k"), subprotocols=("realtime",), headers={"X-A": "b"}
        )
        async with dial(provider, "m", ConnectTimeouts()):
            await server.line()
        (request,) = server.requests
    assert request.path == "/v1/realtime?model=m"
    assert request.headers["Authorization"] == "Bearer k"
    assert request.headers["X-A"] == "b"
    assert request.headers["Sec-WebSocket-Protocol"] == "realtime"
    assert "Sec-WebSocket-Extensions" not in request.headers


async def test_the_embedded_server_alone_is_told_which_call_it_is() -> None:
    """By a header, within the context of a call; a connection for nobody yet has none."""
    async with model() as server:
        ours = dataclasses.replace(LOCAL, url=server.url)
        theirs = dataclasses.replace(ours, name="openai")
        with bound_contextvars(call="471a26b2"):
            for provider in (ours, theirs):
                async with dial(provider, "m", ConnectTimeouts()):
                    await server.line()
        async with dial(ours, "m", ConnectTimeouts()):
            await server.line()
        told = [request.headers.get(CALL_HEADER) for request in server.requests]
    assert told == ["471a26b2", None, None]


async def test_nobody_sends_our_key_elsewhere() -> None:
    """A redirect is an answer like any other that is no WebSocket."""
    async with model() as server, model() as elsewhere:
        server.redirect = elsewhere.url
        provider = dataclasses.replace(LOCAL, url=server.url, key=Secret("k"), key_header="api-key")
        with pytest.raises(InvalidStatus):
            await dial(provider, "m", ConnectTimeouts())
        assert elsewhere.requests == []


async def test_who_calls_is_told_to_those_who_take_it() -> None:
    """As the hash that it is given, in OpenAI's header; nobody else hears of it."""
    async with model() as server:
        plain = dataclasses.replace(LOCAL, url=server.url)
        able = dataclasses.replace(LOCAL.capabilities, safety_identifier=True)
        for provider in (plain, dataclasses.replace(plain, capabilities=able)):
            socket = await open_connection(provider, "m", ConnectTimeouts(), "5e884898")
            await socket.close()
        told = [request.headers.get(SAFETY_HEADER) for request in server.requests]
    assert told == [None, "5e884898"]
