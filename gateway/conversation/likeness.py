"""Whether a piece of sound occurs in another, and where: correlation of waveforms at a low rate. Pure.

Most pieces occur nowhere. Their loudness rises and falls otherwise than that of what was said, which a
twentieth of the work shows; only where both go alike for once are the waveforms themselves compared.

The sums are `gateway/media/sums.cpp`'s. Where that is not built numpy forms them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.arrays import np
from gateway.media.kept_sound import STEP, levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Slow = bytes
"""Sound at `RATE`, a mu-law code a sample: see `gateway.media.kept_sound.slower`."""
Places = list[tuple[int, float]]
"""Samples from which on a sound is like a piece, in order, each with how alike it is: 1.0 is the same."""
SILENCE = b"\xff"
"""A sample of it."""

RATE = 24_000 // STEP
"""Hz at which sounds are compared, 4 kHz: enough to tell speech, and a twelfth of what comes and goes."""
FAINT = 50.0
"""RMS of 16 bits (-56 dBFS) below which there is nothing to compare."""
WEAKEST = 0.2
"""Part of the other's level (-14 dB) below which it is the echo of a room, with a caller in front."""
SAME_COURSE = 0.7
"""Correlation of two courses of loudness from which a closer look is worth it: of the same words, faint and
over a telephone line, it is 0.8 and more; another voice comes so near at one place of thirty."""
STEADY = 0.1
"""Part of its mean by which the loudness of a tone varies at most: its course says nothing."""

_FRAME = RATE // 100
"""Samples, 10 ms: of which there is one loudness."""


def loudest(sound: Slow, count: int) -> int:
    """Return where the loudest `count` samples begin, to 10 ms."""
    return loudest_frame(sound, _FRAME, max(1, count // _FRAME)) * _FRAME


def alike(piece: Slow, said: Slow, least: float) -> Places:
    """Return where `said` is like a piece, at least so much.

    It is not where one of them is faint, or the piece much weaker than what was said.
    """
    found: Places = []
    for start, stop in worth_a_look(piece, said):
        part = said[start : stop - 1 + len(piece)]
        places = correlation(piece, part, FAINT, WEAKEST, least)
        found += [(start + place, likeness) for place, likeness in places]
    return found


def worth_a_look(piece: Slow, said: Slow) -> list[tuple[int, int]]:
    """Return the spans of places where the loudness of both takes the same course."""
    places = len(said) - len(piece) + 1
    worth = same_course(piece, said, _FRAME, STEADY, SAME_COURSE)
    if worth is None:
        return [(0, places)]
    spans: list[tuple[int, int]] = []
    for frame in worth:  # a frame on either side: the course knows 10 ms, no samples
        start, stop = max(0, (frame - 1) * _FRAME), min(places, (frame + 2) * _FRAME)
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], stop
        else:
            spans.append((start, stop))
    return [(start, stop) for start, stop in spans if start < stop]


# --- portable mode: what `gateway.media._sums` does, in numpy ----------------------------------------


def _loudest_frame(sound: Slow, frame: int, count: int) -> int:
    sums = np.concatenate(([0.0], np.cumsum(_energy(_floats(sound), frame), dtype=np.float64)))
    return int((sums[count:] - sums[:-count]).argmax())


def _same_course(piece: Slow, said: Slow, frame: int, steady: float, same: float) -> list[int] | None:
    own, course = _course(piece, frame), _course(said, frame)
    if own.std() <= steady * own.mean():
        return None
    own -= own.mean()
    means, squares = _windows(course, len(own)), _windows(np.square(course), len(own))
    spread = np.sqrt(np.maximum(squares - np.square(means) / len(own), 1e-9) * np.square(own).sum())
    worth: list[int] = np.flatnonzero(np.correlate(course, own, "valid") / spread >= same).tolist()
    return worth


def _floats(sound: Slow) -> Floats:
    return levels()[np.frombuffer(sound, np.uint8)]


def _energy(sound: Floats, frame: int) -> Floats:
    """Return that of each frame."""
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame)
    energy: Floats = np.einsum("ij,ij->i", frames, frames)
    return energy


def _course(sound: Slow, frame: int) -> NDArray[np.float64]:
    """Return the loudness of each frame."""
    return np.sqrt(_energy(_floats(sound), frame).astype(np.float64) / frame)


def _windows(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the sum of each `count` values in a row."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    return np.asarray(sums[count:] - sums[:-count])


def _correlation(piece: Slow, said: Slow, faint: float, weakest: float, least: float) -> Places:
    own, other = _floats(piece), _floats(said)
    count = len(own)
    own -= own.mean()
    power, softest = float(np.square(own, dtype=np.float64).sum()), faint**2 * count
    if power < softest:
        return []
    wide = other.astype(np.float64)
    powers = _windows(np.square(wide), count) - np.square(_windows(wide, count)) / count
    heard = (powers >= softest) & (power >= weakest**2 * powers)
    likeness = _products(own, other) / np.sqrt(np.maximum(powers, softest) * power)
    places = np.flatnonzero(heard & (likeness >= least))
    return list(zip(places.tolist(), likeness[places].tolist(), strict=True))


def _products(piece: Floats, said: Floats) -> NDArray[np.float64]:
    """Return the sum of products at each place: by hand where there are few, else by Fourier transforms."""
    if len(said) - len(piece) < 4 * _FRAME:
        return np.correlate(said, piece, "valid").astype(np.float64)
    size = 1 << (len(piece) + len(said)).bit_length()
    spectrum = np.fft.rfft(said, size) * np.conj(np.fft.rfft(piece, size))
    return np.fft.irfft(spectrum, size)[: len(said) - len(piece) + 1].astype(np.float64)


try:
    from gateway.media._sums import correlation, loudest_frame, same_course
except ImportError:  # no compiler
    correlation, loudest_frame, same_course = _correlation, _loudest_frame, _same_course
