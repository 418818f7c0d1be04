"""A message that is left: where it ends, and that nobody else reads it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from gateway.call import Fact, LegTap, MessageLeft, Order, TapBlock
from gateway.calls.actions import message
from gateway.calls.actions.message import RATE, MessageSound, record
from gateway.calls.call import Call
from gateway.dialplan.model import Messages
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.equipment import tone


class Tap:
    """Gives what it is told to, a block at each look; then silence."""

    def __init__(self, *spoken: np.ndarray, rate: int = RATE) -> None:
        self._spoken = list(spoken)
        self._rate = rate
        self.closed = False
        self.lost = 0

    def read(self) -> list[TapBlock]:
        caller = self._spoken.pop(0) if self._spoken else np.zeros(self._rate // 5, np.int16)
        both = np.stack([caller, np.full_like(caller, 20_000)], axis=1)
        return [TapBlock(0, self._rate, both.astype("<i2").tobytes())]

    def close(self) -> None:
        self.closed = True


class Line(ScriptedLeg):
    """A leg with a tap."""

    heard = Tap()

    def tap(self, seconds: float = 10.0) -> LegTap:
        return self.heard


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "LOOK_S", 0)


def rules(folder: Path, **more: float) -> Messages:
    spans = {name: timedelta(seconds=value) for name, value in more.items()}
    return Messages(folder=str(folder), **spans)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
async def test_what_the_caller_says_is_kept(tmp_path: Path, rate: int) -> None:
    """Alone, at a telephone's rate, without the silence after it; for nobody else to read."""
    line = Line(answered=0.0)
    line.heard = Tap(tone.sine(700, 1000, rate=rate), rate=rate)
    call, told = Call(line), list[Fact | Order]()
    call.notify.add(lambda event, _now: told.append(event))
    left = await record(call, rules(tmp_path / "left", silence=1), asyncio.Event())
    assert told == [MessageLeft(str(left.file), 1.0)]
    assert left.seconds == pytest.approx(1.0, abs=0.05)
    assert left.file is not None
    assert left.file.stat().st_mode & 0o077 == 0
    assert tone.share(np.frombuffer(left.file.read_bytes()[44:], "<i2"), 700) > 0.9
    assert line.heard.closed


async def test_nobody_said_anything(tmp_path: Path) -> None:
    """There is no file for that."""
    line = Line(answered=0.0)
    line.heard = Tap()
    left = await record(Call(line), rules(tmp_path, silence=1), asyncio.Event())
    assert (left.file, left.seconds) == (None, 0.0)


async def test_a_message_has_an_end(tmp_path: Path) -> None:
    """However much there is to say; or sooner, when somebody says so."""
    line = Line(answered=0.0)
    line.heard = Tap(*[tone.sine(700, 1000)] * 100)
    left = await record(Call(line), rules(tmp_path, longest=5), asyncio.Event())
    assert 5 <= left.seconds <= 6.1
    done = asyncio.Event()
    done.set()
    line.heard = Tap(tone.sine(700, 1000))
    assert (await record(Call(line), rules(tmp_path), done)).seconds == pytest.approx(1.0, abs=0.05)


async def test_a_message_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The operator hears of it, and the call goes on."""
    (tmp_path / "file").write_text("")
    line = Line(answered=0.0)
    line.heard = Tap(tone.sine(700, 500))
    with capture_logs() as logs:
        left = await record(Call(line), rules(tmp_path / "file", silence=1), asyncio.Event())
    assert left.file is None
    assert "message.not_kept" in {line["event"] for line in logs}


def test_silence_is_counted_from_the_last_sound() -> None:
    """And from the beginning, before there is one."""
    sound = MessageSound(Tap(tone.silence(500), tone.sine(700, 500)))
    sound.listen()
    assert (sound.silent_s, sound.spoken) == (0.5, False)
    sound.listen()
    assert (sound.silent_s, sound.spoken, sound.seconds) == (0.0, True, 1.0)
    sound.listen()
    assert sound.silent_s == pytest.approx(0.2)
