"""A gateway of its own for rehearsals: on free ports, with nobody's records, heard by its log and journal."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import sys
import tempfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from gateway.errors import BadInput
from gateway.node.control_client import ControlClient
from gateway.node.rehearsal_settings import CONTROL
from gateway.rehearsal.deeds import Deeds, DeedsOfCalls
from gateway.signals import tell
from gateway.tasks import within

READY_WITHIN_S = 90.0
"""For the engines of the embedded agent to load on a slow machine."""
GONE_WITHIN_S = 10.0
TOLD_WITHIN_S = 5.0
"""How long after a call its last line may take to be written."""
RTP_PORTS = 64
LAST_LINES = 30
MOST_OF_A_LINE = 1 << 20


class StageFailed(BadInput):
    """The gateway, or its model, could not be started; its last lines say why."""


class ChildProcess:
    """A command of ours whose log we read, line by line, as JSON."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._tasks = contextlib.AsyncExitStack()
        self._news = asyncio.Event()
        self._lines: deque[str] = deque(maxlen=LAST_LINES)
        self._events: dict[str, dict[str, object]] = {}
        self.over = False

    async def start(self, ready: str) -> dict[str, object]:
        """Start it, wait for the event `ready`, and return that line. Raises StageFailed."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "gateway", *self._arguments),
            env={**os.environ, **self._environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=MOST_OF_A_LINE,
        )
        group = await self._tasks.enter_async_context(asyncio.TaskGroup())
        group.create_task(self._read())
        try:
            async with within(READY_WITHIN_S):
                while ready not in self._events and not self.over:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        except BaseException:  # whoever waits for it is interrupted: it is not to outlive us
            await self.stop()
            raise
        if ready not in self._events:
            await self.stop()
            last = "\n".join(self._lines)
            raise StageFailed("rehearsal", " ".join(self._arguments[:1]), None, f"it did not start:\n{last}")
        return self._events[ready]

    async def stop(self) -> None:
        """End it, with the hard hand if it takes its time."""
        process = self._process
        if process is not None and process.returncode is None:
            tell(process, signal.SIGTERM)
            try:
                async with within(GONE_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                tell(process, signal.SIGKILL)
                await process.wait()
        await self._tasks.aclose()

    def tell(self, line: dict[str, object]) -> None:
        """Take a line of its log; for whoever wants more of it than when it is ready."""

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        with contextlib.suppress(ValueError):  # a line beyond all measure: it is read no further
            async for raw in self._process.stderr:
                self._lines.append(raw.decode(errors="replace").rstrip())
                with contextlib.suppress(orjson.JSONDecodeError):
                    line = orjson.loads(raw)
                    self._events.setdefault(str(line.get("event")), line)
                    self.tell(line)
                self._news.set()
        self.over = True
        self._news.set()


class Model(ChildProcess):
    """The embedded realtime server, as the agent or by a script; `url` is where it is reached.

    `at`: the day and time that the agent believes it is; None: it is now.
    """

    def __init__(self, script: Path | None, at: str | None = None) -> None:
        self.listen = f"127.0.0.1:{free_port()}"
        engine = ("--engine", "script", "--script", str(script)) if script else ()
        super().__init__(
            "local", "--listen", self.listen, *engine, environment={"GATEWAY_PRETEND_TIME": at or ""}
        )

    async def __aenter__(self) -> Self:
        await self.start("embedded.ready")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where a plan finds it."""
        return f"ws://{self.listen}/v1/realtime"


class Stage(ChildProcess):
    """A gateway with some plans; `sip` is where it is rung. What it did in each call is kept.

    `settings_file`: whose providers and prices count; default: `gateway.yaml` in the working directory, if it
    is there. `targets`: host and port of the phone that is called in place of all to whom callers are put
    through.
    """

    def __init__(
        self,
        plans: Path,
        *,
        model: Model | None,
        stood_in: frozenset[str],
        at: str | None,
        targets: str,
        environment: Mapping[str, str],
        settings_file: Path | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rehearsal-")
        self._journal = Path(self._folder.name, "journal")
        self._control = Path(self._folder.name, CONTROL)
        self._read_until = 0
        self._deeds = DeedsOfCalls()
        self._told = asyncio.Event()
        self.sip = ""
        low = free_ports(RTP_PORTS, next(_FROM))
        options = ["--sip", "127.0.0.1:0", "--rtp", f"{low}-{low + RTP_PORTS - 1}", "--dialplans", str(plans)]
        own = {
            "GATEWAY_JOURNAL": str(self._journal),
            "GATEWAY_REHEARSES": self._folder.name,
            "GATEWAY_DRAIN_SECONDS": "0",
            "GATEWAY_LIMITS__LOAD": "false",  # a machine that builds something else meanwhile is no reason
            "GATEWAY_PRETEND_TARGETS": targets,
        }
        if at is not None:
            own["GATEWAY_PRETEND_TIME"] = at
        if model is not None:
            options += ["--no-local", "--local-listen", model.listen]
            standing_in = {"like": "local", "url": model.url, "model": "local"}
            own["GATEWAY_PROVIDERS"] = json.dumps(dict.fromkeys(sorted(stood_in), standing_in))
        else:
            options += ["--local-listen", f"127.0.0.1:{free_port()}"]
        if settings_file is not None:
            options += ["--config", str(settings_file)]
        super().__init__("serve", *options, environment={**own, **environment})

    async def __aenter__(self) -> Self:
        try:
            ready = await self.start("gateway.ready")
        except BaseException:
            self._folder.cleanup()
            raise
        self.sip = str(ready["sip"])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        self._folder.cleanup()

    def tell(self, line: dict[str, object]) -> None:
        """Keep what a line says of a call."""
        self._deeds.log_line(line)
        self._told.set()

    async def deeds(self, sip_call_id: str, call: str = "") -> Deeds | None:
        """Return what was done in a call that is over; None if nothing was told of it in 5 s."""
        try:
            async with within(TOLD_WITHIN_S):
                while (deeds := await self._so_far(sip_call_id, call)) is None or deeds.reason is None:
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            deeds = await self._so_far(sip_call_id, call)
        return deeds

    async def originate(self, number: str, plan: str, variables: Mapping[str, str]) -> str:
        """Have it call somebody; return its id of the call. Raises ControlError, BadInput."""
        async with ControlClient.connected(self._control) as gateway:
            asked = {"number": number, "plan": plan, "variables": dict(variables)}
            return str(await gateway.ask("originate", **asked))

    async def _so_far(self, sip_call_id: str, call: str) -> Deeds | None:
        self._deeds.journal(await asyncio.to_thread(self._new_lines))
        return self._deeds.of_call(call) if call else self._deeds.of(sip_call_id)

    def _new_lines(self) -> list[bytes]:
        with contextlib.suppress(FileNotFoundError), self._journal.open("rb") as file:
            file.seek(self._read_until)
            whole, _, _ = file.read().rpartition(b"\n")
            self._read_until += len(whole) + 1 if whole else 0
            return whole.splitlines()
        return []


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_FROM = itertools.count(20_000 + os.getpid() % 200 * RTP_PORTS, RTP_PORTS)
"""Where each stage begins to look: two that start together shall not find the same ports."""


def free_ports(count: int, above: int) -> int:
    """Return the first of so many UDP ports in a row that nobody has at this moment.

    Raises StageFailed where there are none.
    """
    for low in range(above, 65_000, count):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(low, low + count):
                    stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            except OSError:
                continue
            return low
    raise StageFailed("rehearsal", "ports", count, "there are not so many free UDP ports in a row")
