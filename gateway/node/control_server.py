"""A Unix socket that only its owner may open, where a line of JSON asks and a line answers.

`{"id": 1, "do": "end", "call": "471a26b2"}` is answered by `{"id": 1, "ok": null}` or `{"id": 1, "error":
"there is no call '471a26b2'"}`. After `watch` lines with `watched` follow as things happen. Who asks is known
by the kernel (SO_PEERCRED): an order is that user's, or of whoever this user's program asks for (`by`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from gateway.errors import BadInput, GatewayError
from gateway.private_folder import make_private
from gateway.tasks import within

log = structlog.get_logger(__name__)

LONGEST_LINE = 2 * 1024 * 1024
"""Bytes of a question: an image may be in it."""
MOST_CLIENTS = 32
ANSWER_WITHIN_S = 15.0
"""Seconds until the answer: a text has to be spoken first."""
ASKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
"""Whom a program asks for."""
LONGEST_PATH = 107
"""Bytes of a Unix socket's name (sockaddr_un)."""

Question = Mapping[str, Any]
ProcessAnswer = Callable[[Question, str], Awaitable[Any]]
"""Answers a question of somebody, who is named. Raises GatewayError."""
Stream = Callable[[Question, str, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Answers somebody, and goes on telling until it is over, or nobody wants to know any more."""


class ControlServer:
    """Answers questions by their names (`do`); after one of `streams` there is no other on a connection.

    `most`: connections at once.
    """

    def __init__(
        self,
        does: Mapping[str, ProcessAnswer],
        streams: Mapping[str, Stream],
        most: int = MOST_CLIENTS,
    ) -> None:
        self._does = does
        self._streams = streams
        self._most = most
        self._clients = 0

    @contextlib.asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator[None]:
        """Answer at this path as long as the block lasts. A path that cannot be had costs no calls."""
        try:
            server = await asyncio.start_unix_server(self._client, sock=_bound(path), limit=LONGEST_LINE)
        except (OSError, BadInput) as error:
            log.warning("control.unavailable", path=str(path), error=str(error))
            yield
            return
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - at the end

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            if self._clients > self._most:
                writer.write(line({"id": None, "error": f"{self._most} ask already"}))
            else:
                # In a thread: names of users may come from another machine.
                await self._serve(reader, writer, await asyncio.to_thread(_who, writer))
        except (ConnectionError, asyncio.LimitOverrunError, ValueError):
            pass  # gone, or too long a line: there is nobody to be told
        except Exception:  # whoever asks must not harm a call
            log.exception("control.broke")
        finally:
            self._clients -= 1
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, by: str) -> None:
        while asked := await reader.readline():
            question = _read(asked)
            if (stream := self._streams.get(str(question.get("do")))) is not None:
                await stream(question, _asker(question, by), reader, writer)
                return
            writer.write(line({"id": question.get("id"), **await self._answer(question, by)}))
            await writer.drain()

    async def _answer(self, question: Question, by: str) -> dict[str, Any]:
        does = self._does.get(str(question.get("do")))
        if does is None:
            return {"error": f"`do` is one of {', '.join((*self._does, *self._streams))}", "status": 400}
        try:
            async with within(ANSWER_WITHIN_S):
                return {"ok": await does(question, _asker(question, by))}
        except GatewayError as error:
            return refusal(error)
        except TimeoutError:
            return {"error": f"not done within {ANSWER_WITHIN_S:g} s", "status": 504}


def _bound(path: Path) -> socket.socket:
    """Return a socket at this path that nobody else may open. Raises OSError, and BadInput with the cure."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise BadInput(
            "gateway.yaml", "control", str(path), f"a socket's path has {LONGEST_PATH} bytes at most"
        )
    make_private(path.parent)
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as other, contextlib.suppress(ConnectionRefusedError):
            other.setblocking(
                False
            )  # one that is too busy to be connected to (BlockingIOError) is there, too
            with contextlib.suppress(BlockingIOError):
                other.connect(os.fspath(path))
            raise BadInput(
                "gateway.yaml", "control", str(path), "another gateway answers there: name another"
            )
        path.unlink()  # of one that was killed
    own = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        own.bind(os.fspath(path))
    except OSError:
        own.close()
        raise
    finally:
        os.umask(before)
    own.setblocking(False)
    return own


def _who(writer: asyncio.StreamWriter) -> str:
    """Return who asks, as `operator NAME`."""
    peer: socket.socket = writer.get_extra_info("socket")
    _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    try:
        return f"operator {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"operator {uid}"


def _read(line: bytes) -> Question:
    try:
        question = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return question if isinstance(question, dict) else {}


def _asker(question: Question, user: str) -> str:
    """Return whose order it is: whoever may open the socket may also ask for somebody."""
    by = question.get("by")
    return by if isinstance(by, str) and ASKER.fullmatch(by) else user


def refusal(error: GatewayError) -> dict[str, Any]:
    """Return what is answered where something cannot be done."""
    # A call that meets BadInput is refused as if we were overloaded; whoever asks has written it.
    return {"error": str(error), "status": 400 if isinstance(error, BadInput) else error.status}


def line(told: Mapping[str, Any]) -> bytes:
    """Return an answer as it goes over the wire."""
    return orjson.dumps(told, default=str) + b"\n"
