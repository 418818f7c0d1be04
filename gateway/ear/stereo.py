"""A recording of both sides of a call, as samples."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gateway.errors import BadInput

Samples = NDArray[np.float32]
"""One side, mono, full scale ±1."""

LONGEST_S = 4 * 3600
"""A recording longer than this is no call."""
RATES = (8_000, 48_000)
"""Hz: the least and the most that a telephone side has."""


@dataclass(frozen=True, slots=True)
class StereoCall:
    """Both sides in step with each other: as many samples of each, at one rate in Hz."""

    rate: int
    caller: Samples
    agent: Samples

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return len(self.agent) / self.rate


def read(path: Path) -> StereoCall:
    """Read a stereo WAV file, PCM 16 bit, caller left and agent right. Raises BadInput with the cure."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, count = file.getparams()[:4]
            _check(path, channels, width, rate, count)
            both = np.frombuffer(file.readframes(count), "<i2")
    except FileNotFoundError:
        raise BadInput(str(path), "file", str(path), "there is no such file") from None
    except OSError as error:
        raise BadInput(
            str(path), "file", str(path), f"it cannot be read: {error.strerror or error}"
        ) from None
    except (wave.Error, EOFError) as error:
        raise BadInput(str(path), "format", str(error), "write a WAV file, PCM 16 bit, stereo") from None
    sides = both[: len(both) // 2 * 2].reshape(-1, 2)
    return of_samples(sides[:, 0], sides[:, 1], rate, str(path))


def of_samples(caller: NDArray[np.int16], agent: NDArray[np.int16], rate: int, source: str) -> StereoCall:
    """Return both sides of a recording of 16 bit, as many samples of each. Raises BadInput of nothing."""
    if not len(agent):
        raise BadInput(source, "length", 0, "record a call: there is no sound in it")
    left, right = (np.float32(1 / 32768) * side.astype(np.float32) for side in (caller, agent))
    return StereoCall(rate, left, right)


def _check(path: Path, channels: int, width: int, rate: int, count: int) -> None:
    if channels != 2:
        cure = "record both sides: the caller on the left, the agent on the right"
        raise BadInput(str(path), "channels", channels, cure)
    if width != 2:
        raise BadInput(str(path), "samples", f"{8 * width} bit", "write PCM 16 bit (sox IN -b 16 OUT.wav)")
    if not RATES[0] <= rate <= RATES[1]:
        raise BadInput(str(path), "rate", rate, f"between {RATES[0]} and {RATES[1]} Hz")
    if count > LONGEST_S * rate:
        raise BadInput(str(path), "length", f"{count / rate:.0f} s", f"at most {LONGEST_S} s")
