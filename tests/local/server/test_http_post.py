from __future__ import annotations

import asyncio
from http import HTTPStatus

import orjson
import pytest

from gateway.local.server.http_post import MOST_BODY, MOST_HEAD, HttpAnswer, failure
from gateway.local.server.process import ListenAddress
from tests.equipment import patience
from tests.local.client import client, server

PATH = "/v1/realtime/client_secrets"


async def ask(address: ListenAddress, *pieces: bytes) -> tuple[int, dict[str, object]]:
    """Send raw bytes, piece by piece; read the answer to its end."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with patience.within(5):
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        return int(head.split()[1]), orjson.loads(body)
    finally:
        writer.close()


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def test_a_post_is_answered() -> None:
    """On the port of the WebSockets, in one piece or byte by byte."""
    async with server() as address:
        whole = post(PATH, b"{}")
        for pieces in ([whole], [whole[at : at + 1] for at in range(len(whole))]):
            status, body = await ask(address, *pieces)
            assert status == 200
            assert str(body["value"]).startswith("ek_")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 411),
        (post(PATH, b'{"expires_after": 5}'), 400),
        (post(PATH, b'{"session": "x"}'), 400),
        (post(PATH, b'{"x": 1}'), 400),
        (b"POST\x20\r\n\r\n", 411),
        (f"POST / HTTP/1.1\r\nContent-Length: {MOST_BODY + 1}\r\n\r\n".encode(), 413),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * MOST_HEAD, 431),
        (post("/nowhere", b"{}"), 404),
        (post(PATH, b"{"), 400),
        (post(PATH, b"[]"), 400),
    ],
)
async def test_bad_posts(request_bytes: bytes, status: int) -> None:
    """Whatever comes is answered, and the server goes on."""
    async with server() as address:
        assert (await ask(address, request_bytes))[0] == status
        async with client(address) as one:
            assert (await one.receive())["type"] == "session.created"


async def test_a_connection_that_says_nothing() -> None:
    """Opening and closing, as health checks do, harms nobody."""
    async with server() as address:
        for data in (b"", b"PO", b"GET"):
            _, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(data)
            writer.close()
            await writer.wait_closed()
        async with client(address) as one:
            assert (await one.receive())["type"] == "session.created"


def test_answers() -> None:
    """An answer knows its length; an error has the provider's shape."""
    response = HttpAnswer(HTTPStatus.OK, {"a": 1}).response()
    assert (response.status_code, response.body) == (200, b'{"a":1}')
    assert response.headers["Content-Length"] == "7"
    refused = failure(HTTPStatus.TOO_MANY_REQUESTS, "slow_down", "Wait.", Retry_After="3").response()
    assert refused.headers["Retry-After"] == "3"
    assert orjson.loads(refused.body)["error"]["code"] == "slow_down"
