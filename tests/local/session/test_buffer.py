from __future__ import annotations

import pytest

from gateway.local.session.buffer import MAX_SECONDS, InputBuffer
from gateway.local.vocabulary import Clip


def clip(ms: int, rate: int = 24_000, value: int = 0) -> Clip:
    return Clip(bytes([value, 0]) * (ms * rate // 1000), rate)


def test_audio_is_addressed_by_session_time() -> None:
    """What is cut out is what was said then."""
    buffer = InputBuffer()
    for value in range(10):
        buffer.append(clip(20, value=value))
    assert (buffer.begins_ms, buffer.ends_ms, buffer.ms) == (0, 200, 200)
    assert buffer.cut(40, 80).pcm == clip(20, value=2).pcm + clip(20, value=3).pcm


def test_forgetting_leaves_time_alone() -> None:
    """Positions stay true when old audio goes."""
    buffer = InputBuffer()
    for value in range(10):
        buffer.append(clip(20, value=value))
    buffer.forget(100)
    buffer.forget(50)
    assert (buffer.begins_ms, buffer.ends_ms) == (100, 200)
    assert buffer.cut(0, 120).pcm == clip(20, value=5).pcm
    buffer.clear()
    buffer.append(clip(20, value=9))
    assert buffer.cut(200, 220).pcm == clip(20, value=9).pcm


def test_another_rate() -> None:
    """Changing from PCM to G.711 forgets what was there; time goes on."""
    buffer = InputBuffer()
    buffer.append(clip(100))
    buffer.append(clip(50, 8_000))
    assert (buffer.begins_ms, buffer.ends_ms) == (100, 150)
    assert buffer.cut(100, 150) == clip(50, 8_000)


def test_bounded() -> None:
    """The oldest audio goes when nobody ever commits."""
    buffer = InputBuffer()
    minute = clip(60_000, 8_000)
    for _ in range(MAX_SECONDS // 60 + 1):
        buffer.append(minute)
    assert buffer.ms == pytest.approx(MAX_SECONDS * 1000)
    assert buffer.ends_ms == pytest.approx(MAX_SECONDS * 1000 + 60_000)
