from __future__ import annotations

import pytest

from gateway.realtime.events.session import AudioFormat
from gateway.realtime.wire_format import UnknownFormat, WireFormat, said


@pytest.mark.parametrize(
    ("name", "rate", "means"),
    [
        ("audio/pcm", 16_000, WireFormat("pcm", 16_000)),
        ("audio/pcm", None, WireFormat("pcm", 8_000)),  # what was asked for
        ("pcm16", None, WireFormat("pcm", 8_000)),
        ("pcm24", None, WireFormat("pcm", 24_000)),
        ("pcm16_8000hz", None, WireFormat("pcm", 8_000)),
        ("pcm16-16000hz", None, WireFormat("pcm", 16_000)),
        ("pcm_48000", None, WireFormat("pcm", 48_000)),
        ("audio/pcmu", None, WireFormat("pcmu", 8_000)),
        ("audio/pcma", 8_000, WireFormat("pcma", 8_000)),
        ("g711_ulaw", None, WireFormat("pcmu", 8_000)),
        ("g711_alaw", None, WireFormat("pcma", 8_000)),
    ],
)
def test_a_format_is_read_under_all_its_names(name: str, rate: int | None, means: WireFormat) -> None:
    """GA's, the older ones, and other vendors' with the rate in the name."""
    assert said(AudioFormat(type=name, rate=rate), WireFormat("pcm", 8_000)) == means


@pytest.mark.parametrize(
    ("name", "rate", "told"),
    [
        ("audio/opus", None, "audio/opus; known are audio/pcm"),
        ("audio/pcm", 44_100, "44100 Hz; known are 8000, 16000"),
        ("audio/pcmu", 16_000, "8000 Hz"),
    ],
)
def test_what_nobody_here_speaks_is_refused(name: str, rate: int | None, told: str) -> None:
    """With what there is instead."""
    with pytest.raises(UnknownFormat, match=told):
        said(AudioFormat(type=name, rate=rate), WireFormat())


def test_nothing_said_is_as_asked() -> None:
    """An update that does not name a format leaves it as it was."""
    assert said(None, WireFormat("pcma", 8_000)) == WireFormat("pcma", 8_000)
    assert WireFormat().speaker() is None
    assert WireFormat().listener() is None
    assert WireFormat("pcm", 16_000).speaker() is not None
    assert WireFormat("pcmu", 8_000).listener() is not None


def test_a_rate_is_asked_for_where_it_may_be() -> None:
    """G.711 has none of its own."""
    assert WireFormat("pcm", 16_000).asked() == AudioFormat(type="audio/pcm", rate=16_000)
    assert WireFormat("pcmu", 8_000).asked() == AudioFormat(type="audio/pcmu")
