"""How G.722 and Opus sound beside the same words through somebody else's codec (FFmpeg's) alone, both ways.

Scores are PESQ's (wideband, 4.64 at most); none without `pip install pesq`, which needs a compiler. What is
lost is lost on the way to us, at random; how that sounds is told, not judged.
"""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import soxr

from tests.bench.figures import Figure
from tests.equipment import tone
from tests.equipment.other_codec import RATE as WIDE
from tests.equipment.other_codec import OtherCodec
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import exchange
from tests.sip.wideband import MODEL, OFFERS, Wide, Wideband

WORDS = (
    "The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore, and six thick"
    " thistle sticks as well. Please call again after half past seven."
)
OPUS_BITS = 32_000
"""A second of what we say."""
BAR = 0.1
"""By so much a call may be worse than the codec alone."""
LOST = 0.05


async def run() -> list[Figure]:
    """Say the same in both codecs, both ways, and over a line that loses."""
    words = _words()
    figures: list[Figure] = []
    for name in get_args(Wide):
        async with exchange(native=True, max_calls=4) as sip:
            with Pump() as pump:
                async with Phone(sip.address, pump) as phone:
                    figures += await _of(
                        name, words, Wideband(name, *await sip.answered(phone, **OFFERS[name]))
                    )
    return figures


def _words() -> tone.Pcm:
    from gateway.local.engines.tts import synthesize  # noqa: PLC0415 - heavy

    pcm = np.frombuffer(synthesize(WORDS), "<i2")
    words: tone.Pcm = soxr.resample(pcm, MODEL, WIDE)
    return np.append(words, np.zeros(WIDE // 2, np.int16))


async def _of(name: Wide, words: tone.Pcm, wide: Wideband) -> list[Figure]:
    alone, ours = (_alone(name, words, bits) for bits in (None, OPUS_BITS if name == "opus" else None))
    heard = _score(words, _at_wide(await wide.said(words), MODEL))
    played = await wide.heard(soxr.resample(words, WIDE, MODEL))
    said = _score(words, _at_wide(played, wide.codec.rate_out))
    rng = np.random.default_rng(7)
    lossy = _score(words, _at_wide(await wide.said(words, lambda n: n > 25 and rng.random() < LOST), MODEL))
    told: list[tuple[str, float | None, float | None]] = [
        ("PESQ-WB, caller to model, worse than the codec alone by", _less(alone, heard), BAR),
        ("PESQ-WB, model to caller, worse than the codec alone by", _less(ours, said), BAR),
        (f"PESQ-WB, caller to model, {LOST:.0%} lost, worse by", _less(alone, lossy), None),
        ("PESQ-WB of the codec alone", alone, None),
    ]
    return [Figure(f"wide: {name}", what, value, "", bar) for what, value, bar in told if value is not None]


def _alone(name: Wide, words: tone.Pcm, bits: int | None) -> float | None:
    other = OtherCodec(name, bits)
    return _score(words, _at_wide(other.heard(other.packets(words)), other.rate_out))


def _less(alone: float | None, score: float | None) -> float | None:
    return None if alone is None or score is None else alone - score


def _at_wide(pcm: tone.Pcm, rate: int) -> tone.Pcm:
    at_wide: Any = pcm if rate == WIDE else soxr.resample(pcm, rate, WIDE)
    return np.asarray(at_wide, np.int16)


def _score(wanted: tone.Pcm, got: tone.Pcm) -> float | None:
    try:
        from pesq import pesq  # noqa: PLC0415
    except ImportError:
        return None
    size = 1 << int(len(wanted) + len(got)).bit_length()
    spectra = np.fft.rfft(got.astype(float), size) * np.conj(np.fft.rfft(wanted.astype(float), size))
    late = int(np.argmax(np.fft.irfft(spectra)[: len(got)]))
    lined_up = got[late : late + len(wanted)]
    return float(pesq(WIDE, wanted[: len(lined_up)], lined_up, "wb"))
