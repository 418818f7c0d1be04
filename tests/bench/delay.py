"""The gateway's own delay, each way: phone's packet to the model, and model's word to the phone."""

from __future__ import annotations

import asyncio
import random
import time

from tests.bench.figures import Figure, percentile
from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump

BURSTS = 40


async def run(seed: int = 1) -> list[Figure]:
    """Send bursts of a tone at random moments, one way at a time."""
    rng = random.Random(seed)
    async with Model() as model:
        plans = {"scripted": agent("200", model.url, answer={"speaks_first": "caller"})}
        with Gateway(plans, "--no-local") as gateway, Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                call = phone.call("200")
                await call.answered()
                session = await model.session()
                await call.hears(lambda: len(call.media.packets) > 50, "RTP")
                up = [await _up(call, session, rng) for _ in range(BURSTS)]
                down = [await _down(call, session, rng) for _ in range(BURSTS)]
                await call.hang_up()
    return [
        Figure("delay", "phone's packet to the model's ear p50", percentile(up, 50), "ms"),
        Figure("delay", "phone's packet to the model's ear p99", percentile(up, 99), "ms", 40),
        Figure("delay", "model's word to the phone's packet p50", percentile(down, 50), "ms"),
        Figure("delay", "model's word to the phone's packet p99", percentile(down, 99), "ms", 40),
    ]


async def _up(call: Call, session: Session, rng: random.Random) -> float:
    await asyncio.sleep(rng.uniform(0.1, 0.2))
    before = len(session.heard)
    said = call.media.say(tone.sine(1000, 60, fade_ms=1))

    def arrived() -> bool:
        return tone.level_db(session.caller()[before // 2 :][-480:]) > -35

    await session.until(arrived)
    return (time.monotonic_ns() - said.started_at) / MS


async def _down(call: Call, session: Session, rng: random.Random) -> float:
    await asyncio.sleep(rng.uniform(0.1, 0.2))
    began = time.monotonic_ns()
    await session.respond(tone.sine(1000, 200, rate=RATE, fade_ms=1))
    first = await call.hears_sound(began)
    await call.hears_silence(100)
    return (first - began) / MS
