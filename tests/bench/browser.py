"""Calls from browsers: `python -m tests.bench.browser [first|silent|ten ...] [--calls N]`.

aiortc as the browser, everything on this machine, the embedded server's tone as the agent.
`first`: from ICE and DTLS that are connected to the first sound in what the browser has received.
`silent`: from the first sound of the browser's microphone to the last of the agent's in what it has received.
`ten`: ten such calls at once beside SIP calls: packets lost, gaps between packets as they arrive, and what is
heard of the browsers where one packet in twenty is lost on its way.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import random
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from gateway.tasks import within
from tests.bench.figures import percentile
from tests.equipment import tone
from tests.equipment.browser_phone import RATE, BrowserPhone, calling
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_capture import DYNAMIC_RTP, Capture
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.test_telemetry import api

FIRST_MS, SILENT_MS, GAP_MS, HEARD = 400, 200, 25, 0.93
SOUND = 200
"""A sample that is none of Opus' own noise."""
AT_ONCE, BESIDE = 10, 50
SECONDS = 15.0
LISTENERS = 8
"""That the API takes at once."""
LOST = 0.05
Client = httpx2.AsyncClient


@asynccontextmanager
async def reception() -> AsyncIterator[tuple[Client, Gateway]]:
    """A gateway with an API and an agent that speaks for a minute."""
    with tempfile.TemporaryDirectory() as folder, LocalServer() as local:
        env, client = api(Path(folder))
        env["GATEWAY_LIMITS__LOAD"] = "false"  # what a machine carries is not what is measured
        plans = {
            "tone": agent("100", local.url, voice="tone-440-60s"),
            "silent": agent("101", local.url, model="echo", answer={"speaks_first": "caller"}),
        }
        with Gateway(plans, "--no-local", env=env, rtp_ports=400) as gateway:
            await gateway.said("api.listening")
            async with client:
                yield client, gateway


async def first_sound(client: Client, calls: int) -> bool:
    """Return whether a browser hears the agent soon enough."""
    loop = asyncio.get_running_loop()
    found = []
    for _ in range(calls + 1):
        async with calling(client, "100") as phone:
            await phone.until(lambda: phone.peer.connectionState == "connected", "connected")
            connected = loop.time()
            await phone.until(lambda: np.abs(phone.heard()).max(initial=0) > SOUND, "the agent")
            found.append((loop.time() - connected) * 1000)
    first, *others = found
    sys.stdout.write(f"first call of a gateway {first:.0f} ms, then {[round(one) for one in others]}\n")
    return _told("connected to the agent's first sound, median", statistics.median(others), FIRST_MS)


async def silent(client: Client, calls: int) -> bool:
    """Return whether an agent that is interrupted is silent soon enough, where the browser hears it."""
    loop = asyncio.get_running_loop()
    found = []
    for _ in range(calls):
        async with calling(client, "100") as phone:
            await phone.until(lambda: np.abs(phone.heard()[-400:]).max(initial=0) > SOUND, "the agent")
            await asyncio.sleep(0.5 + random.random() / 10)
            last = began = loop.time()
            phone.microphone.say(tone.sine(700, 1500, rate=RATE, fade_ms=5))
            seen = len(phone.heard())
            while loop.time() - last < 0.5:
                await asyncio.sleep(0.002)
                heard = phone.heard()
                if len(heard) > seen and np.abs(heard[seen:]).max() > SOUND:
                    last = loop.time()
                seen = len(heard)
            found.append((last - began) * 1000)
    sys.stdout.write(f"silent after {[round(one) for one in found]}\n")
    return _told("microphone's first sound to the agent's last, median", statistics.median(found), SILENT_MS)


def lose(phone: BrowserPhone, share: float) -> None:
    """Have a browser's RTP get lost on its way."""
    dtls = phone.peer.getSenders()[0].transport
    send, dice = dtls._send_rtp, random.Random(1)

    async def sending(data: bytes) -> None:
        if 64 <= data[1] & 0x7F < 96 or dice.random() >= share:  # RTCP (RFC 5761 section 4), or not lost
            await send(data)

    dtls._send_rtp = sending


class Arrivals:
    """What has come to a browser on the wire: when, by the kernel, whatever its own process is busy with."""

    def __init__(self, phone: BrowserPhone, capture: Capture) -> None:
        connection = phone.peer.getSenders()[0].transport.transport.iceGatherer._connection
        packets = capture.rtp_to(port=connection._nominated[1].local_addr[1])
        self.gaps_ms = np.diff([packet.time for packet in packets]) * 1000
        numbers = [int.from_bytes(packet.data[2:4], "big") for packet in packets]
        self.lost = (numbers[-1] - numbers[0]) % 65536 + 1 - len(set(numbers))


