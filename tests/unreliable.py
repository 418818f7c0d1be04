"""A realtime model that converses by itself, and fails when it is told to: for calls hit at any moment.

Beyond `tests.model` it has ears: a turn of the caller is whatever is loud, ended by 400 ms of quiet, and each
turn is transcribed and answered with a tone of its own, sent three times as fast as it is heard. So a call
goes on turn after turn, and every answer can be told from the others on the phone.

Several calls share a model: each has a line of its own, named by `?model=` in the address its plan has.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests import model, tone
from tests.model import CHUNK_MS, RATE, Event

LOUD = tone.FULL_SCALE * 10 ** (-45 / 20)
QUIET_MS = 400
"""Silence that ends a turn."""
THINKS_S = 0.1
"""From the end of a turn to its answer."""
PACE = 3
"""How much faster than it is heard an answer is sent: the hosted service's order of magnitude."""
ANSWER_MS = 2000
STEP_HZ = 160
"""Between one answer and the next."""
LIMIT_ERROR = {"type": "rate_limit_exceeded", "code": "rate_limit_exceeded", "message": "Limit reached."}
SERVER_ERROR = {"type": "server_error", "code": "server_error", "message": "The server had an error."}


class Fault(Enum):
    """What can go wrong with a session; the value names it in reports."""

    NOTHING = "no fault"
    DROPPED = "socket dropped"
    CLOSED_1001 = "close 1001"
    CLOSED_1011 = "close 1011"
    CLOSED_4000 = "close 4000"
    EXPIRED = "session_expired"
    NO_ANSWER = "one answer swallowed"
    MUTE = "no answer any more"
    STALLED = "stalled upstream"
    REFUSED_401 = "dropped, then 401"
    REFUSED_429 = "dropped, then 429 twice"
    RATE_LIMITED = "two answers fail: rate limit"
    SERVER_ERROR = "two answers fail: server error"
    DEAD_401 = "both providers dead: 401"
    DEAD_503 = "both providers dead: 503"


CLOSES = {
    Fault.CLOSED_1001: (1001, "going away"),
    Fault.CLOSED_1011: (1011, "keepalive ping timeout"),
    Fault.CLOSED_4000: (4000, "invalid_request_error.invalid_session"),
}


@dataclass(frozen=True, order=True, slots=True)
class Answer:
    """An answer that the model began to give; `at` is CLOCK_MONOTONIC ns."""

    at: int
    frequency: int


@dataclass(slots=True)
class Line:
    """What a model knows of one call, session after session."""

    lowest_hz: int = 400
    spare: Line | None = None
    """The line of the same call's second provider."""
    sessions: list[Session] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    turns: int = 0
    """Of the caller: begun."""
    heard: int = 0
    """Heard to their end, in one session."""
    refuses: list[HTTPStatus] = field(default_factory=list)
    """Statuses given to the next attempts to connect."""
    dead: bool = False
    """The last of them is given for ever."""
    fails: list[dict[str, str]] = field(default_factory=list)
    """Errors with which the next responses fail."""

    @property
    def session(self) -> Session:
        """The newest session."""
        return self.sessions[-1]

    def refuse(self, status: HTTPStatus, times: int | None = None) -> None:
        """Let nobody in for so many times; None: ever again."""
        self.refuses, self.dead = [status] * (times or 1), times is None

    def answer(self) -> Answer:
        """Begin an answer: no two that follow each other are alike."""
        answer = Answer(time.monotonic_ns(), self.lowest_hz + STEP_HZ * (len(self.answers) % 15))
        self.answers.append(answer)
        return answer


