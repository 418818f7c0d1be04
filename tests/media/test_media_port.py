"""The contract of a port, kept by the native and by the portable one alike: driven tick by tick."""

from __future__ import annotations

import itertools
import select

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import MediaError, PlayoutFull
from gateway.media.media_port import (
    AGENT_RATE,
    CALLER_RATES,
    FADE_SAMPLES,
    PHONE_TICK,
    PLAYOUT_SECONDS,
    TICK_SAMPLES,
    MediaPlane,
    MediaPort,
)
from gateway.media.port_events import Dropped, MarkPlayed, PortFlushed
from tests.equipment import tone
from tests.media.reference import Reference

SILENCE = bytes(2 * PHONE_TICK)


def ticks(port: MediaPort, count: int) -> tone.Pcm:
    """Pull so many ticks; give what the phone would hear."""
    return np.frombuffer(b"".join(port.exchange(SILENCE) for _ in range(count)), "<i2")


def ramp(samples: int, start: int = 1) -> tone.Pcm:
    """Sound in which every sample can be told from its neighbours."""
    return (start + np.arange(samples) % 10_000).astype(np.int16)


# --- playing -----------------------------------------------------------------------------------------


def test_plays_what_was_queued_in_order_and_nothing_else(port: MediaPort) -> None:
    """The phone hears the queued samples, each once, in order, then silence."""
    parts = [ramp(300), ramp(20, 500), ramp(1000, 2000)]
    for part in parts:
        port.play(1, part.tobytes())
    expected = tone.join([*parts, np.zeros(10 * TICK_SAMPLES - 1320, np.int16)])
    np.testing.assert_array_equal(ticks(port, 10), expected)


def test_is_silent_when_nothing_is_queued(port: MediaPort) -> None:
    """A tick without queued audio is a whole tick of zeros, never a shorter one."""
    assert port.exchange(SILENCE) == bytes(2 * TICK_SAMPLES)


def test_an_empty_part_is_nothing(port: MediaPort) -> None:
    """Some models send empty deltas: they begin no item."""
    port.play(1, ramp(100).tobytes())
    port.play(2, b"")
    port.flush()
    ticks(port, 1)
    assert port.events() == [PortFlushed(0, 0, 0, (Dropped(1, 100),))]


def test_refuses_more_than_the_bound_and_queues_nothing_of_it(port: MediaPort) -> None:
    """Five minutes are a model gone wild: PlayoutFull, and what was queued before is untouched."""
    second = ramp(AGENT_RATE).tobytes()
    for _ in range(PLAYOUT_SECONDS):
        port.play(1, second)
    with pytest.raises(PlayoutFull):
        port.play(1, bytes(2))
    assert port.counters().queued_samples == PLAYOUT_SECONDS * AGENT_RATE
    ticks(port, 1)
    port.play(1, bytes(2))  # a tick was heard: there is room again


@pytest.mark.parametrize(("item", "pcm"), [(0, bytes(2)), (-1, bytes(2)), (1, bytes(3))])
def test_refuses_what_cannot_be_an_item(port: MediaPort, item: int, pcm: bytes) -> None:
    """Items are positive, samples have two bytes."""
    with pytest.raises(ValueError, match=r"item|sample"):
        port.play(item, pcm)


# --- marks -------------------------------------------------------------------------------------------


def test_a_mark_is_reported_with_the_tick_that_pulls_the_last_sample_before_it(port: MediaPort) -> None:
    """Not a tick earlier, not a tick later."""
    port.play(1, ramp(2 * TICK_SAMPLES).tobytes())
    port.mark(5)
    ticks(port, 1)
    assert port.events() == []
    ticks(port, 1)
    assert port.events() == [MarkPlayed(5)]
    ticks(port, 5)
    assert port.events() == []


def test_a_mark_behind_nothing_is_reported_at_the_next_tick(port: MediaPort) -> None:
    """Everything before it has been heard: there was nothing."""
    port.mark(1)
    port.mark(2)
    ticks(port, 1)
    assert port.events() == [MarkPlayed(1), MarkPlayed(2)]


# --- flush -------------------------------------------------------------------------------------------


def test_a_flush_takes_effect_at_the_next_tick_and_says_what_was_heard(port: MediaPort) -> None:
    """Three ticks heard, five milliseconds of fade, the rest gone."""
    port.play(7, ramp(8000).tobytes())
    port.mark(1)
    ticks(port, 3)
    port.flush()
    heard = ticks(port, 2)
    assert port.events() == [
        PortFlushed(7, 3 * TICK_SAMPLES + FADE_SAMPLES, 8000 - 3 * TICK_SAMPLES - FADE_SAMPLES)
    ]
    assert not heard[FADE_SAMPLES:].any()
    assert port.counters().queued_samples == 0


