"""Packets, streams and outcomes made by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from gateway.loadtest import listening, outcome
from gateway.loadtest.circumstances import Circumstances
from gateway.loadtest.listening import MS, HeardCall, Stream
from gateway.loadtest.meters import Meters, Sample
from gateway.loadtest.outcome import Evidence, Outcome
from gateway.loadtest.packets import Packets
from gateway.loadtest.signalling import CapturedCall
from tests.equipment import tone

SECOND = 1000 * MS


def packets(rows: Sequence[tuple[int, int, int, bytes]]) -> Packets:
    """Return packets: time in ns, from port, to port, payload."""
    data = np.frombuffer(b"".join(payload for *_, payload in rows) + bytes(200), np.uint8)
    sizes = np.array([len(payload) for *_, payload in rows], np.int64)
    starts = np.cumsum(sizes) - sizes
    at, source, target = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    return Packets(data, at, source, target, starts, sizes)


def rtp(pcm: tone.Pcm, *, start_ms: float = 0, sequence: int = 0) -> list[tuple[int, int, int, bytes]]:
    """Return a stream from port 1 to port 2, a packet each 20 ms."""
    coded = tone.ulaw_encode(pcm)
    return [
        (
            round((start_ms + 20 * n) * MS),
            1,
            2,
            struct.pack("!BBHII", 0x80, 0, (sequence + n) % 65536, 160 * (sequence + n), 7)
            + coded[160 * n : 160 * n + 160],
        )
        for n in range(len(coded) // 160)
    ]


def stream(*pieces: tone.Pcm) -> Stream:
    """Read the stream of some sound."""
    return listening.stream(packets(rtp(tone.join(pieces))))


def hear(caller: Stream, agent: Stream, own_hz: float | None = None, told: Sequence[int] = ()) -> HeardCall:
    """Listen to a call from its beginning to its end."""
    return listening.listen(caller, agent, (0, 3600 * SECOND), own_hz, list(told))


RUN = Circumstances(
    "2026-11-27 16:03 +0000", "0.1.0 (abc1234)", "a machine", "a system", "gateway loadtest --calls <10>"
)


def meters() -> Meters:
    """Return ten seconds of a gateway that takes a fifth of a core with 10 calls."""
    made = Meters({"gateway": 1, "server": 2, "sipp": 3}, 100.0)
    for second in range(11):
        cpu = {"gateway": 0.2 * second, "server": 0.1 * second, "sipp": 0.05 * second}
        rss = {"gateway": 100.0 + second / 2, "server": 80.0, "sipp": 20.0}
        threads = {"media-clock": 0.06 * second, "main": 0.12 * second, "sip": 0.005 * second}
        made.samples.append(Sample(second * SECOND, cpu, rss, 40, 0.5 * second, 10, threads))
    return made


def evidence(**changes: object) -> Evidence:
    """Return a clean run of 10 calls; `changes` are what is not so clean."""
    call = CapturedCall("a", 1, 0, 10 * MS, 20 * MS, 9 * SECOND, 200)
    heard = HeardCall(gaps=np.full(100, 20.0), packets=101, first_audio=30 * MS, answers=[600.0], told=[12.0])
    values: dict[str, object] = {
        "calls": 10,
        "failed": 0,
        "retransmissions": 0,
        "found": [call],
        "heard": [heard],
        "meters": meters(),
        "window": (0, 10 * SECOND),
        "dropped": 0,
        "speaks": True,
        "greets": True,
        "short": False,
    }
    return Evidence(**{**values, **changes})  # type: ignore[arg-type] # the test's own business


def result(calls: int = 10, **changes: object) -> Outcome:
    """Return a step's outcome."""
    figures, distributions = outcome.judge(evidence(calls=calls, **changes))
    return Outcome(calls, (0, 10 * SECOND), figures, distributions, meters(), 0.5)
