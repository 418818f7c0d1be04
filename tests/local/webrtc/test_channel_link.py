"""Events and sound of a session over WebRTC."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from gateway.local.webrtc.channel_link import MOST_EARLY, ChannelLink
from gateway.local.webrtc.output_buffer import FULL_MS
from gateway.realtime.events import server
from gateway.realtime.events.wire import AudioDeltaFrames
from tests.equipment import patience


def linked() -> tuple[ChannelLink, list[dict[str, Any]]]:
    link, told = ChannelLink(lambda: None), list[dict[str, Any]]()
    link.open(lambda frame: told.append(orjson.loads(frame)))
    return link, told


def speech(ms: int, item_id: str = "item_1") -> tuple[AudioDeltaFrames, bytes]:
    return AudioDeltaFrames("resp_1", item_id), b"\1\2" * (24 * ms)


async def test_what_was_said_before_the_channel_is_open_comes_when_it_is() -> None:
    """The newest of it, if it never opens for long."""
    link = ChannelLink(lambda: None)
    for number in range(MOST_EARLY + 5):
        link.raw(b"%d" % number)
    told: list[bytes] = []
    link.open(told.append)
    link.raw(b"last")
    assert (len(told), told[0], told[-1]) == (MOST_EARLY + 1, b"5", b"last")


async def test_who_looks_on_is_told_as_well() -> None:
    link, told = linked()
    seen: list[bytes] = []
    with link.watched(seen.append):
        link.emit(server.InputAudioCleared)
    link.emit(server.InputAudioCleared)
    assert [one["type"] for one in told] == ["input_audio_buffer.cleared"] * 2
    assert [orjson.loads(one)["event_id"] for one in seen] == [told[0]["event_id"]]


async def test_sound_is_played_and_no_event() -> None:
    """Its beginning is told, and what was heard of it when it is cut."""
    link, told = linked()
    link.audio(*speech(100))
    assert (link.next_frame(), told[0]["type"]) == (b"\1\2" * 480, "output_audio_buffer.started")
    assert link.cut() == (("item_1", 20),)
    assert [(one["type"], one["response_id"]) for one in told[1:]] == [
        ("output_audio_buffer.cleared", "resp_1")
    ]


async def test_who_speaks_waits_while_much_is_to_be_played() -> None:
    link, _ = linked()
    link.audio(*speech(FULL_MS + 40))
    async with patience.within(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(link.room())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        link.next_frame()
        link.next_frame()


async def test_a_stalled_channel_says_all_afterwards() -> None:
    link, told = linked()
    link.stall(0.01)
    link.emit(server.InputAudioCleared)
    assert told == []
    async with patience.within(5):
        while not told:  # noqa: ASYNC110 - a timer's doing
            await asyncio.sleep(0.01)
    link.freeze()
    link.emit(server.InputAudioCleared)
    link.forget_timers()
    assert len(told) == 1
