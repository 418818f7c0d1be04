"""Agent audio that comes all at once: a staircase of tones, so that a hole or a swap is heard as such.

The model is the embedded server's `script` engine.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.equipment import tone
from tests.equipment.process import Line, Process
from tests.equipment.programs import Gateway, Scripted, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

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


def staircase(steps: int) -> list[dict[str, int]]:
    """Climb: the same frequency comes again only after a hundred steps."""
    return [{"tone": _frequency(step), "ms": STEP_MS} for step in range(steps)]


def _frequency(step: int) -> int:
    return LOWEST_HZ + STEP_HZ * (step % 100)


async def run(steps: int, calls: int = 1) -> Outcome:
    """Let so many calls be answered with the staircase, as fast as the line takes it."""
    with Scripted({"answers": [{"do": staircase(steps)}]}) as server, Pump() as pump:
        plan = agent(NUMBER, server.url, model="burst")
        with Gateway({"burst": plan}, "--no-local") as gateway:
            async with Phone(gateway.sip, pump) as phone:
                made: list[Call] = []
                idle_kb = gateway.rss_kb()
                for _ in range(calls):
                    made.append(phone.call(NUMBER))
                    await made[-1].answered()
                    await made[-1].hears_sound()
                await asyncio.gather(*(call.hears_silence(600, steps * STEP_MS / 1000 + 20) for call in made))
                heard = [_judge(call, steps) for call in made]
                await asyncio.gather(*(call.hang_up() for call in made))
                return Outcome(steps, _sent_ms(server), heard, idle_kb, _most_kb(gateway))


def _sent_ms(server: Process) -> list[float]:
    """Tell from the model's log how long it took to be rid of each answer."""
    begun = {line["session"]: _time(line) for line in server.events("answer.started")}
    sent = {line["session"]: _time(line) for line in server.events("answer.sent")}
    return [1000 * (sent[session] - at) for session, at in begun.items()]


def _time(line: Line) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()


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
