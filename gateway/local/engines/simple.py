"""The engines without ears: `echo` and `tone`, for tests and load.

They need no speech packages. A voice is whatever is louder than -45 dBFS, so tones can play the caller too.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable

import numpy as np
from numpy.typing import NDArray

from gateway.local.session import sound_codec
from gateway.local.session.turns import FRAME_MS
from gateway.local.vocabulary import (
    NO_FAULTS,
    RATE,
    Clip,
    Faults,
    Piece,
    Recognised,
    Request,
    RequestRefused,
    Speech,
    Vad,
)

LOUD = 32768 * 10 ** (-45 / 20)
"""RMS of a voice: -45 dBFS. Speech on a telephone is around -20, comfort noise around -60."""


class LoudnessVad:
    """Calls everything loud a voice: cheap, and deaf to the difference. Sure of it at the second frame."""

    def __init__(self) -> None:
        self._rest = b""
        self._was_loud = False

    def feed(self, clip: Clip, *, onset: bool = False) -> list[float]:
        """Return 0.0 for quiet, 0.6 for loud, 1.0 for loud again, for each 32 ms."""
        del onset
        data = self._rest + clip.pcm if self._rest else clip.pcm
        size = clip.rate * FRAME_MS // 1000 * 2
        count = len(data) // size
        self._rest = data[count * size :]
        if not count:
            return []
        samples = np.frombuffer(data, np.int16, count * size // 2).astype(np.float32)
        return [self._judge(samples[at : at + size // 2]) for at in range(0, len(samples), size // 2)]

    def _judge(self, frame: NDArray[np.float32]) -> float:
        was_loud, self._was_loud = self._was_loud, bool(np.dot(frame, frame) > LOUD**2 * len(frame))
        return (1.0 if was_loud else 0.6) if self._was_loud else 0.0


class Flawless:
    """What engines share that do nothing wrong on purpose."""

    def begin(self, session_id: str) -> Faults:
        """Do nothing wrong."""
        del session_id
        return NO_FAULTS

    async def knock(self) -> RequestRefused | None:
        """Let everybody in."""
        return None

    async def warm(self) -> None:
        """Need nothing."""

    def swallows(self, request: Request) -> bool:
        """Answer everything."""
        del request
        return False


class _Deaf(Flawless):
    """What `echo` and `tone` share: turns by loudness, no words."""

    listens = False

    def vad(self) -> Vad:
        return LoudnessVad()

    async def hear(self, session_id: str, clip: Clip) -> Recognised:
        return Recognised("")

    def prepare(self, request: Request, heard: Recognised) -> Awaitable[None] | None:
        return None


class EchoEngine(_Deaf):
    """Says back what the caller said last, sample by sample."""

    async def answer(self, request: Request) -> AsyncIterator[Piece]:
        """Return the caller's last turn as the agent's."""
        clip = next(
            (turn.clip for turn in reversed(request.turns) if turn.clip and turn.role == "user"), None
        )
        if clip is not None:
            yield Speech(sound_codec.resample(clip, RATE).tobytes(), "(echo)")
        else:
            yield Speech(tone(440, 200), "(nothing to echo)")


_WANTED = re.compile(r"tone[-_ ](\d+(?:\.\d+)?)(?:[-_ ]?hz)?(?:[-_ ](\d+(?:\.\d+)?)(ms|s))?", re.IGNORECASE)
_RAMP = RATE // 200  # 5 ms: a sine that begins at full level clicks


TONES_BYTES = 32 << 20
"""Bound of the tones that are remembered: a hundred and more of 5 s. Making one takes 1.5 ms, which is a
quarter of what a call costs in a load test; its base64 takes 0.01 ms and is made each time."""


class Tones:
    """Remembers the tones made last, up to so many bytes."""

    def __init__(self, most: int = TONES_BYTES) -> None:
        self._most = most
        self._held = 0
        self._made: OrderedDict[tuple[float, float, float], bytes] = OrderedDict()

    def get(self, hertz: float, ms: float, level: float) -> bytes:
        """Return a tone, made or remembered."""
        wanted = (hertz, ms, level)
        pcm = self._made.pop(wanted, None)
        if pcm is None:
            pcm = _sine(hertz, ms, level)
            if len(pcm) > self._most // 4:  # a long one is not to drive out all others
                return pcm
            self._held += len(pcm)
        self._made[wanted] = pcm
        while self._held > self._most:
            self._held -= len(self._made.popitem(last=False)[1])
        return pcm


_tones = Tones()


def tone(hertz: float, ms: float, level: float = 0.25) -> bytes:
    """Return a sine at `level` of full scale (-12 dBFS), continuous, with 5 ms at each end faded."""
    return _tones.get(hertz, ms, level)


def _sine(hertz: float, ms: float, level: float) -> bytes:
    count = int(RATE * ms / 1000)
    wave = np.sin(2 * math.pi * hertz / RATE * np.arange(count)) * (level * 32767)
    ramp = np.minimum(1.0, np.arange(count) / _RAMP)
    return bytes((wave * ramp * ramp[::-1]).astype(np.int16).tobytes())


def tone_wanted(request: Request) -> tuple[float, float]:
    """Find the frequency in Hz and the length in ms that a session asks for: `tone-440-5s`.

    Looked for in the response's metadata (`tone`) and instructions, the session's voice and instructions.
    """
    places = (request.metadata.get("tone", ""), request.told or "", request.voice, request.instructions)
    for place in places:
        found = _WANTED.search(place)
        if found:
            hertz, length, unit = found.groups()
            ms = 5000.0 if length is None else float(length) * (1000 if unit.lower() == "s" else 1)
            return float(hertz), ms
    return 440.0, 5000.0


class ToneEngine(_Deaf):
    """Answers everything with a sine, so that each call of a load test can be told from the others.

    Voice `tone-440` is 440 Hz for 5 s, `tone-1250-800ms` what it says.
    """

    async def answer(self, request: Request) -> AsyncIterator[Piece]:
        """Return the tone in one piece."""
        hertz, ms = tone_wanted(request)
        yield Speech(tone(hertz, ms), f"(tone {hertz:g} Hz, {ms:g} ms)")
