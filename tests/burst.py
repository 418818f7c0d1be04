"""Agent audio that comes all at once: a staircase of tones, so that a hole or a swap is heard as such."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from tests import tone
from tests.model import RATE, Model
from tests.programs import Gateway, agent
from tests.wire_call import Call
from tests.wire_phone import Phone
from tests.wire_rtp import MS, Pump

LOWEST_HZ, STEP_HZ = 300, 23
STEP_MS = 480
"""Of one tone."""
NUMBER = "800"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one phone heard."""

    sound_ms: float
    wrong_steps: int
    """Steps that are not where they belong, by frequency or by time."""
    hole_ms: float
    lost: int
    """RTP packets."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the calls."""

    steps: int
    sent_ms: list[float]
    """How long it took to send each answer."""
    heard: list[Heard]
    idle_kb: int
    most_kb: int
    """The gateway's memory before, and the most that it ever had."""


def staircase(steps: int) -> tone.Pcm:
    """Climb: the same frequency comes again only after a hundred steps."""
    return tone.join(tone.sine(_frequency(n), STEP_MS, rate=RATE, fade_ms=5) for n in range(steps))


def _frequency(step: int) -> int:
    return LOWEST_HZ + STEP_HZ * (step % 100)


async def run(steps: int, calls: int = 1) -> Outcome:
    """Let so many calls be answered with the staircase, as fast as the line takes it."""
    async with Model() as model:
        model.says = None
        plan = agent(NUMBER, model.url, model="burst")
        with Pump() as pump, Gateway({"burst": plan}, "--no-local") as gateway:
            async with Phone(gateway.sip, pump) as phone:
                made: list[Call] = []
                idle_kb, sent_ms, pcm = gateway.rss_kb(), [], staircase(steps)
                for number in range(calls):
                    made.append(phone.call(NUMBER))
                    session = await model.session(number + 1)
                    await session.got("response.create")
                    began = time.monotonic_ns()
                    await session.respond(pcm)
                    sent_ms.append((time.monotonic_ns() - began) / MS)
                    await made[-1].answered()
                    await made[-1].hears_sound()
                await asyncio.gather(*(call.hears_silence(600, steps * STEP_MS / 1000 + 20) for call in made))
                heard = [_judge(call, steps) for call in made]
                await asyncio.gather(*(call.hang_up() for call in made))
                return Outcome(steps, sent_ms, heard, idle_kb, _most_kb(gateway))


def _most_kb(gateway: Gateway) -> int:
    status = Path(f"/proc/{gateway.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _judge(call: Call, steps: int) -> Heard:
    audio = call.media.heard()
    (first, *_), sound = tone.spans(audio), tone.sound_ms(audio)
    begins = first.start_ms
    wrong = 0
    for step in range(steps):
        start = begins + step * STEP_MS
        middle = audio[round((start + 40) * 8) : round((start + STEP_MS - 40) * 8)]
        wrong += tone.share(middle, _frequency(step), width=10) < 0.9
    whole = audio[round(begins * 8) : round((begins + steps * STEP_MS) * 8)]
    return Heard(sound, wrong, tone.longest_silence_ms(whole), call.media.lost())
