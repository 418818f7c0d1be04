"""One port for both: WebSockets, and the few POST requests of the protocol's HTTP side.

The WebSocket library reads GET requests only. So the first bytes of a connection decide: `POST ` is read and
answered here, everything else goes to the library untouched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

MOST_HEAD = 16 << 10
MOST_BODY = 1 << 20


@dataclass(frozen=True, slots=True)
class Post:
    """A POST request; header names in any case."""

    path: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer with a JSON body."""

    status: HTTPStatus
    body: object
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> Response:
        """Return it in the WebSocket library's form."""
        data = orjson.dumps(self.body)
        headers = Headers([("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        headers.update([("Connection", "close"), *self.headers])
        return Response(self.status.value, self.status.phrase, headers, data)


def failure(
    status: HTTPStatus, code: str, message: str, kind: str = "invalid_request_error", **headers: str
) -> HttpAnswer:
    """Make an error answer in the provider's shape."""
    error = {"type": kind, "code": code, "message": message, "param": None}
    return HttpAnswer(status, {"error": error}, tuple((k.replace("_", "-"), v) for k, v in headers.items()))


class Door(ServerConnection):
    """A connection that may turn out to be a POST request."""

    def __init__(self, *args: Any, on_post: Callable[[Post], HttpAnswer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_post = on_post
        self._head = b""
        self._is_post: bool | None = None

    def data_received(self, data: bytes) -> None:
        """Take what came; decide by the first five bytes."""
        if self._is_post is False:
            super().data_received(data)
            return
        self._head += data
        if self._is_post is None and len(self._head) >= 5:
            self._is_post = self._head.startswith(b"POST ")
            if not self._is_post:
                first, self._head = self._head, b""
                super().data_received(first)
        if self._is_post:
            answer = self._read()
            if answer is not None:
                self.transport.write(answer.response().serialize())
                self.transport.close()

    def _read(self) -> HttpAnswer | None:
        head, end, body = self._head.partition(b"\r\n\r\n")
        if len(head) > MOST_HEAD:
            return failure(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too_large", "The head is too large.")
        if not end:
            return None
        try:
            first, *lines = head.decode("latin-1").split("\r\n")
            path = first.split(" ")[1]
            headers = Headers(
                [(name, value.strip()) for name, value in (line.split(":", 1) for line in lines)]
            )
            length = int(headers.get("Content-Length", ""))
            if length < 0:
                raise ValueError(length)
        except (ValueError, LookupError):
            return failure(HTTPStatus.LENGTH_REQUIRED, "bad_request", "A POST needs a Content-Length.")
        if length > MOST_BODY:
            return failure(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is too large.")
        return self._on_post(Post(path, headers, body[:length])) if len(body) >= length else None
