"""A phone of G.722 or Opus whose far end codes and decodes by itself, with somebody else's codec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tests.equipment import tone
from tests.equipment.other_codec import RATE as WIDE
from tests.equipment.other_codec import OtherCodec
from tests.equipment.wire_call import Call
from tests.sip.conftest import Listening

MODEL = 24_000
G722, OPUS = 9, 111
NAMES = {101: "telephone-event/8000", OPUS: "opus/48000/2"}
OFFERS: dict[str, dict[str, Any]] = {
    "g722": {"formats": (G722, 101)},
    "opus": {"formats": (OPUS, 101), "names": NAMES},
}
Wide = Literal["g722", "opus"]


class Wideband:
    """A call whose far end codes and decodes by itself."""

    def __init__(self, name: Wide, call: Call, leg: Listening) -> None:
        self.call, self.leg, self.codec = call, leg, OtherCodec(name)
        self.number = G722 if name == "g722" else OPUS
        call.media.khz = 8 if name == "g722" else 48
        call.media.speaks_silence = False

    async def said(self, pcm: tone.Pcm, lost: Callable[[int], bool] = lambda _: False) -> tone.Pcm:
        """Say something, of which packets are lost; return what the model heard of it and since."""
        before = len(self.leg.heard)
        packets = self.codec.packets(np.append(pcm, np.zeros(WIDE // 5, np.int16)))
        sent = [None if lost(number) else packet for number, packet in enumerate(packets)]
        await self.call.said(self.call.media.say_packets(sent, self.number))
        return np.frombuffer(self.leg.heard[before:], "<i2")

    async def heard(self, pcm: tone.Pcm) -> tone.Pcm:
        """Play something of the model's; return what the far end heard."""
        first = len(self.call.media.packets)
        self.leg.leg.port.play(1, pcm.tobytes())
        await self.call.listens(1000 * len(pcm) / MODEL + 200)
        return self.codec.heard(
            packet.payload for packet in self.call.media.packets[first:] if packet.payload_type == self.number
        )


def level(pcm: tone.Pcm, rate: int, ms: int = 100) -> float:
    """Level of what sounds, in dB below full scale (RMS): an edge, or a moment of stall, changes nothing."""
    size = rate * ms // 1000
    levels = [tone.level_db(pcm[at : at + size]) for at in range(0, len(pcm) - size, size // 4)]
    return float(np.median([each for each in levels if each > max(levels) - 6]))
