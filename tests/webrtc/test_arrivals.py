"""What arrives of a browser's words on a line that loses packets."""

from __future__ import annotations

import fractions
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.webrtc.arrivals import MOST_FILLED, ArrivingSound, PacketsAsTheyCome
from tests.equipment import tone

RATE = 48_000
FRAME = RATE // 50


def frames(pcm: NDArray[np.int16]) -> list[av.AudioFrame]:
    """Return sound as the library's decoder has it."""
    made = []
    for at in range(0, len(pcm) - FRAME + 1, FRAME):
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(pcm[at : at + FRAME].astype(np.int16).tobytes())
        frame.pts, frame.sample_rate, frame.time_base = 96_000 + at, RATE, fractions.Fraction(1, RATE)
        made.append(frame)
    return made


def heard(arrived: list[av.AudioFrame]) -> tuple[NDArray[np.int16], ArrivingSound]:
    arrivals = ArrivingSound()
    return np.frombuffer(b"".join(arrivals.take(frame) for frame in arrived), np.int16), arrivals


def test_a_whole_line_is_heard_whole() -> None:
    pcm, arrivals = heard(frames(tone.sine(440, 1000, rate=RATE).astype(np.int16)))
    assert arrivals.filled == 0
    assert abs(len(pcm) - 24_000) < 100
    assert tone.share(pcm, 440, rate=24_000) > 0.99


def test_one_in_twenty_that_is_lost_is_filled_in() -> None:
    """As long as it was, at its own pitch, and never silent in between."""
    said = frames(tone.sine(440, 2000, rate=RATE).astype(np.int16))
    pcm, arrivals = heard([frame for number, frame in enumerate(said) if number % 20 != 7])
    assert arrivals.filled == 5
    assert abs(len(pcm) - 48_000) < 100
    assert tone.share(pcm, 440, rate=24_000) > 0.95
    loud = np.abs(pcm[: len(pcm) // 240 * 240].reshape(-1, 240)).max(axis=1)
    assert loud[2:-2].min() > 0.3 * loud.max()


def test_a_long_silence_is_none_that_was_lost() -> None:
    """Whoever has sent nothing is not made to drone on; nor is a frame that comes again filled."""
    said = frames(tone.sine(440, 2000, rate=RATE).astype(np.int16))
    pcm, arrivals = heard([*said[:5], *said[5 + MOST_FILLED + 1 :], said[-1]])
    assert arrivals.filled == 0
    assert len(pcm) < 45_000


@pytest.mark.parametrize(
    ("numbers", "taken"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([1, 3, 2, 4], [1, 3, 4]),
        ([1, 1, 2], [1, 2]),
        ([65_534, 65_535, 0, 1], [65_534, 65_535, 0, 1]),
        ([1, 9, 10], [1, 9, 10]),
    ],
)
def test_packets_are_taken_as_they_come(numbers: list[int], taken: list[int]) -> None:
    """None is waited for; one that comes later than the next one is left out."""
    packets = PacketsAsTheyCome()
    found = []
    for number in numbers:
        packet: Any = SimpleNamespace(sequence_number=number, timestamp=960 * number, _data=b"%d" % number)
        _, frame = packets.add(packet)
        found += [] if frame is None else [int(frame.data)]
    assert found == taken
