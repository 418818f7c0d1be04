"""Legs that are joined: what that adds in delay and level, and how evenly a hundred pairs are served."""

from __future__ import annotations

import time

import numpy as np

from gateway.call import Join
from tests.bench.figures import Figure, percentile
from tests.equipment import ports, tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump, Utterance
from tests.sip.conftest import Exchange, Listening, exchange

PAIRS = 100
MEASURED = 10
"""Pairs of which each packet is followed, before there are more: phones in Python are not punctual then."""
SECONDS = 10
CODES = np.concatenate([np.arange(0x10, 0x50), np.arange(0x90, 0xD0)]).astype(np.uint8)
"""Octets of mu-law that no other has the level of."""

Side = tuple[Call, Listening]


async def run() -> list[Figure]:
    """Follow what is said in a few pairs, then join a hundred."""
    low, high = ports.free_range(4 * PAIRS + 40)
    async with exchange(native=True, max_calls=2 * PAIRS + 8, rtp_low=low, rtp_high=high) as sip:
        with Pump() as pump:
            async with Phone(sip.address, pump) as phone:
                pairs = [await _joined(sip, phone) for _ in range(MEASURED)]
                last, _ = pairs[0][1]
                await last.listens(2000)  # until the buffers have forgotten how the calls were made
                pump.worst_late_ns = 0
                words = [_words(number) for number in range(MEASURED)]
                said = [
                    one.media.say_packets(packets, 0)
                    for ((one, _), _), packets in zip(pairs, words, strict=False)
                ]
                waited = [_waits(pairs)]
                for _ in range(5 * SECONDS + 3):
                    await last.listens(200)
                    waited.append(_waits(pairs))
                late_ms = pump.worst_late_ns / MS
                figures = [*_delays(pairs, words, said, waited, late_ms), await _level(pairs[0])]
                pairs += [await _joined(sip, phone) for _ in range(PAIRS - MEASURED)]
                begin = time.monotonic_ns()
                await last.listens(1000 * SECONDS)
                return figures + _gaps(pairs, begin)


async def _joined(sip: Exchange, phone: Phone) -> tuple[Side, Side]:
    one, other = await sip.answered(phone), await sip.answered(phone)
    one[1].leg.execute(Join(other[1].leg.info.id))
    return one, other


def _waits(pairs: list[tuple[Side, Side]]) -> list[float]:
    return [leg.leg.port.counters().buffer_ms or 0.0 for (_, leg), _ in pairs]


def _words(seed: int) -> list[bytes]:
    """Return packets of which none is like another."""
    random = np.random.default_rng(seed)
    return [random.choice(CODES, 160).tobytes() for _ in range(50 * SECONDS)]


def _delays(
    pairs: list[tuple[Side, Side]],
    words: list[list[bytes]],
    said: list[Utterance],
    waited: list[list[float]],
    late_ms: float,
) -> list[Figure]:
    """Follow each packet from phone to phone; what it waited in the jitter buffer is told by the leg."""
    whole: list[float] = []
    own: list[float] = []
    lost = 0
    for place, ((_, (other, _)), packets, utterance) in enumerate(zip(pairs, words, said, strict=False)):
        came = {packet.payload: packet.at for packet in other.media.packets}
        for number, payload in enumerate(packets):
            if (at := came.get(payload)) is None:
                lost += 1
                continue
            whole.append((at - utterance.started_at) / MS - 20 * number)
            around = waited[number // 10 : number // 10 + 3]  # every 200 ms: before, then, and after
            own.append(min(abs(whole[-1] - then[place]) for then in around))
    return [
        Figure("join", "phone to phone, jitter buffer and all, p50", percentile(whole, 50), "ms"),
        Figure("join", "phone to phone, jitter buffer and all, p99", percentile(whole, 99), "ms"),
        Figure("join", "phone to phone, jitter buffer apart, p99", percentile(own, 99), "ms", 25),
        Figure("join", "phones' packets left late, max", late_ms, "ms"),
        Figure("join", "packets not passed on octet by octet", 100 * lost / sum(map(len, words)), "%", 1),
    ]


def _gaps(pairs: list[tuple[Side, Side]], since: int) -> list[Figure]:
    gaps = np.concatenate([call.media.gaps(since) for pair in pairs for call, _ in pair])
    return [
        Figure("join", f"{PAIRS} joins: between two packets p99", percentile(list(gaps), 99), "ms", 21),
        Figure("join", f"{PAIRS} joins: between two packets max", float(gaps.max()), "ms"),
    ]


async def _level(pair: tuple[Side, Side]) -> Figure:
    (one, _), (other, _) = pair
    sound = tone.ulaw_decode(tone.ulaw_encode(tone.sine(1000, 1000, level_db=-10)))
    since = other.media.packets[-1].at
    await one.said(one.media.say(sound))
    await other.hears_silence(200)
    heard = other.media.heard(since)
    (span,) = tone.spans(heard)
    middle = heard[int(span.start_ms * 8) + 1600 : int(span.end_ms * 8) - 1600]
    return Figure("join", "level of a tone", abs(tone.level_db(middle) - tone.level_db(sound)), "dB", 0.1)
