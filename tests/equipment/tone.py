"""Sound for tests: make tones, put them through G.711, and find out what was heard.

Audio is a numpy array of int16 at 8 kHz unless a rate is given. Nothing here uses the gateway's own code:
a fault in its tables or resamplers must not be able to hide behind the same fault in the test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]

RATE = 8000
FULL_SCALE = 32768.0
LOWEST_HZ = 50.0
"""No telephone carries a tone below."""
SILENCE_DB = -50.0
"""Below this a frame counts as silence: G.711 idle codes are far below, quiet speech is far above."""

# --- making ------------------------------------------------------------------------------------------


def sine(
    frequency: float, ms: float, *, rate: int = RATE, level_db: float = -12.0, fade_ms: float = 0
) -> Pcm:
    """Make a sine whose peak lies `level_db` below full scale, faded in and out over `fade_ms`."""
    count = round(ms * rate / 1000)
    wave = np.sin(2 * np.pi * frequency * np.arange(count) / rate) * FULL_SCALE * 10 ** (level_db / 20)
    edge = min(round(fade_ms * rate / 1000), count // 2)
    if edge:
        ramp = np.linspace(0, 1, edge, endpoint=False)
        wave[:edge] *= ramp
        wave[-edge:] *= ramp[::-1]
    return np.clip(np.round(wave), -32768, 32767).astype(np.int16)


def silence(ms: float, *, rate: int = RATE) -> Pcm:
    """Make digital silence."""
    return np.zeros(round(ms * rate / 1000), np.int16)


def pink_noise(samples: int, *, seed: int = 5, rate: int = RATE) -> npt.NDArray[np.float64]:
    """Return noise as of a crowd: as much power in each octave from 50 Hz on; RMS 1, always the same."""
    random = np.random.default_rng(seed)
    frequencies = np.fft.rfftfreq(samples, 1 / rate)
    bins = random.normal(size=len(frequencies)) + 1j * random.normal(size=len(frequencies))
    noise = np.fft.irfft(bins / np.sqrt(np.maximum(frequencies, 50.0)) * (frequencies >= 50), samples)
    level: npt.NDArray[np.float64] = noise / np.sqrt(np.mean(noise**2))
    return level


def join(parts: Iterable[Pcm]) -> Pcm:
    """Put pieces one after the other."""
    return np.concatenate([np.zeros(0, np.int16), *parts])


# --- G.711 (ITU-T G.711, tables 1 and 2) -------------------------------------------------------------


def _ulaw_levels() -> Pcm:
    code = ~np.arange(256, dtype=np.int32) & 0xFF  # every bit of a mu-law octet is sent inverted
    magnitude = ((((code & 0x0F) << 3) + 132) << ((code >> 4) & 7)) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_levels() -> Pcm:
    code = np.arange(256, dtype=np.int32) ^ 0x55  # even bits of an A-law octet are sent inverted
    segment, step = (code >> 4) & 7, (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 264) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _nearest_codes(levels: Pcm) -> npt.NDArray[np.uint8]:
    """For each of the 65 536 samples the code whose level is nearest: what an ideal encoder sends."""
    order = np.argsort(levels, kind="stable")
    ranked = levels[order].astype(np.int32)
    edges = (ranked[1:] + ranked[:-1]) / 2
    return order[np.searchsorted(edges, np.arange(-32768, 32768))].astype(np.uint8)


ULAW_LEVELS, ALAW_LEVELS = _ulaw_levels(), _alaw_levels()
_ULAW_CODES, _ALAW_CODES = _nearest_codes(ULAW_LEVELS), _nearest_codes(ALAW_LEVELS)


def ulaw_encode(pcm: Pcm) -> bytes:
    """Encode as PCMU."""
    return _ULAW_CODES[pcm.astype(np.int32) + 32768].tobytes()


def ulaw_decode(payload: bytes) -> Pcm:
    """Decode PCMU."""
    return ULAW_LEVELS[np.frombuffer(payload, np.uint8)]


def alaw_encode(pcm: Pcm) -> bytes:
    """Encode as PCMA."""
    return _ALAW_CODES[pcm.astype(np.int32) + 32768].tobytes()


def alaw_decode(payload: bytes) -> Pcm:
    """Decode PCMA."""
    return ALAW_LEVELS[np.frombuffer(payload, np.uint8)]


# --- listening ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of sound, in milliseconds from the start of the audio it was found in."""

    start_ms: float
    end_ms: float

    @property
    def ms(self) -> float:
        """Length of the span."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Tone(Span):
    """A stretch in which one frequency dominates; `share` is its part of the energy, 0 to 1."""

    frequency: float
    share: float


def level_db(pcm: Pcm) -> float:
    """Root mean square level in dB below full scale; -120 for nothing at all."""
    if not len(pcm):
        return -120.0
    rms = float(np.sqrt(np.mean(np.square(pcm.astype(np.float64)))))
    return max(-120.0, float(20 * np.log10(max(rms, 1e-9) / FULL_SCALE)))


def share(pcm: Pcm, frequency: float, *, rate: int = RATE, width: float = 30.0) -> float:
    """Part of all energy that lies within `width` Hz of a frequency, 0 to 1; 0 for silence.

    The window (Blackman-Harris) keeps a strong tone from leaking into its neighbours' shares. Audio
    shorter than about 100 ms cannot be told apart to 30 Hz: the width grows with 1/length.
    """
    if len(pcm) < 16 or level_db(pcm) < SILENCE_DB:
        return 0.0
    power, bins = _spectrum(pcm, rate)
    width = max(width, 4.5 * rate / len(pcm))
    total = float(power.sum())
    return float(power[np.abs(bins - frequency) <= width].sum()) / total


def tones(pcm: Pcm, *, rate: int = RATE, window_ms: float = 60, min_share: float = 0.8) -> list[Tone]:
    """Find the stretches in which one frequency holds at least `min_share` of the energy.

    Neighbouring windows belong together when their frequencies agree within one bin (1/window). The edge of a
    tone, alone in its window, leans to one side: what is below LOWEST_HZ is none.
    """
    size = round(window_ms * rate / 1000)
    found: list[list[tuple[int, float, float]]] = []
    for index, start in enumerate(range(0, len(pcm) - size + 1, size)):
        piece = pcm[start : start + size]
        frequency = _peak(piece, rate)
        part = share(piece, frequency, rate=rate)
        if part < min_share or frequency < LOWEST_HZ:
            continue
        last = found[-1][-1] if found else None
        if last and last[0] == index - 1 and abs(last[1] - frequency) < rate / size:
            found[-1].append((index, frequency, part))
        else:
            found.append([(index, frequency, part)])
    return [
        Tone(
            start_ms=run[0][0] * window_ms,
            end_ms=(run[-1][0] + 1) * window_ms,
            frequency=float(np.median([frequency for _, frequency, _ in run])),
            share=float(np.mean([part for _, _, part in run])),
        )
        for run in found
    ]


def spans(
    pcm: Pcm, *, rate: int = RATE, frame_ms: float = 10, floor_db: float = SILENCE_DB, join_ms: float = 60
) -> list[Span]:
    """Find where there is sound at all; pauses up to `join_ms` belong to the span around them."""
    size = round(frame_ms * rate / 1000)
    whole = len(pcm) // size
    if not whole:
        return []
    energy = np.mean(np.square(pcm[: whole * size].reshape(whole, size).astype(np.float64)), axis=1)
    loud = np.flatnonzero(energy > (FULL_SCALE * 10 ** (floor_db / 20)) ** 2)
    found: list[Span] = []
    for index in loud:
        start, end = float(index * frame_ms), float((index + 1) * frame_ms)
        if found and start - found[-1].end_ms <= join_ms:
            found[-1] = Span(found[-1].start_ms, end)
        else:
            found.append(Span(start, end))
    return found


def sound_ms(pcm: Pcm, *, rate: int = RATE, floor_db: float = SILENCE_DB) -> float:
    """Milliseconds of sound, counted in 10 ms frames, pauses not included."""
    return sum(span.ms for span in spans(pcm, rate=rate, floor_db=floor_db, join_ms=0))


def longest_silence_ms(pcm: Pcm, *, rate: int = RATE, floor_db: float = SILENCE_DB) -> float:
    """Return the longest stretch without sound, the edges included."""
    edges = [0.0]
    for span in spans(pcm, rate=rate, floor_db=floor_db, join_ms=0):
        edges += [span.start_ms, span.end_ms]
    edges.append(len(pcm) * 1000 / rate)
    return max(after - before for before, after in zip(edges[::2], edges[1::2], strict=True))


def clicks(pcm: Pcm, *, rate: int = RATE, threshold: float = 12.0, floor: float = 1000.0) -> list[float]:
    """Find clicks: samples that what came before does not explain, in ms from the start.

    A linear predictor is fitted to each 32 ms; a click is a residual of at least `floor` that stands
    `threshold` times above the residual usual around it. Speech, tones and quantisation stay below; a
    waveform cut at full level or a lost, doubled or swapped sample does not. (A tone at -12 dB faded out
    within 5 ms stays below 650, cut at once it is above 1400.)
    """
    order, size = 8, round(0.032 * rate)
    signal = np.concatenate([np.zeros(size), pcm.astype(np.float64), np.zeros(size)])
    found: list[float] = []
    for start in range(order, len(signal) - size + 1, size // 2):
        past = np.stack([signal[start - lag : start - lag + size] for lag in range(1, order + 1)], axis=1)
        now = signal[start : start + size]
        # Ridge keeps the fit tame where the signal is a pure tone or nothing at all.
        weights = np.linalg.solve(past.T @ past + np.eye(order) * size * 25.0, past.T @ now)
        residual = np.abs(now - past @ weights)
        usual = np.median(residual)
        for index in np.flatnonzero(residual > max(floor, threshold * usual)):
            at = float((start + index - size) * 1000 / rate)
            if not found or at - found[-1] > 5:
                found.append(at)
    return sorted(found)


def _spectrum(pcm: Pcm, rate: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    count = len(pcm)
    phase = 2 * np.pi * np.arange(count) / count
    window = 0.35875 - 0.48829 * np.cos(phase) + 0.14128 * np.cos(2 * phase) - 0.01168 * np.cos(3 * phase)
    size = max(1024, 1 << (count - 1).bit_length())
    power = np.square(np.abs(np.fft.rfft((pcm - pcm.mean()) * window, size)))
    return power.astype(np.float64), np.fft.rfftfreq(size, 1 / rate).astype(np.float64)


def _peak(pcm: Pcm, rate: int) -> float:
    """Find the strongest frequency, refined between bins by a parabola through the logarithms."""
    power, bins = _spectrum(pcm, rate)
    top = int(np.argmax(power))
    if not 0 < top < len(power) - 1:
        return float(bins[top])
    left, middle, right = np.log(power[top - 1 : top + 2] + 1e-12)
    bend = left - 2 * middle + right
    return float(bins[top] + (bins[1] * 0.5 * (left - right) / bend if bend else 0.0))
