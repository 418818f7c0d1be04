"""Browsers' calls, as the gateway passes them on: the process that carries them starts with the first."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import itertools
import os
import re
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from gateway.call import Destination
from gateway.errors import BadInput, ControlError
from gateway.node.addresses import address
from gateway.node.browser_settings import BrowserSettings
from gateway.node.control_server import ProcessAnswer
from gateway.signals import tell
from gateway.tasks import TaskGroup, within

ANSWER_WITHIN_S = 12.0
"""Seconds until the answer: the process may have to be started first."""
GONE_WITHIN_S = 5.0
LONGEST_OFFER = 64 * 1024
LONGEST_LINE = 256 * 1024
TakeOver = Callable[[str, Destination, str], Awaitable[None]]
"""Has somebody at a place speak with the caller of a call, in somebody's name. See `Control.take_over`."""
CodecsOf = Callable[[str, str], Awaitable[Sequence[str]]]
"""The codecs of a number's plan, for a caller. See `ProcessQuestions.codecs_of`."""
CALLER = "browser"
REMEMBERED = 64
"""Calls that were answered last: they ring the gateway within seconds, and few may be up."""
NUMBER = re.compile(r"[A-Za-z0-9+*#._-]{1,64}")


class NoBrowserCalls(ControlError):
    """A browser's call cannot be had."""

    status = 503


class BrowserCalls:
    """Of one gateway. `sip`: where it is called, `host:port`; `control`: its control socket.

    `codecs`: what it speaks, where the plan that `codecs_of` a number asks names no others.
    """

    def __init__(
        self,
        sip: str,
        control: Path,
        log_level: str,
        settings: BrowserSettings,
        take_over: TakeOver | None = None,
        codecs: Sequence[str] = (),
        codecs_of: CodecsOf | None = None,
    ) -> None:
        self._take_over = take_over
        self._codecs, self._codecs_of = codecs, codecs_of
        self._command = (sys.executable, "-m", "gateway", "browser", sip, "--control", str(control))
        own = {"GATEWAY_LOG_LEVEL": log_level, "GATEWAY_BROWSER": settings.model_dump_json()}
        self._environment = os.environ | own
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._tasks: TaskGroup | None = None
        self._answered: deque[str] = deque(maxlen=REMEMBERED)

    def encryption(self, sip_call_id: str) -> str | None:
        """Return how a browser is connected that rings us with this Call-ID; None where none does.

        Nobody else knows the id before.
        """
        return "dtls" if sip_call_id in self._answered else None  # RFC 8827 section 6.5: there is no other

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Answer as long as the block lasts; then the process ends, and its calls with it."""
        async with TaskGroup() as tasks:
            self._tasks = tasks
            yield
            self._tasks = None
            if (process := self._process) is not None and process.stdin is not None:
                process.stdin.close()
                try:
                    async with within(GONE_WITHIN_S):
                        await process.wait()
                except TimeoutError:
                    tell(process, signal.SIGKILL)

    @property
    def answers(self) -> Mapping[str, ProcessAnswer]:
        """Return what answers, by the name of the question."""
        return {"browser": self.answer, "browser_end": self.hang_up, "browser_look": self.look}

    async def answer(self, question: Mapping[str, Any], by: str) -> dict[str, str]:
        """Answer a browser's offer (SDP): `{"answer": ..., "call_id": ...}`.

        It rings `number`, or with `take_over` speaks with the caller of that call in its agent's place.
        `realtime`: its page speaks as those of OpenAI's WebRTC sessions do. Raises BadInput, NoBrowserCalls,
        and OrderRefused for a call that cannot be taken over.
        """
        offer, number, call = question.get("offer"), question.get("number"), question.get("take_over")
        if not isinstance(offer, str) or not 0 < len(offer) <= LONGEST_OFFER:
            raise BadInput("control", "offer", None, f"an offer (SDP) of {LONGEST_OFFER} characters at most")
        if not isinstance(call, str) and (not isinstance(number, str) or not NUMBER.fullmatch(number)):
            raise BadInput("control", "number", number, "a number or a name, as it is dialled")
        told = await self._ask(
            offer=offer,
            number=number,
            realtime=question.get("realtime") is True,
            codecs=await self._spoken(None if isinstance(call, str) else number),
        )
        if "error" in told:
            raise BadInput("control", "offer", None, told["error"])
        self._answered.append(told["call_id"])
        if isinstance(call, str) and self._take_over is not None:
            host, port = address(told["sip"])
            try:
                await self._take_over(call, Destination(told["call_id"], host, port), by)
            except BaseException:
                await self._ask(hang_up=told["call_id"])
                raise
        return {"answer": told["answer"], "call_id": told["call_id"]}

    async def _spoken(self, number: str | None) -> Sequence[str]:
        """Return which codecs the gateway speaks with who rings this number, or takes a call over."""
        own = () if number is None or self._codecs_of is None else await self._codecs_of(number, CALLER)
        return own or self._codecs

    async def hang_up(self, question: Mapping[str, Any], _by: str) -> dict[str, bool]:
        """End the call of this `call_id`: `{"found": ...}`. Raises NoBrowserCalls."""
        if self._process is None or self._process.returncode is not None:
            return {"found": False}
        return {"found": bool((await self._ask(hang_up=str(question.get("call_id")))).get("found"))}

    async def look(self, question: Mapping[str, Any], _by: str) -> dict[str, str | None]:
        """Return which `number` the call of this `call_id` rings: None if there is no such call.

        Raises NoBrowserCalls.
        """
        if self._process is None or self._process.returncode is not None:
            return {"number": None}
        return {"number": (await self._ask(look=str(question.get("call_id")))).get("number")}

    async def _ask(self, **about: Any) -> dict[str, Any]:
        process = await self._started()
        name = next(self._numbers)
        waiting = self._waiting[name] = asyncio.get_running_loop().create_future()
        try:
            assert process.stdin is not None
            process.stdin.write(orjson.dumps({"id": name, **about}) + b"\n")
            async with within(ANSWER_WITHIN_S):
                told: dict[str, Any] = await waiting
                return told
        except (TimeoutError, ConnectionError):
            raise NoBrowserCalls("browsers' calls do not answer: see the log") from None
        finally:
            self._waiting.pop(name, None)

    async def _started(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                if importlib.util.find_spec("aiortc") is None:
                    raise NoBrowserCalls("it needs aiortc: pip install 'sip-voice-gateway[browser]'")
                if self._tasks is None:
                    raise NoBrowserCalls("the gateway ends")
                pipe = asyncio.subprocess.PIPE
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    env=self._environment,
                    stdin=pipe,
                    stdout=pipe,
                    limit=LONGEST_LINE,
                    start_new_session=True,
                )
                self._tasks.create_task(self._read(self._process))
            return self._process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            told = orjson.loads(line)
            if (waiting := self._waiting.get(told["id"])) is not None and not waiting.done():
                waiting.set_result(told)
        await process.wait()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result({"error": "the process of browsers' calls has ended: see the log"})
