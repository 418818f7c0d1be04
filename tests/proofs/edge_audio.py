"""Calls whose audio goes through an rtpengine beside a Kamailio, before two workers.

talk: words are understood both ways, a caller who speaks over the agent is heard at once, and holds, late
offers and moves to other ports change nothing; all packets come from rtpengine, and what strangers send to
its ports reaches nobody. next: a worker that hangs costs no call: the other one has it, with its audio.
many: twenty calls at once have no gaps. killed: rtpengine dies with -9 amid calls: new ones are refused, a
re-INVITE finds the one in its place, the gateway ends the silent ones, and new calls are taken again.

`python -m tests.proofs.edge_audio [STEP ...]` does some of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from gateway.local.engines import stt
from gateway.local.vocabulary import Clip
from gateway.node.control_client import ControlClient
from gateway.node.settings import Settings
from tests.equipment import rtpengine, tone
from tests.equipment.edge import PROGRAM as KAMAILIO
from tests.equipment.edge import Kamailio
from tests.equipment.ports import free_port, free_range
from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.rtpengine import Rtpengine
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.local.speech import caller_8k
from tests.proofs import NOT_HERE

MANY, LISTENED_S, MOST_GAP_MS = 20, 6.0, 30.0
SILENT_MS = 1000.0
"""Most until the agent is silent for who speaks over it: the embedded one wants to be sure of a word."""
KILLED, BACK_S, ENDED_S, NEXT_S = 6, 5.0, 45.0, 4.0


@dataclass
class Line:
    """What a step works with."""

    gateway: Gateway
    relay: Rtpengine
    phone: Phone


@asynccontextmanager
async def line() -> AsyncIterator[Line]:
    """Run all of it."""
    first = free_range(4)[0]
    with ExitStack() as stack:
        plans = plans_of(stack.enter_context(LocalServer()))
        env = {"GATEWAY_EDGES": '["127.0.0.1"]', "GATEWAY_LIMITS__LOAD": "off"}
        workers = Gateway(plans, "--workers", "2", sip_port=first, rtp_ports=400, wait=False, env=env)
        gateway = stack.enter_context(workers)
        gateway.wait_for(lambda said: said.get("event") == "workers.ready", 60, "workers.ready")
        relay = stack.enter_context(Rtpengine())
        own = Settings(sip=f"127.0.0.1:{first}", workers="2")
        edge = stack.enter_context(Kamailio(own, free_port(), rtpengine=relay.section, flood_requests=10_000))
        pump = stack.enter_context(Pump())
        async with Phone(edge.sip, pump) as phone:
            yield Line(gateway, relay, phone)


def plans_of(local: LocalServer) -> dict[str, Any]:
    """Return the agent as it is shipped, one that talks for a minute, and one that repeats what is said."""
    default = yaml.safe_load((ROOT / "dialplans" / "default.yaml").read_text(encoding="utf-8"))
    return {
        "default": default,
        "tone": agent("100", local.url, voice="tone-440-60s"),
        "echo": agent("101", local.url, model="echo", answer={"speaks_first": "caller"}),
    }


def understood(call: Call, since: int = 0) -> str:
    """Return what a listener understands."""
    return stt.recogniser().hear(Clip(call.media.heard(since=since).tobytes(), tone.RATE)).text.lower()


async def says(call: Call, words: str) -> int:
    """Say a sentence; return the time of its end."""
    return (await call.said(call.media.say(caller_8k(words)))).ended_at


# --- talk ------------------------------------------------------------------------------------------------


async def talk() -> bool:
    """Talk with the agent in one call, in which everything happens."""
    async with line() as on:
        call = on.phone.call("assistant")
        await call.answered(30)
        await call.hears_sound()
        await call.hears_silence(700)
        greeting = understood(call)
        at = await says(call, "What is twelve times four?")
        await call.hears_sound(since=at)
        await call.hears_silence(700)
        answer = understood(call, at)
        silent_ms = await interrupted(call)
        sources = {packet.source for packet in call.media.audio()}
        from_it = sources == {(on.relay.PUBLIC, call.remote_sdp.port if call.remote_sdp else 0)}
        moved = await moves(on, call)
        bled = await bleeds(on)
        await call.hang_up()
        left = on.relay.listed()
    _say(
        f"talk: greeting {greeting!r}; answer {answer!r}; silent {silent_ms:.0f} ms after the caller began;"
        f" after hold and another port {moved!r}; from rtpengine alone: {from_it}; strangers' packets heard:"
        f" {bled}; calls left at rtpengine: {len(left)}"
    )
    words = "assistant" in greeting and ("48" in answer or "forty" in answer) and "monday" in moved
    return words and from_it and silent_ms <= SILENT_MS and not bled and not left


async def interrupted(call: Call) -> float:
    """Ask for something long and speak over it; return after how many ms the agent is silent."""
    at = await says(call, "What can you do?")
    await call.hears_sound(since=at)
    await call.listens(400)
    said = call.media.say(caller_8k("Stop. What are your opening hours?"))
    await call.said(said)
    await call.hears_silence(700)
    during = [packet.at for packet in call.media.loud(since=said.started_at) if packet.at < said.ended_at]
    return (max(during) - said.started_at) / MS if during else 0.0


async def moves(on: Line, call: Call) -> str:
    """Hold, come back, go to another port; return what is understood there."""
    await call.reinvite(direction="sendonly")
    await call.listens(500)
    await call.reinvite(new_port=True, direction="sendrecv")
    at = await says(call, "What are your opening hours?")
    await call.hears_sound(since=at)
    await call.hears_silence(700)
    return understood(call, at)


async def bleeds(on: Line) -> bool:
    """Return whether what a stranger sends to a caller's port at rtpengine reaches the echo of that call."""
    call = on.phone.call("101", sdp=None)  # a late offer, too
    await call.answered()
    assert call.remote_sdp is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.66", 0))
        loud = tone.ulaw_encode(tone.sine(1300, 20))
        for number in range(300):
            head = b"\x80\x00" + number.to_bytes(2, "big") + (160 * number).to_bytes(4, "big") + b"evil"
            stranger.sendto(head + loud, (call.remote_sdp.host, call.remote_sdp.port))
            await asyncio.sleep(0.004)
    said = await call.said(call.media.say(tone.sine(650, 600, fade_ms=5)))
    await call.hears_sound(since=said.ended_at)
    await call.hears_silence(700)
    heard = call.media.heard()
    await call.hang_up()
    return tone.share(heard, 1300) > 0.01 or tone.share(heard, 650) < 0.5


