"""G.711 on the wire of a session, instead of PCM: a sixth of the bytes. Opt-in, and watched.

Facts and orders stay PCM at 24 kHz; this sits at the session's edge. Each sample is held for three there, so
that a call in G.711 is filtered nowhere: the phone hears the model's codes, and the model the phone's.

What a server says it sends and what it sends have been seen to differ (PCM after `audio/pcmu` was confirmed):
a caller would hear noise at full volume. So the first bytes are looked at before they are believed, and the
byte rate is checked by what the server bills.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from gateway.arrays import np
from gateway.media.resample import HELD_FOR, ItemResampler, held

Law = str
"""`pcmu` or `pcma`, as in `audio/pcmu`."""
if TYPE_CHECKING:
    import numpy.typing as npt

    Codes = npt.NDArray[np.uint8]
    Levels = npt.NDArray[np.int16]

LAWS = ("pcmu", "pcma")
ENOUGH = 320
"""Bytes to tell G.711 from PCM by: 40 ms of the one, 7 ms of the other."""


@functools.cache
def levels(law: Law) -> Levels:
    """Return the PCM value of each of the 256 codes (ITU-T G.711, tables 1 and 2)."""
    codes = np.arange(256)
    if law == "pcmu":
        bits = ~codes & 0xFF
        magnitude = (((bits & 0x0F) << 3) + 0x84 << ((bits & 0x70) >> 4)) - 0x84
        return np.where(bits & 0x80, -magnitude, magnitude).astype(np.int16)
    bits = codes ^ 0x55
    segment, mantissa = (bits & 0x70) >> 4, bits & 0x0F
    shifted = (mantissa << 4) + 0x108 << np.maximum(segment - 1, 0)
    magnitude = np.where(segment == 0, (mantissa << 4) + 8, shifted)
    return np.where(bits & 0x80, magnitude, -magnitude).astype(np.int16)


@functools.cache
def codes(law: Law) -> Codes:
    """Return the code nearest to each 16-bit value, by the value as unsigned."""
    table = levels(law)
    order = np.argsort(table, kind="stable")
    sorted_levels = table[order].astype(np.int32)
    borders = (sorted_levels[1:] + sorted_levels[:-1]) // 2
    values = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    nearest = order[np.searchsorted(borders, values, side="left")].astype(np.uint8)
    if law == "pcmu":
        nearest[0] = 0xFF  # of its two zeros the one that lines are silent with
    return nearest


@functools.cache
def _held_levels(law: Law) -> npt.NDArray[np.int16]:
    """Return the PCM value of each code three times: a row each."""
    return levels(law).repeat(HELD_FOR).reshape(-1, HELD_FOR)


class Speaker:
    """Caller audio, PCM 24 kHz, to G.711."""

    def __init__(self, law: Law) -> None:
        self._codes = codes(law)
        self._to_8k = ItemResampler(24_000)

    def encode(self, pcm: bytes) -> bytes:
        """Encode a piece; it comes out 3 ms later, or as it is where its samples are held."""
        wide = np.frombuffer(pcm, "<i2")
        if held(wide):
            self._to_8k.reset()
            narrow = wide[::HELD_FOR].view("<u2")
        else:
            narrow = np.frombuffer(self._to_8k.feed(pcm), "<u2")
        encoded: bytes = self._codes[narrow].tobytes()
        return encoded


class Listener:
    """Agent audio, G.711, to PCM 24 kHz: each sample is held for three."""

    def __init__(self, law: Law) -> None:
        self._levels = _held_levels(law)
        self.heard = 0
        """Bytes of the response being made."""
        self.believed = False
        """The first bytes were looked at."""

    def decode(self, _item_id: str, audio: bytes) -> bytes:
        """Decode a piece of an item."""
        self.heard += len(audio)
        decoded: bytes = self._levels[np.frombuffer(audio, np.uint8)].tobytes()
        return decoded


def is_pcm(audio: bytes) -> bool:
    """Return whether bytes are rather PCM16LE than G.711.

    Of a PCM sample the first byte takes all values, the second, the high one, far fewer. In G.711 a byte is a
    sample, and both places look alike.
    """
    data = np.frombuffer(audio, np.uint8)
    if data.size < ENOUGH:
        return False
    if (data == 0).mean() > 0.9:
        return True  # silence in PCM; in G.711 this is the loudest code
    low, high = np.unique(data[::2]).size, np.unique(data[1::2]).size
    return low >= 24 and high < 0.6 * low  # tones, in either, take but few values


def too_many(heard: int, audio_tokens: int) -> bool:
    """Return whether more bytes came than G.711 has for the speech that was billed: a token is 50 ms."""
    expected = audio_tokens * 50 * 8
    return audio_tokens >= 10 and heard > 3 * expected