def test_a_flush_does_not_touch_what_is_queued_after_it(port: MediaPort) -> None:
    """The next answer begins whole, in the same tick."""
    port.play(1, ramp(8000).tobytes())
    ticks(port, 1)
    port.flush()
    port.play(2, ramp(200, 5000).tobytes())
    heard = ticks(port, 2)
    np.testing.assert_array_equal(heard[FADE_SAMPLES : FADE_SAMPLES + 200], ramp(200, 5000))


def test_a_flush_of_an_empty_queue_tells_of_the_last_item(port: MediaPort) -> None:
    """The item was heard whole: nothing remained, and the next flush says the same."""
    port.play(3, ramp(500).tobytes())
    ticks(port, 10)
    port.flush()
    port.flush()
    ticks(port, 1)
    assert port.events() == [PortFlushed(3, 500, 0), PortFlushed(3, 500, 0)]


def test_a_flush_before_anything_was_played_names_item_0(port: MediaPort) -> None:
    """Nothing was ever on air."""
    port.flush()
    ticks(port, 1)
    assert port.events() == [PortFlushed(0, 0, 0)]


def test_items_not_begun_are_dropped_unheard(port: MediaPort) -> None:
    """Parts of one item count as one, in the order of the queue; the item on air is not among them."""
    port.play(1, ramp(2 * TICK_SAMPLES + FADE_SAMPLES + 320).tobytes())
    port.play(2, ramp(300).tobytes())
    port.play(2, ramp(100).tobytes())
    port.play(3, ramp(50).tobytes())
    ticks(port, 2)
    port.flush()
    ticks(port, 1)
    assert port.events() == [
        PortFlushed(1, 2 * TICK_SAMPLES + FADE_SAMPLES, 320, (Dropped(2, 400), Dropped(3, 50)))
    ]


def test_a_flush_between_two_items_lets_nothing_of_the_second_be_heard(port: MediaPort) -> None:
    """The first ended with a tick; the second, not begun, gets no fade."""
    port.play(1, ramp(TICK_SAMPLES).tobytes())
    port.play(2, ramp(800).tobytes())
    ticks(port, 1)
    port.flush()
    assert not ticks(port, 1).any()
    assert port.events() == [PortFlushed(1, TICK_SAMPLES, 0, (Dropped(2, 800),))]


def test_pending_marks_are_dropped_by_a_flush(port: MediaPort) -> None:
    """What will never be heard is never reported as played."""
    port.play(1, ramp(800).tobytes())
    port.mark(1)
    port.flush()
    port.mark(2)
    ticks(port, 10)
    assert port.events() == [PortFlushed(0, 0, 0, (Dropped(1, 800),)), MarkPlayed(2)]


@pytest.mark.parametrize("phase", range(0, 120, 20))
def test_a_flush_does_not_click(port: MediaPort, phase: int) -> None:
    """The steps between samples never exceed those of the tone itself; a hard cut's would, fourfold."""
    sound = tone.sine(400, 1000, rate=AGENT_RATE, level_db=-3)[phase:]
    port.play(1, sound.tobytes())
    before = ticks(port, 2)
    port.flush()
    heard = tone.join([before, ticks(port, 2)]).astype(np.int32)
    assert np.abs(np.diff(heard)).max() <= np.abs(np.diff(sound.astype(np.int32))).max() * 1.02


# --- gain --------------------------------------------------------------------------------------------


def test_gain_ducks_what_is_on_air_with_a_ramp_and_a_flush_restores_it(port: MediaPort) -> None:
    """Half as loud within a tick, without a step; the next answer has its full level."""
    port.play(1, np.full(8000, 8000, np.int16).tobytes())
    ticks(port, 1)
    port.gain(0.5)
    ducked = ticks(port, 2).astype(np.int32)
    assert np.abs(np.diff(ducked)).max() <= 8000 * 0.5 / TICK_SAMPLES + 1
    assert (ducked[TICK_SAMPLES:] == 4000).all()
    port.flush()
    port.play(2, np.full(400, 8000, np.int16).tobytes())
    restored = ticks(port, 2)
    assert restored[0] <= 4000
    assert (restored[FADE_SAMPLES : FADE_SAMPLES + 250] == 8000).all()


