"""What the model hears of callers on lines that are uneven or lose packets: a call for each kind of line.

Scores are PESQ's (narrowband, 4.55 at most) against the same words through G.711 alone; none without `pip
install pesq`, which needs a compiler. A *shift* is a place where the delay changes inside the words:
something was cut out or put in. A process of its own sends the packets, as punctual as can be had.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from gateway.call import MediaStatistics
from gateway.media.resample import ItemResampler
from tests.bench.figures import Figure, percentile
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Listening, exchange
from tests.sounds import SENTENCES, speech

LINES: dict[str, tuple[float, float, float]] = {
    "even": (0, 0, 4.4),
    "0-15 ms late": (15, 0, 4.4),
    "0-40 ms late": (40, 0, 4.4),
    "1 % lost": (0, 0.01, 0),
    "5 % lost": (0, 0.05, 3.4),
    "0-40 ms late, 1 % lost": (40, 0.01, 3.4),
}
"""How late packets are at most, in order; which part is lost; the least score."""
BEST = 4.55
"""What the words score against themselves."""
PHASES = 8
"""Further even lines, whose packets come at other moments of our tick: what they wait is not the same."""
SECONDS = 17
WINDOW = 1600
"""Samples in which a delay is looked for: 200 ms."""

Packets = list[tuple[float, int, tuple[str, int], bytes]]
"""When each is sent in seconds, on which socket, where to, and what."""


async def run() -> list[Figure]:
    """Say the same on all lines."""
    words = tone.join([tone.join([speech(name), tone.silence(250)]) for name in SENTENCES])
    words = np.resize(words, SECONDS * 8000)
    figures: list[Figure] = []
    async with exchange(native=True, max_calls=20) as sip:
        with Pump() as pump:
            async with Phone(sip.address, pump) as phone:
                calls = [await sip.answered(phone) for _ in range(len(LINES) + PHASES)]
                late_ms, lost, before = await _say(words, calls)
                figures.append(Figure("line", "packets left late, max", late_ms, "ms", 5))
                even = [leg.leg.statistics().buffer_ms or 0.0 for _, leg in (calls[0], *calls[len(LINES) :])]
                wait = percentile(even, 50)
                figures.append(
                    Figure("line: even", "wait in the jitter buffer, p50 of calls", wait, "ms", 25)
                )
                for index, (name, (_, _, least)) in enumerate(LINES.items()):
                    leg = calls[index][1]
                    figures += _judged(f"line: {name}", words, leg.heard, least)
                    figures += _counted(f"line: {name}", lost[index], before[index], leg.leg.statistics())
    return figures


async def _say(
    words: tone.Pcm, calls: list[tuple[Call, Listening]]
) -> tuple[float, list[float], list[MediaStatistics]]:
    """Return how late a packet left at most, in ms: more than a few, and the machine was measured.

    And which part of each line's packets was lost, and what was counted before.
    """
    plan: Packets = []
    gone: list[float] = []
    before: list[MediaStatistics] = []
    count = len(words) // 160
    kinds = [*LINES.values(), *[(0.0, 0.0, 0.0)] * PHASES]
    for index, ((late_ms, lost, _), (call, leg)) in enumerate(zip(kinds, calls, strict=True)):
        call.phone.pump.stop(call.media)
        await asyncio.sleep(0.1)  # what is on its way
        leg.heard = b""
        before.append(leg.leg.statistics())
        assert call.media.remote
        packets = _packets(tone.ulaw_encode(words), index, call.media.remote, late_ms, lost)
        gone.append(1 - len(packets) / count)
        plan += packets
    sockets = [call.media.socket.fileno() for call, _ in calls]
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump((sorted(plan, key=lambda packet: packet[0]), sockets), file)
        file.flush()
        command = (sys.executable, "-m", "tests.bench.line", file.name)
        sender = await asyncio.create_subprocess_exec(
            *command, pass_fds=sockets, stdout=asyncio.subprocess.PIPE
        )
        told, _ = await sender.communicate()
    await asyncio.sleep(0.5)
    return float(told), gone, before


def _packets(coded: bytes, index: int, to: tuple[str, int], late_ms: float, lost: float) -> Packets:
    rng = np.random.default_rng(index)
    count = len(coded) // 160
    even = np.arange(count) * 0.02 + index * 0.0023
    at = np.maximum.accumulate(even + rng.uniform(0, late_ms / 1000, count))
    packets: Packets = []
    for number in range(count):
        if number >= 25 and rng.random() < lost:
            continue
        head = struct.pack("!BBHII", 0x80, 0, number, 160 * number, 1000 + index)
        packets.append((float(at[number]), index, to, head + coded[160 * number : 160 * (number + 1)]))
    return packets


def _judged(name: str, words: tone.Pcm, heard: bytes, least: float) -> list[Figure]:
    wanted = tone.ulaw_decode(tone.ulaw_encode(words))
    got = np.frombuffer(ItemResampler().feed(heard, last=True), "<i2")
    lead = _first_sound(got) - _first_sound(wanted)  # until the sender had begun
    got = got[max(lead - WINDOW // 2, 0) :]
    delays = _delays(wanted, got)
    begin = int(np.median(delays))
    shifts = int((np.abs(np.diff(delays)) > 30).sum())
    score = _pesq(wanted, got[begin : begin + len(wanted)])
    figures = [Figure(name, "shifts", shifts, "", 0 if least > 4 else None)]
    if score is not None:
        bar = BEST - least if least else None
        figures.append(Figure(name, "PESQ-NB, short of 4.55 by", BEST - score, "", bar))
    return figures


def _counted(name: str, lost: float, before: MediaStatistics, after: MediaStatistics) -> list[Figure]:
    """Return how far what was counted is from what was lost, in points of per cent, and what else is told."""
    came = (after.packets_in or 0) - (before.packets_in or 0)
    missing = (after.packets_lost or 0) - (before.packets_lost or 0)
    off = 100 * abs(missing / (came + missing) - lost)
    return [
        Figure(name, "loss, counted wrong by", off, "points", 0.1),
        Figure(name, "wait in the jitter buffer at the end", after.buffer_ms or 0.0, "ms"),
        Figure(name, "made up", after.concealed_ms or 0, "ms"),
        Figure(name, "MOS told, short of 4.41 by", 4.41 - (after.mos or 0.0), ""),
    ]


def _first_sound(pcm: tone.Pcm) -> int:
    return int(np.flatnonzero(np.abs(pcm.astype(np.int32)) > 500)[0])


def _delays(wanted: tone.Pcm, got: tone.Pcm) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Where each 200 ms of loud words stand in what was heard, in samples after where they were said."""
    found = []
    for start in range(4000, len(wanted) - 4000, WINDOW):
        part = wanted[start : start + WINDOW].astype(float)
        around = got[start : start + 3 * WINDOW].astype(float)
        if tone.level_db(wanted[start : start + WINDOW]) < -38 or len(around) < 2 * WINDOW:
            continue
        energy = np.sqrt(np.convolve(around**2, np.ones(WINDOW), "valid")) + 1
        found.append(int(np.argmax(np.correlate(around, part, "valid") / energy)))
    return np.array(found)


def _pesq(wanted: tone.Pcm, got: tone.Pcm) -> float | None:
    try:
        from pesq import pesq  # noqa: PLC0415
    except ImportError:
        return None
    return float(pesq(8000, wanted[: len(got)], got, "nb"))


def _send(path: Path) -> None:
    plan, numbers = pickle.loads(path.read_bytes())
    sockets = {index: socket.socket(fileno=number) for index, number in enumerate(numbers)}
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        sys.stderr.write("not punctual: SCHED_RR is refused\n")
    begin, pause = time.monotonic() + 0.1, threading.Event()
    late = 0.0
    for at, index, to, packet in plan:
        pause.wait(max(begin + at - time.monotonic(), 0))
        late = max(late, time.monotonic() - begin - at)
        sockets[index].sendto(packet, to)
    sys.stdout.write(f"{late * 1000}\n")


if __name__ == "__main__":
    _send(Path(sys.argv[1]))
