from __future__ import annotations

import numpy as np
import pytest

from gateway.call import ResponseEnded, Usage
from gateway.realtime.events.session import Session
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.wire_audio import WireAudio
from gateway.realtime.wire_format import UnknownFormat, WireFormat

PCM = WireFormat()
LAW = WireFormat("pcmu", 8_000)
NOISE = np.random.default_rng(1).normal(0, 300, 2400).astype("<i2").tobytes()


def session(hears: object = None, speaks: object = None) -> Session:
    return Session.model_validate({"audio": {"input": {"format": hears}, "output": {"format": speaks}}})


def delta(audio: bytes) -> AudioDelta:
    return AudioDelta("r", "i", audio)


def test_what_was_agreed_on_is_no_fault() -> None:
    """Said or not said, and nothing is converted that is ours already."""
    for told in (None, session(), session("audio/pcm", {"type": "audio/pcm", "rate": 24_000})):
        audio = WireAudio()
        assert audio.agree((PCM, PCM), None, told, refused=False) is None
        assert not audio.converts
        assert audio.encode(b"ab") == b"ab"


def test_silence_of_the_server_about_g711_is_consent() -> None:
    """What was asked for holds, not what was before; unless it was refused."""
    before = session("audio/pcm", "audio/pcm")
    audio = WireAudio()
    assert audio.agree((LAW, LAW), before, None, refused=False) is None
    assert audio.converts
    assert audio.agree((LAW, LAW), before, None, refused=True) is not None
    assert not audio.converts


def test_an_unknown_format_is_refused() -> None:
    """Whichever way it is for."""
    for told in (session("opus"), session(None, "opus")):
        with pytest.raises(UnknownFormat, match="opus"):
            WireAudio().agree((PCM, PCM), None, told, refused=False)


def test_pcm_that_is_called_g711_is_told_once() -> None:
    """By its bytes, or by what was billed for it."""
    audio = WireAudio()
    audio.agree((LAW, LAW), None, None, refused=False)
    same, fault = audio.decode(delta(NOISE))
    assert same.audio == NOISE
    assert fault is not None
    assert audio.decode(delta(NOISE)) == (delta(NOISE), None)
    audio.agree((LAW, LAW), None, None, refused=False)
    audio.decode(delta(bytes([0xFF]) * 48_000))
    assert audio.weigh(ResponseEnded("r", "completed", usage=Usage(output_audio=20))) is not None
    assert audio.weigh(ResponseEnded("r", "completed")) is None


def test_a_format_that_changes_in_the_session_is_followed() -> None:
    """With a line; what is said again, or not at all, disturbs nothing."""
    audio = WireAudio()
    audio.agree((PCM, PCM), None, None, refused=False)
    assert audio.follow(session()) is None
    assert audio.follow(session("audio/pcm", {"type": "audio/pcm", "rate": 24_000})) is None
    changed = audio.follow(session(None, {"type": "audio/pcm", "rate": 16_000}))
    assert changed is not None
    assert changed.code == "format_changed"
    assert audio.converts
    assert audio.encode(b"ab") == b"ab"
    assert audio.follow(session(None, {"type": "audio/pcm", "rate": 16_000})) is None
    with pytest.raises(UnknownFormat):
        audio.follow(session("opus"))
