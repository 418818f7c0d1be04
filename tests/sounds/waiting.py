"""Make what callers hear while they wait anew: `python -m tests.sounds.waiting`.

Music of our own, so that nobody has to be paid for it: four soft chords, plucked, that end where they begin.
And the tone of a phone that rings (ETSI TS 103 011: 425 Hz, a second of five).
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[2] / "gateway" / "calls" / "sounds"
RATE = 8000
BEAT = RATE // 2
CHORDS = ((220.0, 261.63, 329.63, 440.0), (174.61, 220.0, 261.63, 349.23), (196.0, 246.94, 293.66, 392.0),
          (164.81, 207.65, 246.94, 329.63))  # fmt: skip
ORDER = (0, 2, 1, 3, 2, 1)
"""Which string of a chord each half beat plucks."""
LOUDNESS = 0.05
"""RMS of full scale: some 6 dB below speech, for who waits long."""


def music() -> np.ndarray:
    """Return some twelve seconds that may follow upon themselves."""
    notes = [chord[at] for chord in CHORDS for at in ORDER]
    length = len(notes) * BEAT
    out = np.zeros(length)
    for number, hertz in enumerate(notes):
        at = np.arange(4 * BEAT) / RATE
        pluck = sum(np.sin(2 * np.pi * hertz * n * at) * np.exp(-at * (1.6 + n)) / n**1.5 for n in (1, 2, 3))
        pluck *= np.minimum(1, at / 0.008)  # no click
        np.add.at(out, (np.arange(4 * BEAT) + number * BEAT) % length, pluck)  # its tail comes round again
    return out * LOUDNESS / np.sqrt(np.mean(out**2))


def ringback() -> np.ndarray:
    """Return a second of tone and four of silence."""
    at = np.arange(RATE) / RATE
    fade = np.minimum(1, np.minimum(at, 1 - at) / 0.01)
    return np.concatenate((0.1 * np.sin(2 * np.pi * 425 * at) * fade, np.zeros(4 * RATE)))


def written(sound: np.ndarray) -> bytes:
    """Return 16 bit samples."""
    return np.round(sound * 32767).astype("<i2").tobytes()


def main() -> None:
    """Write both."""
    for name, sound in (("music", music()), ("ringback", ringback())):
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(written(sound))


if __name__ == "__main__":
    main()
