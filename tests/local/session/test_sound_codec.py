from __future__ import annotations

import numpy as np
import pytest

from gateway.local.session import sound_codec
from gateway.local.session.sound_codec import Decimator, Encoder
from gateway.local.vocabulary import Clip
from tests.equipment import tone


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_g711_agrees_with_another_implementation(law: str) -> None:
    """All 256 codes and all 65 536 samples."""
    levels = tone.ULAW_LEVELS if law == "audio/pcmu" else tone.ALAW_LEVELS
    assert sound_codec.decode(bytes(range(256)), law) == Clip(levels.tobytes(), 8000)
    every = np.arange(-32768, 32768).astype(np.int16)
    other = tone.ulaw_encode if law == "audio/pcmu" else tone.alaw_encode
    ours, theirs = sound_codec.encode(every.tobytes(), law), other(every)
    # Where two levels are equally near either will do.
    heard = levels[np.frombuffer(ours, np.uint8)].astype(np.int32)
    best = levels[np.frombuffer(theirs, np.uint8)].astype(np.int32)
    assert np.array_equal(np.abs(heard - every), np.abs(best - every))


def test_pcm_is_left_alone() -> None:
    """`audio/pcm` is what it is."""
    assert sound_codec.decode(b"ab", "audio/pcm") == Clip(b"ab", 24_000)
    assert sound_codec.encode(b"ab", "audio/pcm") == b"ab"
    assert [sound_codec.bytes_per_second(kind) for kind in ("audio/pcm", "audio/pcmu")] == [48_000, 8_000]


@pytest.mark.parametrize("frame", [480, 7, 1, 2400])
def test_decimator(frame: int) -> None:
    """A tone keeps its frequency, level and length within the filter's delay, whatever the frames."""
    wave = tone.sine(1000, 500, rate=24_000)
    decimator = Decimator()
    pieces = [decimator.feed(wave[at : at + frame].tobytes()) for at in range(0, len(wave), frame)]
    out = np.concatenate(pieces)
    assert len(out) == pytest.approx(4000, abs=1)
    pcm = (out * 32768).astype(np.int16)
    assert tone.share(pcm[100:], 1000) > 0.999
    assert tone.level_db(pcm[100:]) == pytest.approx(tone.level_db(wave), abs=0.1)


def test_decimator_has_no_images() -> None:
    """What 8 kHz cannot carry does not come back as something else."""
    wave = tone.sine(5500, 500, rate=24_000)
    out = Decimator().feed(wave.tobytes())
    assert tone.level_db((out[100:] * 32768).astype(np.int16)) < -60


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_encoder(kind: str) -> None:
    """Pieces of any size come out whole, in the session's format."""
    wave = tone.sine(1000, 400, rate=24_000).tobytes()
    encoder = Encoder(kind)
    out = b"".join(encoder.feed(wave[at : at + 9600]) for at in range(0, len(wave), 9600))
    out += encoder.feed(b"", last=True)
    clip = sound_codec.decode(out, kind)
    assert clip.ms == pytest.approx(400, abs=1)
    assert tone.share(np.frombuffer(clip.pcm, np.int16), 1000, rate=clip.rate) > 0.99


def test_resample() -> None:
    """A whole clip changes its rate, nothing else."""
    wave = tone.sine(1000, 400)
    up = sound_codec.resample(Clip(wave.tobytes(), 8000), 16_000)
    assert len(up) == 2 * len(wave)
    assert tone.share(up, 1000, rate=16_000) > 0.99
    assert sound_codec.resample(Clip(b"", 8000), 16_000).size == 0
    assert np.array_equal(sound_codec.resample(Clip(wave.tobytes(), 8000), 8000), wave)


def test_base64() -> None:
    """Bytes as text."""
    assert sound_codec.base64(b"\x00\x01") == "AAE="
