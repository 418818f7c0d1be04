"""Carrying many conversations: even frames on the wire, nobody's tone in another's ear, and what it costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import numpy as np

from tests.bench.figures import Figure, percentile
from tests.equipment import tone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.sounds import speech

RATE = 20
"""Calls set up in a second."""
TURN_S = 10.0
"""Each caller asks a question so often; the agent answers with 5 s of its tone: it talks half of the time."""
LOWEST_HZ, STEP_HZ = 300, 27
"""The agents' tones: 100 of them fit below 3 kHz and are still told from each other."""


def frequency(index: int) -> int:
    """Return the tone of the agent of a call."""
    return LOWEST_HZ + STEP_HZ * (index % 100)


async def run(calls: int = 100, seconds: float = 20, *, busy: bool = False) -> list[Figure]:
    """Carry so many calls for so long; `busy` has a Python thread spinning in the gateway."""
    with LocalServer() as server, Pump() as pump:
        plans = {
            f"call-{index}": agent(str(1000 + index), server.url, voice=f"tone-{frequency(index)}-5s")
            for index in range(min(calls, 100))
        }
        command = ("-m", "tests.bench.busy_gateway") if busy else ("-m", "gateway")
        with Gateway(plans, "--no-local", command=command, rtp_ports=2 * calls + 100) as gateway:
            async with Phone(gateway.sip, pump) as phone:
                return await _measure(phone, gateway, server, calls, seconds, busy=busy)


async def _measure(
    phone: Phone, gateway: Gateway, server: LocalServer, calls: int, seconds: float, *, busy: bool
) -> list[Figure]:
    idle_kb = gateway.rss_kb()
    made, failed = await _ring(phone, calls, seconds + calls / RATE + 5)
    await asyncio.sleep(2)
    phone.pump.worst_late_ns = 0
    began, cpu, server_cpu, phone_cpu = (
        time.monotonic_ns(),
        gateway.cpu_seconds(),
        server.cpu_seconds(),
        _cpu(),
    )
    await asyncio.sleep(seconds)
    ended = time.monotonic_ns()
    spent = (ended - began) / 1e9
    cpu, server_cpu = gateway.cpu_seconds() - cpu, server.cpu_seconds() - server_cpu
    phone_cpu = _cpu() - phone_cpu
    rss_kb = gateway.rss_kb() - idle_kb
    late = phone.pump.worst_late_ns / MS
    lost_calls = failed + sum(call.over for call in made)
    await asyncio.gather(*(call.hang_up() for call in made if not call.over), return_exceptions=True)
    gaps = np.concatenate([call.media.gaps(began, ended) for call in made])
    name = f"{calls} calls" + (", busy interpreter" if busy else "")
    silent, wrong, broken = _judge(made, began)
    return [
        Figure(name, "calls failed or lost", lost_calls, "", 0),
        Figure(name, "frame gap p50", percentile(gaps, 50), "ms"),
        Figure(name, "frame gap p99", percentile(gaps, 99), "ms", 22),
        Figure(name, "frame gap max", percentile(gaps, 100), "ms", 40),
        Figure(name, "RTP packets lost", sum(call.media.lost() for call in made), "", 0),
        Figure(name, "calls that heard a wrong tone", wrong, "", 0),
        Figure(name, "calls with a broken tone", broken, "", 0),
        Figure(name, "calls that heard nothing", silent, "", 0),
        # The spinning thread takes what is left of its core: that is not the calls' doing.
        Figure(name, "gateway CPU per call", 100 * cpu / spent / calls, "% of a core", None if busy else 1.0),
        Figure(name, "gateway memory per call", rss_kb / 1024 / calls, "MB", 1.0),
        Figure(name, "embedded server CPU per call", 100 * server_cpu / spent / calls, "% of a core"),
        Figure(name, "phones' CPU per call", 100 * phone_cpu / spent / calls, "% of a core"),
        Figure(name, "phones' worst lateness", late, "ms"),
    ]


async def _ring(phone: Phone, calls: int, seconds: float) -> tuple[list[Call], int]:
    """Set calls up at an even rate; gives those that were answered and how many were not."""
    made: list[Call] = []
    start = time.monotonic()
    for index in range(calls):
        made.append(phone.call(str(1000 + index % 100)))
        await asyncio.sleep(max(0.0, start + (index + 1) / RATE - time.monotonic()))
    answers = await asyncio.gather(*(call.answered(15) for call in made), return_exceptions=True)
    up = [call for call, answer in zip(made, answers, strict=True) if not isinstance(answer, BaseException)]
    question = speech("question")
    for index, call in enumerate(up):
        # The whole caller at once, each out of step with the others: nobody has to wake up for it.
        first = TURN_S * index / len(up)
        line = [tone.silence(1000 * first)]
        while sum(map(len, line)) < seconds * tone.RATE:
            line += [question, tone.silence(1000 * TURN_S - len(question) / 8)]
        call.media.say(tone.join(line))
    return up, calls - len(up)


def _judge(made: Sequence[Call], since: int) -> tuple[int, int, int]:
    """Count calls that heard no tone at all, somebody else's tone, and their own but not in one piece."""
    silent = wrong = broken = 0
    for call in made:
        own = frequency(int(call.remote_uri.partition(":")[2].partition("@")[0]) - 1000)
        heard = call.media.heard(since)
        sounds = [heard[int(s.start_ms * 8) : int(s.end_ms * 8)] for s in tone.spans(heard) if s.ms > 400]
        silent += not sounds
        others = [frequency(index) for index in range(100) if frequency(index) != own]
        wrong += any(tone.share(piece, other, width=10) > 0.05 for piece in sounds for other in others)
        broken += any(tone.share(piece, own, width=10) < 0.9 for piece in sounds)
    return silent, wrong, broken


def _cpu() -> float:
    return time.process_time()