@pytest.mark.parametrize("factor", [-0.1, 1.1, float("nan")])
def test_refuses_a_gain_that_is_none(port: MediaPort, factor: float) -> None:
    """Ducking lowers; nothing makes the agent louder than it is."""
    with pytest.raises(ValueError, match="gain"):
        port.gain(factor)


# --- exactness under anything -------------------------------------------------------------------------

_STEPS = st.one_of(
    st.tuples(st.just("play"), st.integers(0, 2), st.integers(1, 2100)),
    st.tuples(st.just("mark"), st.integers(1, 9), st.just(0)),
    st.tuples(st.just("flush"), st.just(0), st.just(0)),
    st.tuples(st.just("tick"), st.integers(1, 4), st.just(0)),
)


@given(steps=st.lists(_STEPS, max_size=60))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_agrees_with_the_reference_whatever_happens(
    plane: MediaPlane, steps: list[tuple[str, int, int]]
) -> None:
    """Sound and reports are those of the slow, obvious implementation, sample for sample."""
    port, reference = plane.port(), Reference()
    item, sample = 1, itertools.cycle(range(1000, 30_000, 7))
    for step, number, size in [*steps, ("flush", 0, 0), ("tick", 2, 0)]:
        if step == "play":
            item += number  # 0: the same item goes on
            pcm = np.fromiter(itertools.islice(sample, size), np.int16)
            port.play(item, pcm.tobytes())
            reference.play(item, pcm)
        elif step == "mark":
            port.mark(number)
            reference.mark(number)
        elif step == "flush":
            port.flush()
            reference.flush()
        else:
            np.testing.assert_allclose(ticks(port, number), reference.ticks(number), atol=1)
            assert port.events() == reference.events()
            assert port.counters().queued_samples == reference.queued
            assert port.counters().underruns == reference.underruns


# --- the caller --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", CALLER_RATES)
def test_the_caller_comes_in_whole_frames_at_the_ports_rate(plane: MediaPlane, rate: int) -> None:
    """20 ms in, 20 ms out, and nothing twice."""
    port = plane.port(rate)
    assert port.caller_rate == rate
    assert port.read() == b""
    for _ in range(3):
        port.exchange(tone.sine(1000, 20).tobytes())
    assert len(port.read()) == 3 * 2 * rate // 50
    assert port.read() == b""


def test_at_8_khz_the_caller_is_untouched(plane: MediaPlane) -> None:
    """Nothing to resample, nothing changed."""
    port = plane.port(8000)
    said = ramp(5 * PHONE_TICK)
    for tick in np.split(said, 5):
        port.exchange(tick.tobytes())
    np.testing.assert_array_equal(np.frombuffer(port.read(), "<i2"), said)


def test_refuses_a_rate_that_no_model_wants(plane: MediaPlane) -> None:
    """44 100 Hz is no whole multiple of the phone's rate."""
    with pytest.raises(ValueError, match="rate"):
        plane.port(44_100)


