"""What a tool server over HTTP answers, within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from gateway.tools.mcp import answers
from gateway.tools.mcp.pace import ServerPace


class Endless(httpx2.AsyncByteStream):
    """An answer that does not end; `read` counts its pieces."""

    def __init__(self) -> None:
        self.read = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.read += 1
            yield b"data: x\n\n"

    async def aclose(self) -> None:
        self.closed = True


def client_of(stream: Endless, kind: str) -> httpx2.AsyncClient:
    """Return a client that is always answered with it."""
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers={"content-type": kind}, stream=stream)
    )
    return httpx2.AsyncClient(transport=transport, event_hooks={"response": [answers.bounded]})


async def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory is taken for it."""
    monkeypatch.setattr(answers, "LARGEST_ANSWER", 1000)
    stream = Endless()
    async with client_of(stream, "application/json") as client:
        with pytest.raises(httpx2.ReadError, match="more than 1000 bytes"):
            await client.get("http://x/mcp")
    assert stream.read == 112
    assert stream.closed


async def test_events_may_go_on_but_not_as_fast_as_they_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is counted."""
    kept: list[tuple[int, int]] = []

    async def keep(_self: ServerPace, messages: int, size: int) -> None:
        kept.append((messages, size))

    monkeypatch.setattr(ServerPace, "keep", keep)
    monkeypatch.setattr(answers, "LARGEST_ANSWER", 10)
    client = client_of(Endless(), "Text/Event-Stream; charset=utf-8")
    async with client, client.stream("GET", "http://x/mcp") as response:
        async for _ in response.aiter_raw():
            if len(kept) == 20:
                break
    assert set(kept) == {(1, 9)}