# --- next ------------------------------------------------------------------------------------------------


async def the_next() -> bool:
    """Stop one of two workers, as one that hangs, and ring."""
    async with line() as on:
        async with ControlClient.connected(on.gateway.control) as client:
            stopped = (await client.ask("about"))["workers"][0]["pid"]
        os.kill(stopped, signal.SIGSTOP)
        calls, waited = [on.phone.call("100") for _ in range(4)], []
        for call in calls:
            began = time.monotonic()
            await call.answered(30)
            await call.hears_sound()
            waited.append(time.monotonic() - began)
        known = len(on.relay.listed())
        for call in calls:
            await call.hang_up()
        left = len(on.relay.listed())
        os.kill(stopped, signal.SIGKILL)  # what waits at its socket is nobody's any more
    _say(f"next: {known} of 4 calls heard, the slowest after {max(waited):.1f} s; {left} left at rtpengine")
    return known == len(calls) and not left and max(waited) < NEXT_S


# --- many ------------------------------------------------------------------------------------------------


async def many() -> bool:
    """Hear twenty calls at once."""
    async with line() as on:
        calls = [on.phone.call("100") for _ in range(MANY)]
        for call in calls:
            await call.answered(30)
        await asyncio.sleep(1)
        began = time.monotonic_ns()
        await asyncio.sleep(LISTENED_S)
        gaps = np.concatenate([call.media.gaps(since=began) for call in calls])
        known = len(on.relay.listed())
        for call in calls:
            await call.hang_up()
        left, lost = len(on.relay.listed()), sum(call.media.lost() for call in calls)
    p99 = float(np.percentile(gaps, 99))
    _say(f"many: {known} calls, gap p99 {p99:.1f} ms, {lost} packets lost; {left} left at rtpengine")
    return known == MANY and not left and not lost and p99 <= MOST_GAP_MS


# --- killed ----------------------------------------------------------------------------------------------


async def killed() -> bool:
    """Kill rtpengine amid calls, and put another in its place."""
    async with line() as on:
        calls = [on.phone.call("100") for _ in range(KILLED)]
        for call in calls:
            await call.answered(30)
            await call.hears_sound()
        on.relay.popen.send_signal(signal.SIGKILL)
        await asyncio.to_thread(on.relay.popen.wait)
        refused = await status(on.phone)
        with on.relay.again() as again:
            began = time.monotonic()
            while await status(on.phone) != 200 and time.monotonic() < began + BACK_S:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            back = time.monotonic() - began
            saved = random.choice(calls)
            at = time.monotonic_ns()
            await saved.reinvite(direction="sendrecv")
            await saved.hears_sound(since=at)
            silent = [call for call in calls if call is not saved]
            for call in silent:
                with contextlib.suppress(TimeoutError):
                    await call.ended(ENDED_S)
            took = time.monotonic() - began
            ended = sum(call.over for call in silent)
            going_on = not saved.over
            await saved.hang_up()
            left = len(again.listed())
    reasons = {said["reason"] for said in on.gateway.ended_calls() if said["reason"] != "caller_hung_up"}
    _say(
        f"killed: meanwhile {refused}, new calls again after {back:.1f} s; after a re-INVITE a call is"
        f" heard: {going_on}; {ended} of {len(silent)} silent ones ended within {took:.0f} s ({reasons});"
        f" {left} left"
    )
    return refused == 503 and back < BACK_S and going_on and ended == len(silent) and not left


async def status(phone: Phone) -> int:
    """Return what becomes of a new call; one that is answered is hung up."""
    call = phone.call("100")
    try:
        await call.answered()
    except Rejected as rejected:
        return rejected.status
    await call.hang_up()
    return 200


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


STEPS: dict[str, Callable[[], Awaitable[bool]]] = {
    "talk": talk,
    "many": many,
    "killed": killed,
    "next": the_next,
}


def main(wanted: Sequence[str]) -> int:
    """Return 0 if all of it holds, 1 if something does not."""
    if KAMAILIO is None or rtpengine.PROGRAM is None:
        _say("needs kamailio and rtpengine: apt-get install kamailio rtpengine-daemon")
        return NOT_HERE
    if unknown := set(wanted) - set(STEPS):
        raise SystemExit(f"no such step: {', '.join(unknown)}\n{__doc__}")

    async def prove(name: str) -> bool:
        return await STEPS[name]()

    held = {name: asyncio.run(prove(name)) for name in wanted or STEPS}
    _say(f"{held}")
    return int(not all(held.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
