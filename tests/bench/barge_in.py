"""Interruptions at random moments: how soon the agent is silent on the wire, and how truly that is told.

Two clocks start: when the model sends `speech_started`, and when the gateway's journal says it has come
(CLOCK_MONOTONIC, before anything is done about it). The last agent packet is the kernel's arrival time.
A flush takes effect at the next tick of the media clock, so 0 to 20 ms are the clock's own.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from pathlib import Path

import numpy as np

from tests.bench.figures import Figure, percentile
from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump, is_loud

TURNS = 3
"""Interruptions in each call."""


async def run(calls: int = 50, seed: int = 1) -> list[Figure]:
    """Interrupt every call three times; the model tells the gateway at a known time."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder, "journal")
        ups, done = await _talk(calls, rng, journal)
        received = _received(journal)  # the gateway is over: everything has been written
    sent = [(last - told) / MS for turns in done for told, last, _ in turns]
    errors = [abs(error) for turns in done for _, _, error in turns]
    delays = [
        (last - at) / MS
        for (call, _), turns in zip(ups, done, strict=True)
        for (_, last, _), at in zip(turns, received[call.call_id], strict=True)
    ]
    name = f"barge-in, {calls} calls"
    return [
        Figure(name, "interruptions measured", -len(delays), "", -calls * TURNS),
        Figure(name, "speech_started received to last agent packet p50", percentile(delays, 50), "ms"),
        Figure(name, "speech_started received to last agent packet p99", percentile(delays, 99), "ms", 20),
        Figure(name, "speech_started received to last agent packet max", percentile(delays, 100), "ms"),
        Figure(name, "speech_started sent to last agent packet p99", percentile(sent, 99), "ms"),
        Figure(name, "audio_end_ms off the audio in RTP p50", percentile(errors, 50), "ms"),
        Figure(name, "audio_end_ms off the audio in RTP max", percentile(errors, 100), "ms", 20),
    ]


async def _talk(
    calls: int, rng: random.Random, journal: Path
) -> tuple[list[tuple[Call, Session]], list[list[tuple[int, int, float]]]]:
    """Hold the calls; gives them with what `_interrupt` found in each."""
    async with Model() as model:
        model.says = tone.sine(440, 6000, rate=RATE, fade_ms=5)
        plans = {"scripted": agent("200", model.url)}
        with Gateway(plans, "--no-local", "--journal", str(journal)) as gateway, Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                ups = []
                for index in range(calls):
                    call = phone.call("200")
                    await call.answered(15)
                    ups.append((call, await model.session(index + 1)))
                done = await asyncio.gather(*(_interrupt(call, session, rng) for call, session in ups))
                await asyncio.gather(*(call.hang_up() for call, _ in ups))
                return ups, done


def _received(journal: Path) -> dict[str, list[int]]:
    """When each call's `speech_started` reached the gateway, CLOCK_MONOTONIC ns, by SIP Call-ID."""
    names: dict[str, str] = {}
    found: dict[str, list[int]] = {}
    for text in journal.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if "sip_call_id" in line:
            names[line["call"]] = line["sip_call_id"]
        elif line["what"] == "CallerStartedSpeaking":
            found.setdefault(names[line["call"]], []).append(round(line["at"] * 1e9))
    if len(found) < len(names):
        raise RuntimeError("the gateway's journal does not tell of every call's interruptions")
    return found


async def _interrupt(call: Call, session: Session, rng: random.Random) -> list[tuple[int, int, float]]:
    """Interrupt one call a few times; gives for each when it was told, the last packet, and the error."""
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
        found.append((told, last, cut["audio_end_ms"] - heard))
        since = last + MS
        await session.caller_stops(f"caller_{turn}")
        if turn < TURNS:
            await session.respond(
                session.model.says if session.model.says is not None else np.zeros(0, np.int16)
            )
    return found
