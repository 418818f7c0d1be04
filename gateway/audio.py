"""PCM arithmetic: reading WAV files, levels. Pure: no I/O but the file named by the caller, no clock."""

from __future__ import annotations

import wave
from pathlib import Path

from gateway.arrays import np, soxr
from gateway.errors import BadInput

SESSION_RATE = 24_000
"""Samples a second of audio in facts, orders and sessions."""
BYTES_PER_MS = 2 * SESSION_RATE // 1000
"""Of that audio: PCM16 mono."""
LONGEST_SECONDS = 600
"""A prompt longer than this was named by mistake."""


def read_wav(path: Path, rate: int = SESSION_RATE) -> bytes:
    """Read a WAV file (PCM 16 bit, any channels and rate) as PCM16LE mono at `rate`.

    Raises BadInput with the cure when the file cannot be read, is no such file, or is too long.
    """
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                width = 8 * file.getsampwidth()
                raise BadInput(
                    str(path), "samples", f"{width} bit", "write PCM 16 bit (sox IN -b 16 OUT.wav)"
                )
            if file.getnframes() > LONGEST_SECONDS * file.getframerate():
                raise BadInput(str(path), "length", file.getnframes(), f"at most {LONGEST_SECONDS} seconds")
            pcm = file.readframes(file.getnframes())
            if (file.getnchannels(), file.getframerate()) == (1, rate):
                return pcm  # as our own are: numpy need not be loaded for them
            frames = np.frombuffer(pcm, "<i2")
            mono = frames.reshape(-1, file.getnchannels()).mean(axis=1).astype(np.int16)
            return bytes(soxr.resample(mono, file.getframerate(), rate).tobytes())
    except FileNotFoundError:
        raise BadInput(str(path), "file", str(path), "there is no such file") from None
    except OSError as error:
        cure = f"it cannot be read: {error.strerror}"
        raise BadInput(str(path), "file", str(path), cure) from None
    except (wave.Error, EOFError) as error:
        raise BadInput(str(path), "format", str(error), "write a WAV file, PCM 16 bit") from None


def tone(hertz: float, seconds: float, rate: int = SESSION_RATE, level: float = 0.1) -> bytes:
    """Return a tone as PCM16LE mono, faded in and out over 10 ms; `level` is its peak, of full scale."""
    at = np.arange(round(seconds * rate)) / rate
    fade = np.minimum(1.0, np.minimum(at, seconds - at) / 0.01)
    return bytes(np.round(32767 * level * fade * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes())
