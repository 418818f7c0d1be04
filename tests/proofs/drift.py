"""A phone whose clock is wrong: `python -m tests.proofs.drift [SECONDS]`.

Four calls side by side for ten minutes, whose packets come 200 ppm too fast or too slow: two of G.711 with a
tone that never pauses, two of G.722 with words of a tone. What the model hears has no click and no hole, and
a packet waits no longer at the end than at the beginning.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tests.equipment import tone
from tests.equipment.other_codec import OtherCodec
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Listening, exchange

SECONDS = 600.0
PPM = 200
PCMU, G722 = 0, 9
MOST_WAIT_MS = 60.0
EDGE = 24_000
"""Samples that are not judged after the first sound and before the last: a second."""


@dataclass
class Line:
    """One call, and how its phone's clock runs."""

    kind: int
    ppm: int
    call: Call
    leg: Listening
    waits_ms: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called in the result."""
        return f"{'G.711' if self.kind == PCMU else 'G.722'} {self.ppm:+} ppm"


def payloads(kind: int, seconds: float) -> list[bytes]:
    """Return packets of a tone: without a pause, or in words of 1.6 s."""
    count = round(seconds * 50)
    if kind == PCMU:
        coded = tone.ulaw_encode(tone.sine(500, 1000, level_db=-12))
        return [coded[160 * (n % 50) : 160 * (n % 50 + 1)] for n in range(count)]
    word = tone.join([tone.sine(500, 1600, rate=16_000, fade_ms=40), tone.silence(400, rate=16_000)])
    coder = OtherCodec("g722")
    return [coder.packets(word[320 * (n % 100) : 320 * (n % 100 + 1)])[0] for n in range(count)]


def packets(
    line: Line, index: int, sound: list[bytes]
) -> Iterable[tuple[float, int, tuple[str, int], bytes]]:
    """Return when each leaves, on which socket, where to, and what."""
    assert line.call.media.remote
    for number, payload in enumerate(sound):
        head = struct.pack("!BBHII", 0x80, line.kind, number & 0xFFFF, 160 * number, 1000 + index)
        at = number * 0.02 * (1 - line.ppm / 1e6) + index * 0.0047
        yield at, index, line.call.media.remote, head + payload


async def prove(seconds: float) -> bool:
    """Let them run, and listen."""
    sounds = {kind: payloads(kind, seconds) for kind in (PCMU, G722)}  # before anybody waits for it
    async with exchange(native=True, max_calls=8) as sip:
        with Pump() as pump:
            async with Phone(sip.address, pump) as phone:
                lines = []
                for kind in (PCMU, G722):
                    for ppm in (-PPM, PPM):
                        call, leg = await sip.answered(phone, formats=(kind, 101))
                        pump.stop(call.media)
                        leg.heard = bytearray()  # type: ignore[assignment] # grows in place
                        lines.append(Line(kind, ppm, call, leg))
                late_ms = await _send(lines, sounds)
                sys.stdout.write(f"packets left late, at most: {late_ms:.0f} ms\n")
                held = [_judged(line, late_ms) for line in lines]
                return all(held)


async def _send(lines: list[Line], sounds: dict[int, list[bytes]]) -> float:
    """Return how late a packet left at most, in ms: that much of a pause is the machine's."""
    plan = sorted(
        (packet for index, line in enumerate(lines) for packet in packets(line, index, sounds[line.kind])),
        key=lambda packet: packet[0],
    )
    sockets = [line.call.media.socket.fileno() for line in lines]
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump((plan, sockets), file)
        file.flush()
        sender = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.line",
            file.name,
            pass_fds=sockets,
            stdout=asyncio.subprocess.PIPE,
        )
        told = asyncio.ensure_future(sender.communicate())  # noqa: TID251 - beside what is looked at meanwhile
        while not told.done():
            await asyncio.wait([told], timeout=1)
            for line in lines:
                line.waits_ms.append(line.leg.leg.statistics().buffer_ms or 0.0)
        return float((await told)[0])


def _judged(line: Line, late_ms: float) -> bool:
    heard = np.frombuffer(line.leg.heard, "<i2")
    sounds = np.flatnonzero(np.abs(heard.astype(np.int32)) > 500)
    heard = heard[sounds[0] + EDGE : sounds[-1] - EDGE] if len(sounds) else heard[:0]
    whole_ms = len(heard) / 24
    clicks = len([at for at in tone.clicks(heard, rate=24_000) if 50 < at < whole_ms - 50])  # not the cuts
    pause = tone.longest_silence_ms(heard, rate=24_000)
    early, late = np.mean(line.waits_ms[2:12]), np.mean(line.waits_ms[-12:-2])
    counted = line.leg.leg.statistics()
    holds = (
        len(heard) > 0
        and clicks == 0
        and late < MOST_WAIT_MS
        and pause < late_ms + (20 if line.kind == PCMU else 500)
    )
    sys.stdout.write(
        f"{line.name:16} {len(heard) / 24_000:.0f} s heard, clicks {clicks}, longest pause {pause:.0f} ms, "
        f"wait {early:.1f} -> {late:.1f} ms, late {counted.packets_late}, lost {counted.packets_lost}: "
        f"{'holds' if holds else 'FAILED'}\n"
    )
    return holds


if __name__ == "__main__":
    wanted = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    sys.exit(0 if asyncio.run(prove(wanted)) else 1)
