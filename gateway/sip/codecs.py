"""The codecs that can be spoken: what each is called in our settings, in SDP, and in PJSIP."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

import pjsua2 as pj


@dataclass(frozen=True, slots=True)
class Codec:
    """One of them."""

    rtpmap: str
    """Encoding, clock rate and channels as in SDP (RFC 8866 section 6.6), without a single channel's `/1`."""
    pjsip: str
    """How PJSIP's name of it begins."""
    number: str = ""
    """Static payload number, which needs no rtpmap (RFC 3551 section 6); "" if it has none."""


CODECS = {
    "pcmu": Codec("PCMU/8000", "PCMU/8000", "0"),
    "pcma": Codec("PCMA/8000", "PCMA/8000", "8"),
    "g722": Codec("G722/8000", "G722/16000", "9"),  # 8000 by mistake, and for ever: RFC 3551 section 4.5.2
    "opus": Codec("OPUS/48000/2", "opus/48000", ""),  # always so, whatever it carries: RFC 7587 section 7
}
G711 = ("pcmu", "pcma")
"""All that portable mode speaks: PJSIP's own bridge, at 8 kHz, would be between."""

OPUS_RATE = 16_000
"""Samples a second to and from the codec: a telephone's wideband, at a third of the work of 48 kHz."""


def spoken(codecs: Sequence[str], *, native: bool) -> tuple[str, ...]:
    """Return which of the codecs this mode can speak, in their order: ours decides, not the offerer's."""
    return tuple(codecs) if native else tuple(name for name in codecs if name in G711)


def use(call: int, codecs: Sequence[str]) -> bool:
    """SIP thread: have a call take these codecs alone, the best first; with none, what others may have.

    False if its offer has nothing of it. Portable mode has G.711 whatever is asked.
    """
    guard = _guard()
    return guard is None or bool(guard.speak_in(call, [CODECS[name].rtpmap for name in codecs]))


def settle(call: int) -> bool:
    """SIP thread, before the answer: leave of a call's offer what it may have; False if that is nothing."""
    guard = _guard()
    return guard is None or bool(guard.settle(call))


@contextlib.contextmanager
def offering(account: pj.Account, codecs: Sequence[str]) -> Iterator[None]:
    """SIP thread: have calls made meanwhile offer these alone; none, and in portable mode: as ever.

    For the account of calls without a trunk.
    """
    guard = _guard()
    if guard is None or not codecs:
        yield
        return
    guard.speak_over(account.getId(), [CODECS[name].rtpmap for name in codecs])
    try:
        yield
    finally:
        guard.speak_over(account.getId(), [])


def _guard() -> ModuleType | None:
    return sys.modules.get("gateway.sip._guard")  # in native mode


def priority(codec_id: str, codecs: Sequence[str]) -> int:
    """Return PJSIP's priority of a codec: ours in order of preference, 0 switches one off."""
    rank = next((n for n, name in enumerate(codecs) if codec_id.startswith(CODECS[name].pjsip)), None)
    return 0 if rank is None else 255 - rank


def choose(library: pj.Endpoint, wanted: Sequence[str], *, native: bool) -> tuple[str, ...]:
    """SIP thread, after `libStart`: switch on what can be `spoken`, these first, and all others off.

    Which of them a call may have is up to the guard (spoken.hpp): plans and trunks may name others.
    """
    codecs = spoken(wanted, native=native)
    able = (*codecs, *(name for name in CODECS if native and name not in codecs))
    for codec in library.codecEnum2():
        library.codecSetPriority(codec.codecId, priority(codec.codecId, able))
    if native:
        opus = library.getCodecOpusConfig()
        opus.sample_rate, opus.channel_cnt = OPUS_RATE, 1
        library.setCodecOpusConfig(opus)
    return able
