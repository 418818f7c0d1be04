"""The process of browsers' calls: offers come on the standard input, a line of JSON each, answers go back."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from functools import partial
from typing import Any

import orjson
import structlog

from gateway.browser.connection import BrowserConnection, with_loopback
from gateway.call import Ending, HangUp, Party, Reason, Result
from gateway.errors import BadInput, GatewayError
from gateway.node.addresses import address, written
from gateway.sip.leg import SipLeg
from gateway.sip.stack import SipSettings
from gateway.sip.user_agent import UserAgent
from gateway.tasks import TaskGroup, within

log = structlog.get_logger(__name__)

MOST_CALLS = 10
"""Python stands between two packets of each."""
ANSWER_WITHIN_S = 5.0
LONGEST_LINE = 256 * 1024
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""Where a gateway is called on this machine that listens on all addresses."""
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)
CALLER = Party("browser")


async def serve(gateway: str) -> None:
    """Answer offers until the standard input ends; `gateway` is where calls go, `host:port`."""
    with_loopback()
    host, port = address(gateway)
    host = ANYWHERE.get(host, host)
    agent = UserAgent(
        SipSettings(host, 0, 30_000, 39_999, max_calls=MOST_CALLS), lambda leg: leg.execute(HangUp(BUSY))
    )
    await agent.start()
    try:
        async with TaskGroup() as tasks:
            service = _Service(tasks, agent, written(host, port))
            await service.read()
            service.end()
    finally:
        await agent.stop()


class _Service:
    def __init__(self, tasks: asyncio.TaskGroup, agent: UserAgent, gateway: str) -> None:
        self._tasks = tasks
        self._agent = agent
        self._gateway = gateway
        self._calls: set[BrowserConnection] = set()

    async def read(self) -> None:
        """Take offers until there are no more."""
        reader = asyncio.StreamReader(LONGEST_LINE)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while line := await reader.readline():
            self._tasks.create_task(self._take(orjson.loads(line)))

    def end(self) -> None:
        """End all calls."""
        for call in tuple(self._calls):
            call.end()

    async def _take(self, asked: dict[str, Any]) -> None:
        call = BrowserConnection(partial(self._dial, asked["number"]))
        try:
            if len(self._calls) >= MOST_CALLS:
                raise BadInput("browser", "calls", MOST_CALLS, "so many are up: end one of them")
            self._calls.add(call)
            async with within(ANSWER_WITHIN_S):
                answer = await call.answer(asked["offer"])
        except (GatewayError, TimeoutError) as error:
            self._calls.discard(call)
            self._say(id=asked["id"], error=str(error) or "it was not answered in time")
            return
        self._say(id=asked["id"], answer=answer)
        try:
            await call.run()
        except Exception:  # whatever breaks, other calls go on
            log.exception("browser.broke")
        finally:
            self._calls.discard(call)

    def _dial(self, number: str) -> SipLeg:
        return self._agent.dial(f"sip:{number}@{self._gateway}", CALLER)

    def _say(self, **about: Any) -> None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(orjson.dumps(about).decode() + "\n")
            sys.stdout.flush()
