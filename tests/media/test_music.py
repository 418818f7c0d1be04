"""Music for a leg that waits, by native and portable ports alike: ticked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.media_port import AGENT_RATE, PHONE_TICK, TICK_SAMPLES, MediaPlane, MediaPort
from gateway.media.music import RISE_TICKS
from tests.equipment import tone

SILENCE = bytes(2 * PHONE_TICK)


def play(plane: MediaPlane, pcm: tone.Pcm, level: float = 1.0) -> MediaPort:
    """Return a port that plays this over and over."""
    port = plane.port()
    port.music(plane.sound(pcm.tobytes()), level)
    port.exchange(SILENCE)  # it begins with the next tick
    return port


def ticks(port: MediaPort, count: int) -> tone.Pcm:
    """Pull so many ticks."""
    return np.frombuffer(b"".join(port.exchange(SILENCE) for _ in range(count)), "<i2")


def test_music_goes_round_and_round_at_its_level(plane: MediaPlane) -> None:
    """A ramp that rises within 200 ms; then every sample at its place, however long the piece is."""
    piece = tone.sine(400, 37.5, rate=AGENT_RATE)
    port = play(plane, piece, 0.5)
    heard = ticks(port, 60)
    whole = np.concatenate([piece] * 40)[: len(heard) + TICK_SAMPLES] * 0.5
    steady = slice(RISE_TICKS * TICK_SAMPLES, None)
    begun = [whole[start : start + len(heard)][steady] for start in (0, TICK_SAMPLES)]  # or a tick before
    assert min(float(np.abs(heard[steady] - each).max()) for each in begun) <= 1
    assert tone.clicks(heard, rate=AGENT_RATE) == []


def test_music_gives_way_to_what_is_said_and_goes_on_after(plane: MediaPlane) -> None:
    """While the prompt sounds there is nothing else; the music comes back by itself, from where it was."""
    port = play(plane, tone.sine(400, 500, rate=AGENT_RATE))
    ticks(port, 15)
    port.play(1, tone.sine(900, 400, rate=AGENT_RATE).tobytes())
    prompt = ticks(port, 20)[2 * TICK_SAMPLES :]
    assert tone.share(prompt, 900, rate=AGENT_RATE) > 0.99
    after = ticks(port, 30)
    assert tone.share(after[15 * TICK_SAMPLES :], 400, rate=AGENT_RATE) > 0.99
    assert tone.clicks(after[TICK_SAMPLES:], rate=AGENT_RATE) == []


def test_music_that_is_stopped_fades_within_a_tick(plane: MediaPlane) -> None:
    """Then there is silence, without a click; other music may follow."""
    port = play(plane, tone.sine(400, 500, rate=AGENT_RATE))
    ticks(port, 15)
    port.music(None)
    heard = ticks(port, 5)
    assert not heard[2 * TICK_SAMPLES :].any()
    assert tone.clicks(heard, rate=AGENT_RATE) == []
    port.music(plane.sound(tone.sine(800, 500, rate=AGENT_RATE).tobytes()))
    assert tone.share(ticks(port, 30)[15 * TICK_SAMPLES :], 800, rate=AGENT_RATE) > 0.99


def test_one_piece_may_be_played_to_several(plane: MediaPlane) -> None:
    """Each hears it from its beginning."""
    sound = plane.sound(tone.sine(400, 500, rate=AGENT_RATE).tobytes())
    ports = [plane.port(), plane.port()]
    heard = []
    for port in ports:
        port.music(sound)
        port.exchange(SILENCE)
        heard.append(ticks(port, 20))
    assert tone.share(heard[1][15 * TICK_SAMPLES :], 400, rate=AGENT_RATE) > 0.99


@pytest.mark.parametrize("pcm", [b"", bytes(3)])
def test_refuses_what_is_no_music(plane: MediaPlane, pcm: bytes) -> None:
    """Whole samples, and at least one."""
    with pytest.raises(ValueError, match="whole samples"):
        plane.sound(pcm)


@pytest.mark.parametrize("level", [-0.1, 1.1, float("nan")])
def test_refuses_a_level_that_is_none(plane: MediaPlane, level: float) -> None:
    """As loud as it is, at most."""
    with pytest.raises(ValueError, match="level"):
        plane.port().music(plane.sound(bytes(2)), level)


def test_a_muted_caller_is_not_heard(plane: MediaPlane) -> None:
    """Not a sample from the second tick on, and wholly again after."""
    port = plane.port(8000)
    caller = np.full(PHONE_TICK, 5000, np.int16).tobytes()
    port.mute(True)
    for _ in range(5):
        port.exchange(caller)
    assert not np.frombuffer(port.read(), "<i2")[PHONE_TICK:].any()
    port.mute(False)
    for _ in range(3):
        port.exchange(caller)
    assert (np.frombuffer(port.read(), "<i2")[PHONE_TICK:] == 5000).all()