class Ears:
    """Finds turns by loudness: two loud frames of 20 ms begin one, 400 ms of quiet end it."""

    _FRAME = RATE // 50

    def __init__(self) -> None:
        self._rest = b""
        self._ms = 0
        self._loud = self._quiet = 0
        self.speaking = False

    def hear(self, pcm: bytes) -> list[tuple[bool, int]]:
        """Give the turns that began (True) or ended (False) in this piece, with their place in ms."""
        data = self._rest + pcm
        size = self._FRAME * 2
        whole = len(data) // size
        self._rest = data[whole * size :]
        frames = np.frombuffer(data, np.int16, whole * self._FRAME).reshape(whole, -1).astype(np.float64)
        found: list[tuple[bool, int]] = []
        for level in np.sqrt(np.mean(np.square(frames), axis=1)):
            self._ms += 20
            self._loud, self._quiet = (self._loud + 1, 0) if level > LOUD else (0, self._quiet + 1)
            if not self.speaking and self._loud == 2:
                self.speaking = True
                found.append((True, max(0, self._ms - 300)))
            elif self.speaking and self._quiet * 20 == QUIET_MS:
                self.speaking = False
                found.append((False, self._ms))
        return found


class Session(model.Session):
    """One connection: it listens, answers, and goes wrong."""

    model: Unreliable

    def __init__(self, server: Unreliable, socket: ServerConnection) -> None:
        super().__init__(server, socket)
        self.line = server.lines[line_name(self.path)]
        self.line.sessions.append(self)
        self.began = time.monotonic()
        self.mute = False
        """Answers nothing any more."""
        self.swallows = 0
        """Answers not given, whoever wants them."""
        self.stalled = False
        """Neither reads nor writes any more; the connection stays."""
        self.expired = False
        """Was ended for its age while the gateway still used it."""
        self.answering: asyncio.Task[None] | None = None
        self._ears = Ears()
        self._tasks: asyncio.TaskGroup | None = None
        self._turn = ""
        self._response: str | None = None  # of the answer on its way

    async def befall(self, fault: Fault) -> None:
        """Go wrong now."""
        match fault:
            case Fault.NOTHING:
                return
            case Fault.NO_ANSWER:
                self.swallows = 1
            case Fault.MUTE:
                self.mute = True
            case Fault.STALLED:
                self.stalled = True
            case Fault.RATE_LIMITED | Fault.SERVER_ERROR:
                self.line.fails = [LIMIT_ERROR if fault is Fault.RATE_LIMITED else SERVER_ERROR] * 2
            case Fault.EXPIRED:
                await self.expire()
            case _ if fault in CLOSES:
                self.stalled = True
                await self.socket.close(*CLOSES[fault])
            case _:
                self._refuse_from_now_on(fault)
                self.stalled = True
                self.cut()

    def _refuse_from_now_on(self, fault: Fault) -> None:
        match fault:
            case Fault.REFUSED_401:
                self.line.refuse(HTTPStatus.UNAUTHORIZED)
            case Fault.REFUSED_429:
                self.line.refuse(HTTPStatus.TOO_MANY_REQUESTS, 2)
            case Fault.DEAD_401 | Fault.DEAD_503:
                dead = fault is Fault.DEAD_401
                for line in filter(None, (self.line, self.line.spare)):
                    line.refuse(HTTPStatus.UNAUTHORIZED if dead else HTTPStatus.SERVICE_UNAVAILABLE)
            case _:
                pass

    async def expire(self) -> None:
        """End as the hosted service ends a session that is too old."""
        with contextlib.suppress(ConnectionClosed):  # left at the last moment
            await self.fail("session_expired", "Your session hit the maximum duration.")
            self.expired = self.stalled = True
            await self.socket.close(1001, "session expired")

    async def send(self, kind: str, **fields: Any) -> int:
        """Send an event, unless the line stands still."""
        return time.monotonic_ns() if self.stalled else await super().send(kind, **fields)

    async def serve(self) -> None:
        """Take what the gateway sends until it leaves, or until the session is too old."""
        if self.model.lives_s is None:
            await super().serve()
            return
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            age = loop.call_later(self.model.lives_s, lambda: tasks.create_task(self.expire()))
            await super().serve()
            age.cancel()

    def _session(self) -> Event:
        shown = super()._session()
        if self.model.lives_s is not None:
            left = self.began + self.model.lives_s - time.monotonic()
            shown["expires_at"] = int(time.time() + left)
        return shown

    # --- a conversation

    async def _take(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        if self.stalled:
            await self.socket.wait_closed()
            return
        self._tasks = tasks
        await super()._take(event, tasks)
        if event.get("type") == "input_audio_buffer.append":
            for began, at_ms in self._ears.hear(base64.b64decode(event["audio"])):
                await (self._turn_begins(at_ms) if began else self._turn_ends(at_ms))
        elif event.get("type") == "response.create":
            await self._asked(event.get("response") or {})

    async def _asked(self, asked: Event) -> None:
        if self.answering is not None and not self.answering.done():
            await self.fail("conversation_already_has_active_response", "One response at a time.")
        else:
            self._answer(0.0, asked.get("metadata"))

    async def _turn_begins(self, at_ms: int) -> None:
        if self.answering is not None and not self.answering.done():
            self.answering.cancel()
            if self._response is not None:
                await self.end_response(self._response, "cancelled")
        self.line.turns += 1
        self._turn = f"turn_{self.line.turns}"
        await self.caller_speaks(self._turn, at_ms)

    async def _turn_ends(self, at_ms: int) -> None:
        await self.caller_stops(self._turn, at_ms)
        self.line.heard += 1
        words = self.model.words(self.line.heard)
        kind = "conversation.item.input_audio_transcription.completed"
        await self.send(kind, item_id=self._turn, content_index=0, transcript=words)
        self._answer(THINKS_S)

    def _answer(self, after_s: float, metadata: object = None) -> None:
        if self.mute or self.swallows:
            self.swallows = max(0, self.swallows - 1)
            return
        assert self._tasks is not None
        self._response = None
        self.answering = self._tasks.create_task(self._give(after_s, metadata))

    async def _give(self, after_s: float, metadata: object) -> None:
        await asyncio.sleep(after_s)
        if self.mute or self.stalled:
            return
        self._response = response = await self.start_response(metadata)
        if await self._failed(response):
            return
        item = await self.start_item(response)
        frequency = self.line.answer().frequency
        where: Event = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        words = f"That is {frequency} hertz."
        await self.send("response.output_audio_transcript.delta", **where, delta=words)
        pcm = tone.sine(frequency, self.model.answer_ms, rate=RATE, fade_ms=5)
        for start in range(0, len(pcm), step := RATE * CHUNK_MS // 1000):
            await self.speak(response, item, pcm[start : start + step])
            await asyncio.sleep(CHUNK_MS / 1000 / PACE)
            if await self._failed(response):
                return
        await self.end_item(response, item, words)
        await self.end_response(response)

    async def _failed(self, response: str) -> bool:
        if not self.line.fails:
            return False
        details = {"type": "failed", "error": self.line.fails.pop(0)}
        head = {"id": response, "object": "realtime.response", "status": "failed", "output": []}
        await self.send("response.done", response={**head, "status_details": details})
        return True


class Unreliable(model.Model):
    """The server. Lines are there before they are called: `model.lines["a"]` is that of `?model=a`."""

    makes = Session

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__(port, host)
        self.says = None  # sessions answer by themselves
        self.lines: defaultdict[str, Line] = defaultdict(Line)
        self.answer_ms = ANSWER_MS
        self.lives_s: float | None = None
        """Seconds until a session expires; it says so in `expires_at`."""
        self.words: Callable[[int], str] = "This is what I said in turn {}.".format
        """The transcript of the n-th turn that a line hears to its end."""

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        line = self.lines[line_name(request.path)]
        if not line.refuses:
            return super()._admit(connection, request)
        self.attempts += 1
        status = line.refuses[0] if line.dead else line.refuses.pop(0)
        return connection.respond(status, "refused by the test\n")


def line_name(path: str) -> str:
    """Give the line that an address stands for."""
    return parse_qs(urlsplit(path).query).get("model", [""])[0]
