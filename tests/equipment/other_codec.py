"""Codecs of somebody else's (FFmpeg's, by PyAV): G.722 and Opus as a far end without PJSIP has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import av
import numpy as np

from tests.equipment.tone import Pcm

RATE = 16_000
"""What goes in. What comes out of Opus is 48 kHz."""


class OtherCodec:
    """One direction of a call, or both: packets of 20 ms; `bits` a second, where a codec has a choice.

    Of Opus: packets of `ms`, and with `corrects` each carries what was said before it as well (in-band FEC).
    """

    def __init__(
        self, name: Literal["g722", "opus"], bits: int | None = None, *, ms: int = 20, corrects: bool = False
    ) -> None:
        self.rate_out = RATE if name == "g722" else 48_000
        coder: Any = av.CodecContext.create("g722" if name == "g722" else "libopus", "w")
        coder.sample_rate, coder.layout, coder.format = RATE, "mono", "s16"
        if bits is not None:
            coder.bit_rate = bits
        if name == "opus":
            coder.options = {"frame_duration": str(ms)}
        if corrects:
            coder.options = coder.options | {"fec": "1", "packet_loss": "20", "application": "voip"}
        self._samples = RATE * ms // 1000
        coder.open()
        self._coder = coder
        self._decoder: Any = av.CodecContext.create("g722" if name == "g722" else "libopus", "r")
        self._decoder.sample_rate, self._decoder.layout = self.rate_out, "mono"
        self._decoder.open()

    def packets(self, pcm: Pcm) -> list[bytes]:
        """Encode 16 kHz."""
        whole = np.append(pcm, np.zeros(-len(pcm) % self._samples, np.int16))
        packets: list[bytes] = []
        for tick in np.split(whole, len(whole) // self._samples):
            frame = av.AudioFrame.from_ndarray(tick[None, :], format="s16", layout="mono")
            frame.sample_rate = RATE
            packets += [bytes(packet) for packet in self._coder.encode(frame)]
        return packets

    def heard(self, packets: Iterable[bytes]) -> Pcm:
        """Decode, at `rate_out`."""
        frames = [frame for packet in packets for frame in self._decoder.decode(av.Packet(packet))]
        parts = [np.asarray(frame.to_ndarray()).ravel() for frame in frames]
        wave = np.concatenate(parts) if parts else np.zeros(0)
        if wave.dtype.kind == "f":
            wave = np.clip(wave * 32768, -32768, 32767)
        return wave.astype(np.int16)