def heard_at_24k(port: MediaPort, sound: tone.Pcm) -> tone.Pcm:
    """Let the caller say something; give what the model gets, and 20 ms more."""
    padded = np.append(sound, np.zeros(-len(sound) % PHONE_TICK + PHONE_TICK, np.int16))
    for tick in np.split(padded, len(padded) // PHONE_TICK):
        port.exchange(tick.tobytes())
    return np.frombuffer(port.read(), "<i2")


def test_resampling_the_caller_takes_at_most_5_milliseconds(port: MediaPort) -> None:
    """Every millisecond here is a millisecond before the agent can react."""
    noise = (np.random.default_rng(1).standard_normal(4000) * 3000).astype(np.int16)
    got = heard_at_24k(port, noise).astype(np.float64)
    sparse = np.zeros(len(got))
    sparse[: 3 * len(noise) : 3] = noise
    delay = int(np.argmax(np.correlate(got, sparse, "full"))) - len(sparse) + 1
    assert 0 < delay <= 5 * 24


@pytest.mark.parametrize("frequency", [300, 1000, 2000, 3000, 3400])
def test_resampling_the_caller_leaves_no_images(plane: MediaPlane, frequency: int) -> None:
    """Mirror images above 4 kHz lie 80 dB below the tone, at its level."""
    got = heard_at_24k(plane.port(), tone.sine(frequency, 1000, level_db=-1))[1200:-1200]
    spectrum = 20 * np.log10(np.abs(np.fft.rfft(got * np.blackman(len(got)))) + 1e-9)
    bins = np.fft.rfftfreq(len(got), 1 / 24_000)
    assert bins[spectrum.argmax()] == pytest.approx(frequency, abs=2)
    assert spectrum[bins > 4200].max() <= spectrum.max() - 80
    assert tone.level_db(got) == pytest.approx(-1 - 3.01, abs=0.5)


def test_when_nobody_reads_the_newest_second_survives(plane: MediaPlane) -> None:
    """The oldest frames make room; each lost one is counted."""
    port = plane.port(8000)
    for number in range(250):
        port.exchange(np.full(PHONE_TICK, number, np.int16).tobytes())
    kept = np.frombuffer(port.read(), "<i2")[::PHONE_TICK]
    assert len(kept) in (61, 64)
    np.testing.assert_array_equal(kept, np.arange(250 - len(kept), 250))
    assert port.counters().overruns == 250 - len(kept)


# --- counters ----------------------------------------------------------------------------------------


def test_counts_gaps_inside_an_item_only(port: MediaPort) -> None:
    """Late parts of the same item are underruns; a pause between items is none, nor is one after a flush."""
    port.play(1, ramp(200).tobytes())
    ticks(port, 3)
    port.play(1, ramp(TICK_SAMPLES).tobytes())  # late
    ticks(port, 3)
    port.play(2, ramp(TICK_SAMPLES).tobytes())
    ticks(port, 3)
    port.flush()
    port.play(2, ramp(TICK_SAMPLES).tobytes())
    ticks(port, 1)
    assert port.counters().underruns == 1


def test_counts_frames_and_peaks(port: MediaPort) -> None:
    """Peaks begin anew with every look; the loudest possible sample is no exception."""
    port.play(1, np.array([-32768, 5], np.int16).tobytes())
    port.exchange(np.full(PHONE_TICK, -300, np.int16).tobytes())
    port.exchange(SILENCE)
    first, second = port.counters(), port.counters()
    assert (first.ticks, first.agent_frames, first.caller_frames) == (2, 1, 2)
    assert (first.agent_peak, first.caller_peak) == (32768, 300)
    assert (second.agent_peak, second.caller_peak) == (0, 0)
    assert first.rtp_packets is None  # no call, no RTP


# --- the wake-up -------------------------------------------------------------------------------------


def readable(plane: MediaPlane) -> bool:
    """Look at the descriptor as an event loop would."""
    return bool(select.select([plane.wake_fd], [], [], 0)[0])


def test_the_wake_up_is_readable_when_something_waits_and_once_cleared_no_more(plane: MediaPlane) -> None:
    """Several ticks are one wake-up; clearing twice is harmless."""
    port = plane.port()
    assert not readable(plane)
    ticks(port, 3)
    assert readable(plane)
    plane.clear_wake()
    plane.clear_wake()
    assert not readable(plane)


def test_audio_may_wait_for_a_few_ticks_but_a_report_does_not(plane: MediaPlane) -> None:
    """Two ticks a wake-up; what was marked is told at once, and takes the audio along."""
    plane.wake_every(2)
    port = plane.port()
    woken = []
    for tick in range(6):
        if tick == 4:
            port.mark(1)
        ticks(port, 1)
        woken.append(readable(plane))
        if woken[-1]:
            plane.clear_wake()
            port.read()
            port.events()
    assert woken == [False, True, False, True, True, False]


@pytest.mark.parametrize("wrong", [0, 6])
def test_audio_waits_for_a_tenth_of_a_second_at_most(plane: MediaPlane, wrong: int) -> None:
    """A model that hears in lumps of that size is slow enough."""
    with pytest.raises(ValueError, match="1 to 5 ticks"):
        plane.wake_every(wrong)


def test_a_port_is_not_exchanged_by_hand_with_a_wrong_tick(port: MediaPort) -> None:
    """A tick is 160 samples."""
    with pytest.raises(ValueError, match="160"):
        port.exchange(bytes(10))


def test_a_closed_port_cannot_join_a_call(port: MediaPort) -> None:
    """Closing is for good, and may be done twice."""
    port.close()
    port.close()
    with pytest.raises(MediaError, match="closed"):
        port.connect(1)


# --- the contract's own types ------------------------------------------------------------------------


def test_events_are_values(port: MediaPort) -> None:
    """They compare, and cannot be changed under whoever else holds them."""
    port.mark(1)
    ticks(port, 1)
    (event,) = port.events()
    assert event == MarkPlayed(1)
    with pytest.raises(AttributeError):
        event.mark = 2  # type: ignore[misc, union-attr]
