"""Sounds that the gateway plays by itself."""

import asyncio
from pathlib import Path

import pytest

from gateway import prompts
from gateway.errors import SessionError


async def test_a_text_is_spoken_once_and_kept() -> None:
    """The second caller does not wait for it."""
    spoken = []

    async def speak(text: str) -> bytes:
        spoken.append(text)
        return b"pcm"

    sounds = prompts.Prompts(speak)
    assert [await sounds.sound("Hello.", None) for _ in range(2)] == [b"pcm", b"pcm"]
    assert spoken == ["Hello."]


async def test_a_voice_that_cannot_be_had_is_silence() -> None:
    """The call goes on without the prompt."""

    async def speak(text: str) -> bytes:
        raise SessionError("connect", "refused")

    assert await prompts.Prompts(speak).sound("Hello.", None) == b""


async def test_a_voice_that_never_comes_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""

    async def speak(text: str) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(prompts, "SPEAK_WITHIN", 0.01)
    assert await prompts.Prompts(speak).sound("Hello.", None) == b""


async def test_a_missing_file_is_silence() -> None:
    """It was there when the dialplan was checked."""

    async def speak(text: str) -> bytes:
        raise AssertionError

    assert await prompts.Prompts(speak).sound(None, Path("/nowhere.wav")) == b""


async def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text not used for longest is forgotten first."""
    spoken = []

    async def speak(text: str) -> bytes:
        spoken.append(text)
        return bytes(10)

    monkeypatch.setattr(prompts, "KEPT_BYTES", 20)
    sounds = prompts.Prompts(speak)
    for text in ("a", "b", "a", "c", "a", "b"):
        await sounds.sound(text, None)
    assert spoken == ["a", "b", "c", "b"]
