"""Sounds that the gateway plays by itself."""

import asyncio
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway import prompts
from gateway.audio import read_wav
from gateway.errors import SessionError
from tests import tone
from tests.test_audio import write


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
    assert await prompts.Prompts(_nobody_speaks).sound(None, Path("/nowhere.wav")) == b""


async def test_a_file_is_read_once_and_again_when_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls do not resample the same second of sound over and over."""
    read = []

    def counted(path: Path) -> bytes:
        read.append(path)
        return read_wav(path)

    monkeypatch.setattr(prompts, "read_wav", counted)
    sounds = prompts.Prompts(_nobody_speaks)
    path = tmp_path / "hello.wav"
    for ms, changed_at in ((100, 1), (100, 1), (200, 2)):
        write(path, tone.sine(440, ms), tone.RATE)
        os.utime(path, (changed_at, changed_at))
        assert len(await sounds.sound(None, path)) == ms * 48
    assert len(read) == 2


async def _nobody_speaks(text: str) -> bytes:
    raise AssertionError(text)


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


async def test_a_prepared_text_is_there_when_it_is_needed() -> None:
    """Even if nobody can speak any more."""
    able = True

    async def speak(text: str) -> bytes:
        if not able:
            raise SessionError("connect", "refused")
        return b"pcm"

    sounds = prompts.Prompts(speak)
    async with sounds:
        sounds.prepare("Sorry.")
        sounds.prepare(None)
    able = False
    assert await sounds.apology("Sorry.", None) == b"pcm"


async def test_what_cannot_be_prepared_is_not_tried_at_every_call() -> None:
    """A gateway without the embedded agent does not knock at its door for each caller."""
    tried = []

    async def speak(text: str) -> bytes:
        tried.append(text)
        raise SessionError("connect", "refused")

    async with prompts.Prompts(speak) as sounds:
        sounds.prepare("Sorry.")
        sounds.prepare("Sorry.")
    assert tried == ["Sorry."]


async def test_there_is_always_an_apology() -> None:
    """Our own, when the plan's cannot be spoken; none where the plan wants none."""

    async def speak(text: str) -> bytes:
        raise SessionError("connect", "refused")

    sounds = prompts.Prompts(speak)
    assert len(await sounds.apology("Sorry.", None)) > 2 * 24_000
    assert await sounds.apology(None, None) == b""


async def test_an_outage_is_filled_without_waiting() -> None:
    """With the plan's words if they were prepared, else with ours; with nothing where nothing is wanted."""

    async def speak(text: str) -> bytes:
        return b"pcm"

    async with prompts.Prompts(speak) as sounds:
        assert len(await sounds.moment("Un momento.")) > 24_000
    assert await sounds.moment("Un momento.") == b"pcm"
    assert await sounds.moment(None) == b""


async def test_preparing_in_vain_is_told_once_an_outage() -> None:
    """A gateway without the embedded agent does not fill the log with texts that have stand-ins."""
    able = False

    async def speak(_text: str) -> bytes:
        if not able:
            raise SessionError("connect", "refused")
        return b"pcm"

    with capture_logs() as lines:
        async with prompts.Prompts(speak) as sounds:
            for text in ("Sorry.", "Goodbye."):
                sounds.prepare(text)
            await asyncio.sleep(0)  # they are tried
            able = True
            assert await sounds.sound("Hello.", None) == b"pcm"
            able = False
            sounds.prepare("One moment.")
    assert [line["error"] for line in lines] == ["connect: refused"] * 2
