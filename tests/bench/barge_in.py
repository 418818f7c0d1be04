"""Interruptions at random moments: how soon the agent is silent on the wire, and how truly that is told."""

from __future__ import annotations

import asyncio
import random

import numpy as np

from tests import tone
from tests.bench.figures import Figure, percentile
from tests.model import RATE, Model, Session
from tests.programs import Gateway, agent
from tests.wire_call import Call
from tests.wire_phone import Phone
from tests.wire_rtp import MS, Pump, is_loud

TURNS = 3
"""Interruptions in each call."""


async def run(calls: int = 50, seed: int = 1) -> list[Figure]:
    """Interrupt every call three times; the model tells the gateway at a known time."""
    rng = random.Random(seed)
    async with Model() as model:
        model.says = tone.sine(440, 6000, rate=RATE, fade_ms=5)
        plans = {"scripted": agent("200", model.url)}
        with Gateway(plans, "--no-local") as gateway, Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                ups = []
                for index in range(calls):
                    call = phone.call("200")
                    await call.answered(15)
                    ups.append((call, await model.session(index + 1)))
                done = await asyncio.gather(*(_interrupt(call, session, rng) for call, session in ups))
                await asyncio.gather(*(call.hang_up() for call, _ in ups))
    delays = [delay for call in done for delay, _ in call]
    errors = [abs(error) for call in done for _, error in call]
    name = f"barge-in, {calls} calls"
    return [
        Figure(name, "interruptions measured", -len(delays), "", -calls * TURNS),
        Figure(name, "speech_started to last agent packet p50", percentile(delays, 50), "ms"),
        Figure(name, "speech_started to last agent packet p99", percentile(delays, 99), "ms", 20),
        Figure(name, "speech_started to last agent packet max", percentile(delays, 100), "ms"),
        Figure(name, "audio_end_ms off the audio in RTP p50", percentile(errors, 50), "ms"),
        Figure(name, "audio_end_ms off the audio in RTP max", percentile(errors, 100), "ms", 20),
    ]


async def _interrupt(call: Call, session: Session, rng: random.Random) -> list[tuple[float, float]]:
    """Interrupt one call a few times; gives delay and error of each."""
    found = []
    since = 0
    for turn in range(1, TURNS + 1):
        await call.hears_sound(since, 15)
        await asyncio.sleep(rng.uniform(0.1, 2.5))
        told = await session.caller_speaks(f"caller_{turn}")
        cut = await session.got("conversation.item.truncate", turn)
        await asyncio.sleep(0.3)
        loud = [packet for packet in call.media.audio() if packet.at > since and is_loud(packet, 60)]
        last = loud[-1].at
        heard = tone.spans(call.media.heard(since), frame_ms=1, join_ms=20)[0].ms
        # A negative delay: the last packet had left before the model spoke up, and nothing came after.
        found.append(((last - told) / MS, cut["audio_end_ms"] - heard))
        since = last + MS
        await session.caller_stops(f"caller_{turn}")
        if turn < TURNS:
            await session.respond(
                session.model.says if session.model.says is not None else np.zeros(0, np.int16)
            )
    return found
