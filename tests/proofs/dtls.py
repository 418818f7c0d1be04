"""Calls whose keys are agreed upon by DTLS, many at once: `python -m tests.proofs.dtls [CALLS] [--watched]`.

Ten at a time (200): half of the callers begin the handshake, half leave that to us; every fifth of both loses
the first flight, another fifth is held and taken up again, and one in ten hangs up in the middle of the
handshake. All others are heard: an agent sends back what they say. Strangers send handshakes and garbage to
the same ports. `--watched`: with PJSIP and our C++ built with AddressSanitizer (`make watched`).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import socket
import statistics
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np

from deploy.pjsip import build
from tests.equipment import patience, tone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_dtls import PROFILE, Dtls
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump

ROOT = Path(__file__).parents[2]
WATCHED = ROOT / ".venv-watched/bin/python"
CALLS = 200
AT_ONCE = 10
MOST_MS = 300.0
"""From the answer to the keys, at the median; a flight that is lost costs 50 ms and more."""


def disturb(call: Call, chance: random.Random) -> None:
    """Send the gateway what a stranger would: a handshake of his own, and records of garbage."""
    assert call.media.remote is not None
    there = call.media.remote
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:

        def send(data: bytes) -> None:
            stranger.sendto(data, there)

        Dtls(send).begin()
        for kind in range(20, 64, 6):
            stranger.sendto(bytes([kind]) + chance.randbytes(chance.randrange(200)), there)


async def echoed(call: Call) -> None:
    """Say a tone and hear it come back: both directions work."""
    said = await call.said(call.media.say(tone.join([tone.silence(200), tone.sine(600, 400, fade_ms=5)])))
    await call.hears_sound(since=said.ended_at)
    await call.hears_silence()
    heard = call.media.heard(since=said.ended_at)
    if not any(abs(found.frequency - 600) < 5 for found in tone.tones(heard)):
        raise AssertionError("something else came back")


async def one(gateway: Gateway, pump: Pump, number: int, took: list[float]) -> str:
    """Make one call; return what became of it."""
    chance = random.Random(number)
    begins = number % 2 == 0
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call("101", invite=False)
        keys = Dtls(call.media.send_bytes, setup="actpass" if begins else "passive")
        call.media.cipher = keys
        keys.deaf = 2 if number % 5 == 1 else 0
        call.invite(profile=PROFILE, extra=keys.lines)
        await call.answered(30)
        disturb(call, chance)
        keys.begin(client=begins)
        if number % 10 == 7:
            await asyncio.sleep(chance.random() * 0.05)
            await call.hang_up()
            return "left"
        async with patience.within(10):
            while not keys.keyed_at:  # noqa: ASYNC110 - the pump's thread does it
                await asyncio.sleep(0.005)
        took.append((keys.keyed_at - call.times["ACK"]) / MS)
        await echoed(call)
        if number % 5 == 3:
            for direction in ("sendonly", "sendrecv"):
                await call.reinvite(direction=direction)
            await echoed(call)
        await call.hang_up()
    return "heard"


async def told(call: asyncio.Future[str]) -> str:
    """Return what became of a call, also of one of which nothing more was heard."""
    try:
        return await call
    except (AssertionError, TimeoutError) as error:
        return str(error).partition("\n")[0] or type(error).__name__


async def prove(calls: int, *, watched: bool) -> bool:
    """Make them all."""
    env = {"GATEWAY_ENCRYPTION": "required", "GATEWAY_LIMITS__SOURCES__EXEMPT": '["127.0.0.0/8"]'}
    env |= build.watching() if watched else {}
    python = str(WATCHED) if watched else sys.executable
    took: list[float] = []
    outcomes: list[str] = []
    with LocalServer() as server, Pump() as pump:
        plans = {"echo": agent("101", server.url, model="echo", answer={"speaks_first": "caller"})}
        with mock.patch.object(sys, "executable", python):
            started = Gateway(plans, "--no-local", env=env)
        with started as gateway:
            for first in range(0, calls, AT_ONCE):
                several = range(first, min(first + AT_ONCE, calls))
                outcomes += await asyncio.gather(*(told(one(gateway, pump, n, took)) for n in several))  # type: ignore[arg-type]
                if not gateway.running:
                    break
            alive = gateway.running
            await asyncio.sleep(1)
            ends = [(line.get("encryption"), line["reason"]) for line in gateway.ended_calls()]
            if not alive:
                sys.stdout.write(f"the gateway ended with {gateway.popen.returncode}\n{gateway.tail(100)}")
    for what in sorted(set(outcomes)):
        sys.stdout.write(f"{outcomes.count(what):5} {what}\n")
    kinds = {str(kind): sum(one[0] == kind for one in ends) for kind in {end[0] for end in ends}}
    median, slowest = statistics.median(took or [np.inf]), max(took, default=np.inf)
    sys.stdout.write(f"encryption in the calls' lines: {kinds}\n")
    sys.stdout.write(f"ACK to keys: median {median:.0f} ms, at most {MOST_MS:g}; slowest {slowest:.0f}\n")
    good = {"heard", "left"} >= set(outcomes) and len(outcomes) == calls and alive
    return good and (watched or median <= MOST_MS)


def main() -> int:
    """Read the command line; build what is to be watched, and prove."""
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", type=int, nargs="?", default=CALLS)
    parser.add_argument("--watched", action="store_true")
    given = parser.parse_args()
    if given.watched:
        subprocess.run(["make", "watched"], cwd=ROOT, check=True)
    holds = asyncio.run(prove(given.calls, watched=given.watched))
    sys.stdout.write("holds\n" if holds else "does not hold\n")
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
