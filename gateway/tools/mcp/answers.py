"""What a tool server over HTTP answers, within bounds: the SDK reads an answer to its end, however long."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from gateway.tools.mcp.pace import ServerPace

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes: a listing of all functions, or a picture."""
EVENTS = "text/event-stream"


async def bounded(response: httpx2.Response) -> None:
    """Bound what is read of an answer: its size, or, of events, which go on for ever, how fast they come."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    events = response.headers.get("content-type", "").lower().startswith(EVENTS)
    response.stream = _Bounded(response.stream, response.request, None if events else LARGEST_ANSWER)


class _Bounded(httpx2.AsyncByteStream):
    """A stream that is read as it is; ReadError beyond `most` bytes."""

    def __init__(self, stream: httpx2.AsyncByteStream, request: httpx2.Request, most: int | None) -> None:
        self._stream = stream
        self._request = request
        self._most = most
        self._pace = ServerPace()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if self._most is not None and size > self._most:
                raise httpx2.ReadError(f"answered more than {self._most} bytes", request=self._request)
            yield chunk
            if self._most is None:
                await self._pace.keep(chunk.count(b"\n\n") + chunk.count(b"\r\n\r\n"), len(chunk))

    async def aclose(self) -> None:
        await self._stream.aclose()
