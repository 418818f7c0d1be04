"""The resampler in C++, between all rates of lines and of models: beside the filter as it is defined."""

from __future__ import annotations

import importlib
from math import gcd
from typing import Any

import numpy as np
import pytest

from gateway.media.media_port import CALLER_RATES
from tests.equipment import tone
from tests.media import lines

pytest.importorskip("pjsua2", reason="there is no PJSIP")
pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

LINE_RATES = [8000, 16_000, 24_000, 48_000]
AGENT = 24_000
TICKS = 12


@pytest.fixture
def plane() -> Any:
    """One that does not tick."""
    return importlib.import_module("gateway.media._port").Plane()


def resampled(sound: tone.Pcm, rate: int, wanted: int) -> tone.Pcm:
    """Give a windowed sinc's answer, in double precision, sample by sample as the line goes on."""
    if rate == wanted:
        return sound
    half, cutoff, beta = (48, 7750 / 16_000, 6.0) if min(rate, wanted) == 16_000 else (24, 3720 / 8000, 7.5)
    up, down = wanted // gcd(rate, wanted), rate // gcd(rate, wanted)
    ratio = max(up, down)
    reach = np.arange(-half * ratio, half * ratio + 1)
    taps = np.sinc(2 * cutoff / ratio * reach) * np.kaiser(reach.size, beta)
    stuffed = np.zeros(sound.size * up)
    stuffed[::up] = sound
    filtered = np.convolve(stuffed, taps / taps.sum() * up)[: stuffed.size : down]
    return np.clip(np.rint(filtered), -32768, 32767).astype(np.int16)


def loud(rate: int) -> tone.Pcm:
    """Noise, and from its middle on a square wave whose overshoot is beyond 16 bits."""
    count = rate // 50 * TICKS
    square = np.where(np.arange(count) * 300 // rate % 2, -32_768, 32_767)
    return np.where(np.arange(count) < count // 2, lines.noise(count, -6), square).astype(np.int16)


@pytest.mark.parametrize("rate", LINE_RATES)
@pytest.mark.parametrize("wanted", CALLER_RATES)
def test_the_caller_is_filtered_as_defined(plane: Any, rate: int, wanted: int) -> None:
    """To the last bit but one: sums of floats are not those of doubles."""
    port, sound = plane.port(wanted), loud(rate)
    for tick in np.split(sound, TICKS):
        plane.exchange([(port, tick.tobytes())])
    heard = np.frombuffer(port.read(), "<i2").astype(int)
    np.testing.assert_allclose(heard, resampled(sound, rate, wanted).astype(int), atol=1)


@pytest.mark.parametrize("rate", LINE_RATES)
def test_the_agent_is_filtered_as_defined(plane: Any, rate: int) -> None:
    """The same towards the line."""
    port, sound = plane.port(), loud(AGENT)
    port.play(1, sound.tobytes())
    silence = bytes(rate // 25)
    said = b"".join(plane.exchange([(port, silence)])[0] for _ in range(TICKS))
    heard = np.frombuffer(said, "<i2").astype(int)
    np.testing.assert_allclose(heard, resampled(sound, AGENT, rate).astype(int), atol=1)
