"""One port for both: WebSockets, and the few POST requests of the protocol's HTTP side.

The WebSocket library reads GET requests only. So the first bytes of a connection decide: `POST `, and
`OPTIONS ` with which browsers ask whether they may, are read and answered here; everything else goes to the
library untouched.
"""

from __future__ import annotations

import asyncio
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
    """A POST request, or the question whether it may be made; header names in any case."""

    path: str
    headers: Headers
    body: bytes
    is_question: bool = False
    """OPTIONS (CORS)."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer. `body`: text as it is, anything else as JSON."""

    status: HTTPStatus
    body: object
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"

    def response(self) -> Response:
        """Return it in the WebSocket library's form."""
        data = self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)
        headers = Headers([("Content-Type", self.content_type), ("Content-Length", str(len(data)))])
        headers.update([("Connection", "close"), *self.headers])
        return Response(self.status.value, self.status.phrase, headers, data)


def failure(
    status: HTTPStatus, code: str, message: str, kind: str = "invalid_request_error", **headers: str
) -> HttpAnswer:
    """Make an error answer in the provider's shape."""
    error = {"type": kind, "code": code, "message": message, "param": None}
    return HttpAnswer(status, {"error": error}, tuple((k.replace("_", "-"), v) for k, v in headers.items()))


Later = asyncio.Task[HttpAnswer]
METHODS = (b"POST ", b"OPTIONS ")


class Door(ServerConnection):
    """A connection that may turn out to be a POST request."""

    def __init__(self, *args: Any, on_post: Callable[[Post], HttpAnswer | Later], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_post = on_post
        self._head = b""
        self._is_post: bool | None = None
        self._answered = False

    def data_received(self, data: bytes) -> None:
        """Take what came; decide by the first bytes."""
        if self._is_post is False:
            super().data_received(data)
            return
        if self._answered:
            return
        self._head += data
        if self._is_post is None and len(self._head) >= max(map(len, METHODS)):
            self._is_post = self._head.startswith(METHODS)
            if not self._is_post:
                first, self._head = self._head, b""
                super().data_received(first)
        if self._is_post:
            answer = self._read()
            if isinstance(answer, HttpAnswer):
                self._answer(answer)
            elif answer is not None:
                self._answered = True
                answer.add_done_callback(self._answer_later)

    def _answer_later(self, task: Later) -> None:
        """Answer when it is known what; of one that broke nothing is told, and its client sees us go."""
        if task.cancelled() or task.exception() is not None:
            self.transport.close()
        else:
            self._answer(task.result())

    def _answer(self, answer: HttpAnswer) -> None:
        self._answered = True
        if not self.transport.is_closing():
            self.transport.write(answer.response().serialize())
            self.transport.close()

    def _read(self) -> HttpAnswer | Later | None:
        head, end, body = self._head.partition(b"\r\n\r\n")
        if len(head) > MOST_HEAD:
            return failure(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too_large", "The head is too large.")
        if not end:
            return None
        try:
            first, *lines = head.decode("latin-1").split("\r\n")
            method, path, _ = first.split(" ", 2)
            headers = Headers(
                [(name, value.strip()) for name, value in (line.split(":", 1) for line in lines)]
            )
            length = int(headers.get("Content-Length", "0" if method == "OPTIONS" else ""))
            if length < 0:
                raise ValueError(length)
        except (ValueError, LookupError):
            return failure(HTTPStatus.LENGTH_REQUIRED, "bad_request", "A POST needs a Content-Length.")
        if length > MOST_BODY:
            return failure(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is too large.")
        if len(body) < length:
            return None
        return self._on_post(Post(path, headers, body[:length], is_question=method == "OPTIONS"))
