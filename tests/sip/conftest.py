"""A real SIP agent in the tests' own process, on a free port, with phones that call it and are called."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.call import Answer, LegEnded, LegFact
from gateway.errors import MediaError
from gateway.media.plane import media_plane
from gateway.sip import user_agent, watchdog
from gateway.sip.leg import SipLeg
from gateway.sip.stack import SipSettings
from gateway.sip.user_agent import UserAgent
from tests.equipment import patience, ports
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

needs_guard = [
    pytest.mark.native,
    pytest.mark.skipif(
        importlib.util.find_spec("gateway.sip._guard") is None, reason="the guard is not built: `make native`"
    ),
]


class Listening:
    """A leg that somebody listens to: its facts one by one, its audio as it came."""

    def __init__(self, leg: SipLeg) -> None:
        self.leg = leg
        self.heard = b""
        self._facts: asyncio.Queue[LegFact] = asyncio.Queue()
        leg.listen(self._facts.put_nowait, self._hear)

    def _hear(self, pcm: bytes) -> None:
        self.heard += pcm

    async def fact(self, patient_seconds: float = 10) -> LegFact:
        """Wait for the next fact."""
        async with patience.within(patient_seconds):
            return await self._facts.get()

    async def ended(self) -> LegEnded:
        """Wait for the end; other facts are passed over."""
        while not isinstance(fact := await self.fact(), LegEnded):
            pass
        return fact

    @property
    def silent(self) -> bool:
        """True while nothing has happened that nobody asked for."""
        return self._facts.empty()


class Exchange:
    """The agent, and the legs of its calls in the order in which they came."""

    def __init__(self, **settings: Any) -> None:
        low, high = ports.free_range(40)
        given = {"port": 0, "rtp_low": low, "rtp_high": high, "max_calls": 8} | settings
        self._legs: asyncio.Queue[SipLeg] = asyncio.Queue()
        self.agent = UserAgent(SipSettings(**given), self._legs.put_nowait)
        self.port = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where it is rung."""
        return "127.0.0.1", self.port

    async def leg(self) -> Listening:
        """Wait for the next call."""
        async with patience.within(10):
            return Listening(await self._legs.get())

    @property
    def quiet(self) -> bool:
        """True while nobody has called whose leg was not taken."""
        return self._legs.empty()

    async def answered(self, phone: Phone, **offer: Any) -> tuple[Call, Listening]:
        """Have a phone call, and answer it."""
        call = phone.call("100", **offer)
        leg = await self.leg()
        leg.leg.execute(Answer())
        await call.answered()
        await leg.fact()
        return call, leg


@asynccontextmanager
async def exchange(**settings: Any) -> AsyncIterator[Exchange]:
    """Run an agent."""
    try:
        media_plane(settings.get("native"))
    except MediaError as error:
        pytest.skip(f"{error}")
    running = Exchange(**settings)
    running.port = await running.agent.start()
    try:
        yield running
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(user_agent, "SETTLE_S", 0.02)  # no test of leaving waits here for what it has seen
            async with patience.within(10):
                await running.agent.stop()


@pytest.fixture
async def sip() -> AsyncIterator[Exchange]:
    """An agent on a free port."""
    async with exchange() as running:
        yield running


@pytest.fixture
async def phone(sip: Exchange, pump: Pump) -> AsyncIterator[Phone]:
    """A phone that knows it."""
    async with Phone(sip.address, pump) as ready:
        yield ready


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the watchdog look often, and wait for media only a moment."""
    monkeypatch.setattr(user_agent, "SWEEP_S", 0.02)
    monkeypatch.setattr(watchdog, "NO_MEDIA", 0.8)
    monkeypatch.setattr(watchdog, "BEFORE_FIRST", 1)


@pytest.fixture
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look after trunks often."""
    monkeypatch.setattr(user_agent, "SWEEP_S", 0.02)
