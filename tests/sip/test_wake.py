"""The SIP thread waits for the network, and whoever has something for it ends the wait."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pjsua2 as pj
import pytest

from gateway.call import Answer, Digit, Ending, HangUp, Reason, Result, Ring
from gateway.sip import user_agent
from tests.equipment import patience
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange, exchange

pytestmark = pytest.mark.native

_wake = pytest.importorskip("gateway.sip._wake", reason="nothing to wake with: `make native`")

LONG_MS = 20_000
"""Longer than any of these tests is patient."""


def open_files() -> int:
    """Count this process' descriptors."""
    return len(list(Path("/proc/self/fd").iterdir()))


def options(number: int, port: int) -> bytes:
    """Return a request that PJSIP answers."""
    lines = [
        "OPTIONS sip:127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{number}",
        "From: <sip:a@127.0.0.1>;tag=a",
        "To: <sip:b@127.0.0.1>",
        f"Call-ID: {number}",
        "CSeq: 1 OPTIONS",
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


class Waiting:
    """An endpoint with nothing but the wake; what is not ours to wait for is over."""

    def __init__(self) -> None:
        self.wake = _wake.wake
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.logConfig.level = config.logConfig.consoleLevel = 0
        self.endpoint.libInit(config)
        _wake.install()
        _wake.install()  # harmless
        self.endpoint.libStart()

    def wait(self, ms: int = LONG_MS) -> float:
        """Handle events once; give the seconds that took."""
        began = time.monotonic()
        self.endpoint.libHandleEvents(ms)
        return time.monotonic() - began

    def rest(self) -> None:
        """Wait until nothing happens by itself."""
        while self.wait(100) < 0.1:
            pass
        _wake.handle(0)  # what woke it is forgotten

    def close(self) -> None:
        """Let the endpoint go: a process has only one."""
        self.endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
        del self.endpoint
        gc.collect()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """An endpoint that would wait for long."""
    ready = Waiting()
    ready.rest()
    try:
        yield ready
    finally:
        ready.close()


@pytest.fixture
async def sip(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    """An agent that never looks up by itself in the time of a test."""
    monkeypatch.setattr(user_agent, "SWEEP_S", LONG_MS / 1000)
    async with exchange() as running:
        yield running


# --- by itself -------------------------------------------------------------------------------------------


def test_another_thread_ends_the_wait(waiting: Waiting) -> None:
    """The wait would have taken twenty seconds."""
    other = threading.Timer(0.2, waiting.wake)
    other.start()
    assert 0.1 < waiting.wait() < patience.seconds(5)
    other.join()


def test_a_wake_before_the_wait_is_not_lost(waiting: Waiting) -> None:
    """Whoever comes between two waits is heard by the next."""
    waiting.wake()
    assert waiting.wait() < patience.seconds(5)
    assert waiting.wait(100) >= 0.1


def test_many_wakes_are_one(waiting: Waiting) -> None:
    """Nothing piles up that would have to be read later."""
    for _ in range(10_000):
        waiting.wake()
    assert waiting.wait() < patience.seconds(5)
    assert waiting.wait(100) >= 0.1


def test_no_wake_is_lost_in_a_race(waiting: Waiting) -> None:
    """Work that was put down before a wake is found after a wait, whatever the other thread is doing."""
    rounds = 2000
    done = threading.Semaphore(0)
    work: list[int] = []

    def give() -> None:
        for number in range(rounds):
            work.append(number)
            waiting.wake()
            done.acquire()

    giver = threading.Thread(target=give)
    giver.start()
    taken = 0
    began = time.monotonic()
    while taken < rounds and time.monotonic() - began < LONG_MS / 1000:
        waiting.endpoint.libHandleEvents(LONG_MS)
        while work:
            work.pop()
            taken += 1
            done.release()
    giver.join()
    assert time.monotonic() - began < LONG_MS / 1000


def test_messages_do_not_end_the_wait_for_commands(waiting: Waiting) -> None:
    """They are handled all the same; whoever wakes is answered at once, whatever comes, and none is lost."""
    udp = waiting.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, pj.TransportConfig())
    port = int(waiting.endpoint.transportGetInfo(udp).localName.rpartition(":")[2])
    pause = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:

        def ring() -> None:
            for number in range(3):
                peer.sendto(options(number, peer.getsockname()[1]), ("127.0.0.1", port))
                pause.wait(0.1)
            waiting.wake()

        peer.bind(("127.0.0.1", 0))
        peer.settimeout(patience.seconds(2))
        other = threading.Thread(target=ring)
        began = time.monotonic()
        other.start()
        assert not _wake.handle(LONG_MS)
        assert 0.3 <= time.monotonic() - began < patience.seconds(5)
        other.join()
        assert [peer.recv(4096)[:8] for _ in range(3)] == [b"SIP/2.0 "] * 3


def test_the_wait_for_commands_is_over_in_time(waiting: Waiting) -> None:
    """Without a command; and a wake that something else has read is not forgotten."""
    began = time.monotonic()
    assert not _wake.handle(200)
    assert 0.2 <= time.monotonic() - began < patience.seconds(2)
    waiting.wake()
    waiting.wait()
    began = time.monotonic()
    _wake.handle(LONG_MS)
    assert time.monotonic() - began < patience.seconds(2)


def test_it_comes_and_goes_with_the_endpoint() -> None:
    """Waking nobody is harmless, the next endpoint can be woken, and no descriptor stays behind."""
    counts = []
    for _ in range(3):
        ready = Waiting()
        ready.wake()
        ready.rest()
        ready.wake()
        assert ready.wait() < patience.seconds(5)
        ready.close()
        ready.wake()
        counts.append(open_files())
    assert counts[1] == counts[2]


# --- in the agent ----------------------------------------------------------------------------------------


async def test_orders_are_carried_out_at_once(sip: Exchange, phone: Phone) -> None:
    """180, 200 and BYE: nothing else comes from the network or from a timer that could carry them along."""
    call = phone.call("100")
    leg = await sip.leg()
    async with patience.within(5):
        leg.leg.execute(Ring())
        await call.progress(180)
        leg.leg.execute(Answer())
        await call.answered()
        await leg.fact()
        leg.leg.execute(HangUp(Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)))
        await call.ended()


async def test_a_key_in_the_sound_is_told_at_once(sip: Exchange, phone: Phone) -> None:
    """Another thread of PJSIP's hears it (RFC 4733)."""
    call, leg = await sip.answered(phone)
    await call.said(call.media.press("7"))
    assert await leg.fact(3) == Digit("7")


async def test_leaving_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops the agent is no message and no timer either."""
    monkeypatch.setattr(user_agent, "SWEEP_S", LONG_MS / 1000)
    async with exchange() as sip, patience.within(5):
        await sip.agent.stop()


async def test_an_agent_without_calls_rests(sip: Exchange) -> None:
    """It wakes for nothing: a poll would show as a hundred context switches a second."""
    status = Path(f"/proc/self/task/{sip.agent._thread.native_id}/status")

    def switches() -> int:
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["voluntary_ctxt_switches"])

    before = switches()
    await asyncio.sleep(0.5)
    assert switches() - before < 10
