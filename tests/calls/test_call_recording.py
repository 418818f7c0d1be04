"""Whether a call is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.call import LegState, RecordingChanged
from gateway.calls.call import Call
from gateway.calls.call_recording import CallRecording
from gateway.errors import MediaError, OrderRefused
from gateway.records.recording.recording import TapRecording
from gateway.records.recording.sound_file import Storage
from gateway.records.recording.writer import RecordingWriter
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.records.recording.scripted_tap import ScriptedTap


class Recorded:
    """A call with taps."""

    def __init__(self, writer: RecordingWriter | None = None) -> None:
        self.leg = ScriptedLeg(answered=0.0)
        self.taps: list[ScriptedTap] = []
        self.leg.tap = self.tap  # type: ignore[method-assign]
        self.events: list[Any] = []
        self.begun: list[TapRecording] = []
        self.call = Call(self.leg, lambda event, _now: self.events.append(event))
        self.recording = CallRecording(self.call, writer, self.begun.append)

    def tap(self, _seconds: float = 0.0) -> ScriptedTap:
        """Tap the leg."""
        self.taps.append(ScriptedTap())
        return self.taps[-1]


@pytest.fixture
async def recorded(tmp_path: Path) -> AsyncIterator[Recorded]:
    """A call that can be recorded."""
    writer = RecordingWriter(Storage(tmp_path))
    yield Recorded(writer)
    writer.close()


async def test_a_recording_begins_once(recorded: Recorded) -> None:
    """However often somebody agrees; its file is named by the day and the call."""
    assert recorded.recording.start("key")
    assert recorded.recording.start("spoken")
    assert len(recorded.taps) == 1
    assert recorded.events == [RecordingChanged("started", "key")]
    (begun,) = recorded.begun
    assert begun.begun["file"].endswith(f"-{recorded.call.info.id}.wav")


async def test_pauses(recorded: Recorded) -> None:
    """Each hears with a tap of its own; what changes nothing is not told."""
    recorded.recording.start("key")
    for on in (True, False, False, True):
        recorded.recording.switch(on, "agent")
    assert [tap.closed for tap in recorded.taps] == [True, False]
    assert recorded.events[1:] == [RecordingChanged("paused", "agent"), RecordingChanged("resumed", "agent")]


async def test_what_is_not_recorded_is_not_paused(recorded: Recorded) -> None:
    """Nor a call that is over."""
    with pytest.raises(OrderRefused):
        recorded.recording.switch(False, "agent")
    recorded.recording.start("key")
    recorded.leg.state = LegState.ENDED
    with pytest.raises(OrderRefused):
        recorded.recording.switch(False, "agent")


async def test_where_nothing_can_be_recorded(tmp_path: Path) -> None:
    """Without records, on a leg without taps, after the end: the call goes on."""
    assert not Recorded().recording.start("key")
    writer = RecordingWriter(Storage(tmp_path))
    one = Recorded(writer)

    def no_taps(_seconds: float = 0.0) -> ScriptedTap:
        raise MediaError("portable mode has no taps")

    one.leg.tap = no_taps  # type: ignore[method-assign]
    with capture_logs() as lines:
        assert not one.recording.start("key")
    assert [line["event"] for line in lines] == ["recording.impossible"]
    over = Recorded(writer)
    over.leg.state = LegState.ENDED
    assert not over.recording.start("key")
    writer.close()