async def beside(port: int) -> None:
    """Hold SIP calls, in a process of their own, until the standard input ends; tell how they fared."""
    with Pump() as pump:
        async with Phone(("127.0.0.1", port), pump) as sip:
            calls = []
            for _ in range(BESIDE):  # one after the other: whoever has not acknowledged is held to ten
                calls.append(sip.call("100"))
                await calls[-1].answered()
            sys.stdout.write("up\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)
            gaps = np.concatenate([call.media.gaps() for call in calls])
            lost = sum(call.media.lost() for call in calls)
            for call in calls:
                await call.hang_up()
    sys.stdout.write(
        f"{BESIDE} SIP calls beside: gap p99 {percentile(gaps, 99):.1f} ms (at most {GAP_MS}), {lost} lost\n"
    )


@asynccontextmanager
async def calls_beside(gateway: Gateway) -> AsyncIterator[None]:
    """Have SIP calls up as long as the block lasts."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.bench.browser", "beside", "--sip", str(gateway.sip[1]))
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    async with within(60):
        assert await process.stdout.readline() == b"up\n"
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with within(60):
            told, _ = await process.communicate()
        sys.stdout.write(told.decode())


async def ten(client: Client, gateway: Gateway) -> bool:
    """Return whether ten browsers at once, beside SIP calls, are served well on a bad line, too."""
    async with calls_beside(gateway), contextlib.AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(calling(client, "101")) for _ in range(AT_ONCE)]
        for phone in phones:
            await phone.until(lambda p=phone: any("answered" in told for told in p.told), "answered")
        capture = stack.enter_context(Capture(DYNAMIC_RTP))
        for phone in phones:
            lose(phone, LOST)
            phone.microphone.say(tone.sine(700, SECONDS * 1000, rate=RATE, fade_ms=5))
        shares = await asyncio.gather(*(_heard(client, call) for call in (await _ids(client))[:LISTENERS]))
        lines = [Arrivals(phone, capture) for phone in phones]
        gaps = np.concatenate([line.gaps_ms for line in lines])
        lost = sum(line.lost for line in lines)
    sys.stdout.write(f"{AT_ONCE} browsers: {lost} packets lost, {len(gaps)} gaps\n")
    held = _told("gap between packets at a browser, p99", percentile(gaps, 99), GAP_MS)
    share = min(shares)
    sys.stdout.write(
        f"heard of each browser where {LOST:.0%} of its packets are lost: {[round(one, 3) for one in shares]}"
        f" (at least {HEARD})\n"
    )
    return held and share >= HEARD and not lost


async def _ids(client: Client) -> list[str]:
    calls = (await client.get("/v1/calls")).json()["calls"]
    return [call["id"] for call in calls if call["plan"] == "silent"]


async def _heard(client: Client, call: str) -> float:
    """Return which part of a caller's sound has arrived, by what is heard when one listens in."""
    data = bytearray()
    with contextlib.suppress(TimeoutError):
        async with within(SECONDS), client.stream("GET", f"/v1/calls/{call}/audio") as stream:
            async for piece in stream.aiter_bytes():
                data += piece
    both = np.frombuffer(bytes(data[44 : 44 + (len(data) - 44) // 4 * 4]), "<i2").reshape(-1, 2)
    caller = both[:, 0].astype(np.float64)
    frames = caller[: len(caller) // 160 * 160].reshape(-1, 160)
    loud = np.sqrt(np.mean(np.square(frames), axis=1)) > SOUND
    inside = loud[np.flatnonzero(loud)[0] : np.flatnonzero(loud)[-1] + 1]
    return float(np.mean(inside))


def _told(what: str, figure: float, most: float) -> bool:
    sys.stdout.write(f"{what}: {figure:.1f} ms (at most {most})\n")
    return figure <= most


async def main(names: list[str], calls: int) -> int:
    """Measure what was asked for; return 0 if all bars hold."""
    async with reception() as (client, gateway):
        measures: dict[str, Callable[[], Awaitable[Any]]] = {
            "first": lambda: first_sound(client, calls),
            "silent": lambda: silent(client, calls),
            "ten": lambda: ten(client, gateway),
        }
        held = [await measures[name]() for name in names or measures]
    return 0 if all(held) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", choices=["first", "silent", "ten", "beside", []])
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--sip", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.setswitchinterval(0.0005)  # as all benchmarks: what is measured is not how they collect garbage
    gc.disable()
    if options.names == ["beside"]:
        asyncio.run(beside(options.sip))
        sys.exit()
    sys.exit(asyncio.run(main(options.names, options.calls)))
