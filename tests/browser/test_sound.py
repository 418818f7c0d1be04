"""Sound between a browser and a leg: nothing piles up, whatever either clock does."""

from __future__ import annotations

import fractions
from dataclasses import replace

import av
import numpy as np
import pytest

from gateway.browser.sound import (
    AHEAD,
    FEWER_FRAMES,
    LEAD,
    MOST_FRAMES,
    MOST_QUEUED,
    QUIET_FRAMES,
    SILENCE,
    FromBrowser,
    ToBrowser,
)
from gateway.call import Flush, LegOrder, Play
from gateway.media.media_port import Counters
from gateway.webrtc.paced_track import FRAME
from gateway.webrtc.standing_delay import FRAMES
from tests.equipment import tone


def pcm(samples: int, value: int = 1) -> bytes:
    return np.full(samples, value, np.int16).tobytes()


def test_what_the_leg_hears_goes_out_in_frames() -> None:
    """Of 20 ms each; silence where there is nothing."""
    track = ToBrowser()
    track.hear(pcm(FRAME + 10))
    track.hear(pcm(FRAME - 10))
    assert [track.next_frame() for _ in range(3)] == [pcm(FRAME), pcm(FRAME), SILENCE]


def test_a_browser_that_is_slower() -> None:
    """The oldest is left out, not added up."""
    track = ToBrowser()
    for value in range(1, MOST_FRAMES + 2):
        track.hear(pcm(FRAME, value))
    assert track.next_frame() == pcm(FRAME, MOST_FRAMES + 2 - FEWER_FRAMES)


def test_who_sends_knows_when_there_is_a_frame() -> None:
    track = ToBrowser()
    track.hear(pcm(FRAME - 1))
    assert not track.comes.is_set()
    track.hear(pcm(FRAME + 1))
    seen = []
    while track.comes.is_set():
        seen.append(track.next_frame())
    assert seen == [pcm(FRAME)] * 2
    assert track.next_frame() == SILENCE


COUNTERS = Counters(
    ticks=0,
    agent_frames=0,
    caller_frames=0,
    underruns=0,
    overruns=0,
    queued_samples=0,
    agent_peak=0,
    caller_peak=0,
    rtp_packets=None,
    rtp_lost=None,
    rtp_sent=None,
    rtp_strangers=None,
    rtp_idle_ms=None,
    rtp_learned=None,
)


class Leg:
    """Plays nothing; says how much waits."""

    def __init__(self) -> None:
        self.port = self
        self.queued = 0
        self.orders: list[LegOrder] = []

    def counters(self) -> Counters:
        return replace(COUNTERS, queued_samples=self.queued)

    def execute(self, order: LegOrder) -> None:
        self.orders.append(order)


def frame(number: int) -> av.AudioFrame:
    """Return 20 ms of a tone as a browser sends it: 48 kHz, two channels."""
    mono = tone.sine(440, 200, rate=48_000)[number * 960 : (number + 1) * 960]
    made = av.AudioFrame.from_ndarray(mono.repeat(2).reshape(1, -1), format="s16", layout="stereo")
    made.sample_rate, made.pts, made.time_base = 48_000, number * 960, fractions.Fraction(1, 48_000)
    return made


def test_what_the_browser_says_reaches_the_line() -> None:
    """At 24 kHz, mono, with a little silence before the first: it comes unevenly."""
    leg = Leg()
    mouth = FromBrowser(leg)
    mouth.take(frame(0))
    leg.queued = LEAD
    for number in range(1, 8):
        mouth.take(frame(number))
    plays = [order for order in leg.orders if isinstance(order, Play)]
    assert {play.item_id for play in plays} == {"browser_0"}
    samples = np.frombuffer(b"".join(play.pcm for play in plays), np.int16)
    assert not samples[:LEAD].any()
    spoken = samples[LEAD:]
    assert len(spoken) == pytest.approx(8 * FRAME, abs=FRAME)
    assert tone.share(spoken[::3].astype(np.int16), 440) > 0.8


def test_what_waits_for_no_reason_reaches_the_line_sooner() -> None:
    """One frame in half a second is left out, as long as so much waits."""
    leg = Leg()
    mouth = FromBrowser(leg)
    leg.queued = 5 * FRAME
    for number in range(FRAMES):
        mouth.take(frame(number % 8))
    leg.queued = AHEAD
    for number in range(FRAMES):
        mouth.take(frame(number % 8))
    assert len([order for order in leg.orders if isinstance(order, Play)]) == 2 * FRAMES - 1


def test_silence_is_what_is_left_out_first() -> None:
    """While nobody speaks the way to the line gets short quickly: a word that follows is in time."""
    leg = Leg()
    mouth = FromBrowser(leg)
    leg.queued = 5 * FRAME
    for _ in range(FRAMES - 1):
        silent = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="stereo")
        silent.sample_rate = 48_000
        mouth.take(silent)
    left_out = FRAMES - 1 - len([order for order in leg.orders if isinstance(order, Play)])
    assert left_out == (FRAMES - 1) // QUIET_FRAMES


def test_a_browser_that_is_quicker() -> None:
    """What waits too long is left out, and it goes on."""
    leg = Leg()
    mouth = FromBrowser(leg)
    leg.queued = MOST_QUEUED + 1
    mouth.take(frame(0))
    assert isinstance(leg.orders[0], Flush)
    assert isinstance(leg.orders[1], Play)
    assert leg.orders[1].item_id == "browser_1"
