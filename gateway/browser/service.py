"""The process of browsers' calls: offers come on the standard input, a line of JSON each, answers go back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import structlog

from gateway.browser.awaited_legs import AwaitedLegs
from gateway.browser.call_news import CallNews
from gateway.browser.connection import SPOKEN, BrowserConnection
from gateway.browser.realtime_events import AgentTold, RealtimeEvents
from gateway.browser.realtime_talk import RealtimeTalk
from gateway.call import Party
from gateway.errors import BadInput, GatewayError
from gateway.node.addresses import address, written
from gateway.node.browser_settings import MOST_CALLS, BrowserSettings
from gateway.node.control_client import ControlClient
from gateway.sip.leg import SipLeg
from gateway.sip.stack import SipSettings
from gateway.sip.user_agent import UserAgent
from gateway.tasks import TaskGroup, within
from gateway.webrtc.ice import IceServer

log = structlog.get_logger(__name__)

ANSWER_WITHIN_S = 5.0
LONGEST_LINE = 256 * 1024
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""Where a gateway is called on this machine that listens on all addresses."""
JITTER_MS = 0.0, 300.0
"""How long the gateway's packets wait here, at least and at most: the way is no longer than this machine."""
CALLER = Party("browser")


async def serve(gateway: str, control: Path, settings: BrowserSettings) -> None:
    """Answer offers until the standard input ends.

    `gateway` is where calls go, `host:port`, `control` its control socket. Raises BadInput for a password
    that cannot be had.
    """
    ice = [
        IceServer(one.url, one.username, None if one.credential is None else one.credential.reveal())
        for one in settings.ice
    ]
    host, port = address(gateway)
    host = ANYWHERE.get(host, host)
    awaited = AwaitedLegs()
    sip = SipSettings(host, 0, 30_000, 39_999, max_calls=MOST_CALLS, jitter_ms=JITTER_MS)
    agent = UserAgent(sip, awaited.ring_in)
    own = await agent.start()
    try:
        async with TaskGroup() as tasks:
            service = _Service(tasks, agent, written(host, port), control)
            service.most, service.ice = settings.calls, ice
            service.awaited, service.sip = awaited, written(host, own)
            await service.read()
            service.end()
    finally:
        await agent.stop()


class _Service:
    def __init__(self, tasks: asyncio.TaskGroup, agent: UserAgent, gateway: str, control: Path) -> None:
        self._tasks = tasks
        self._agent = agent
        self._gateway = gateway
        self._control = control
        self._calls: dict[str, BrowserConnection] = {}
        self._numbers: dict[str, str] = {}  # what each of them has dialled
        self._news = CallNews(control)
        self._following: asyncio.Task[None] | None = None
        self.most = MOST_CALLS
        self.ice: Sequence[IceServer] = ()
        self.awaited = AwaitedLegs()
        self.sip = ""

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
        if self._following is not None:
            self._following.cancel()
        for call in tuple(self._calls.values()):
            call.end()

    async def _take(self, asked: dict[str, Any]) -> None:
        if (ended := asked.get("hang_up")) is not None:
            call = self._calls.get(ended)
            if call is not None:
                call.end()
            self._say(id=asked["id"], found=call is not None)
            return
        if (wanted := asked.get("look")) is not None:
            self._say(id=asked["id"], number=self._numbers.get(wanted))
            return
        name = f"rtc_{secrets.token_hex(10)}"
        number = asked.get("number")
        talk = self._talk(name, number) if number and asked.get("realtime") else None
        leg = partial(self._dial, name, number) if number else self.awaited.expect(name)
        spoken = asked.get("codecs") or SPOKEN
        call = BrowserConnection(leg, talk, self.ice, spoken, address(self._gateway)[0])
        try:
            if len(self._calls) >= self.most:
                raise BadInput("browser", "calls", self.most, "so many are up: end one of them")
            self._calls[name] = call
            if number:
                self._numbers[name] = number
            async with within(ANSWER_WITHIN_S):
                answer = await call.answer(asked["offer"])
        except (GatewayError, TimeoutError) as error:
            self._forget(name)
            self._say(id=asked["id"], error=str(error) or "it was not answered in time")
            return
        self._say(id=asked["id"], answer=answer, call_id=name, sip=self.sip)
        try:
            await call.run()
        except Exception:  # whatever breaks, other calls go on
            log.exception("browser.broke")
        finally:
            self._forget(name)

    def _talk(self, name: str, number: str) -> RealtimeTalk:
        if self._following is None:
            self._following = self._tasks.create_task(self._news.follow())
        tell = partial(self._tell_agent, f"page {name}")
        return RealtimeTalk(RealtimeEvents(name, number), self._news.expect(name), tell)

    async def _tell_agent(self, by: str, call: str, told: AgentTold) -> None:
        async with ControlClient.connected(self._control) as client:
            await client.ask("tell", call=call, by=by, text=told.text, answer=told.answer)

    def _forget(self, name: str) -> None:
        self._calls.pop(name, None)
        self._numbers.pop(name, None)
        self._news.forget(name)
        self.awaited.forget(name)

    async def _dial(self, name: str, number: str, codec: str) -> SipLeg:
        """Ring the gateway. The call's Call-ID is its name here, by which it is found there, too.

        With a codec it is spoken alone, and the line handed over.
        """
        codecs = (codec,) if codec else ()
        leg = self._agent.dial(f"sip:{number}@{self._gateway}", CALLER, sip_call_id=name, codecs=codecs)
        if codec:
            leg.port.hand_over()
        return leg

    def _say(self, **about: Any) -> None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(orjson.dumps(about).decode() + "\n")
            sys.stdout.flush()
