from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from gateway.local.session.items import ItemList
from gateway.local.session.response import OutgoingResponse, Terms
from gateway.local.vocabulary import (
    Beside,
    Clip,
    CutShort,
    Drop,
    EngineFailure,
    Piece,
    Raw,
    Speech,
    Text,
    ToolCallPiece,
)
from gateway.realtime.events.codec import plain
from gateway.realtime.events.model import Event
from gateway.realtime.events.wire import AudioDeltaFrames
from tests.equipment import tone


class Tape:
    """A wire that remembers."""

    audio_delta = "response.output_audio.delta"

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.heard = b""
        self.deltas: list[int] = []
        self.dropped: tuple[int, str] | None = None

    def emit(self, kind: type[Event], **fields: Any) -> None:
        self.events.append(plain(kind(**fields)))

    def audio(self, frames: AudioDeltaFrames, audio: bytes) -> None:
        assert b"response.output_audio.delta" in frames.frame("e", b"")
        self.events.append({"type": self.audio_delta})
        self.heard += audio
        self.deltas.append(len(audio))

    def raw(self, frame: bytes) -> None:
        self.events.append({"type": frame.decode()})

    def drop(self, code: int, reason: str) -> None:
        self.dropped = (code, reason)

    async def room(self) -> None:
        pass

    def kinds(self) -> list[str]:
        return [event["type"].removeprefix("response.") for event in self.events]


async def pieces(*given: Piece) -> AsyncIterator[Piece]:
    for piece in given:
        yield piece


def terms(**more: Any) -> Terms:
    plain_terms: dict[str, Any] = {
        "spoken": True, "format": "audio/pcm", "voice": "marin", "speed": 1.0, "max_output_tokens": "inf",
        "metadata": None, "instructions": "", "read": (),
    }  # fmt: skip
    return Terms(**(plain_terms | more))


async def deliver(
    *given: Piece, conversation: ItemList | None = None, **more: Any
) -> tuple[Tape, dict[str, Any]]:
    tape = Tape()
    ended: list[OutgoingResponse] = []
    response = OutgoingResponse(terms(**more), tape, conversation, ended.append)
    response.begin()
    await response.deliver(pieces(*given))
    assert ended == [response]
    return tape, tape.events[-2]["response"]


def speech(ms: int = 500, text: str = "Hello.", **more: Any) -> Speech:
    return Speech(tone.sine(500, ms, rate=24_000).tobytes(), text, **more)


async def test_sentences_join_in_one_item() -> None:
    """Two pieces of speech are one message with one transcript, its audio in pieces of 200 ms."""
    tape, done = await deliver(speech(), speech(300, "How are you?"), conversation=ItemList())
    assert tape.deltas == [9600, 9600, 4800, 9600, 4800]
    assert done["status"] == "completed"
    (item,) = done["output"]
    assert item["content"] == [{"type": "output_audio", "transcript": "Hello. How are you?"}]
    assert done["usage"]["output_token_details"] == {"audio_tokens": 16, "text_tokens": 5}
    deltas = [event["delta"] for event in tape.events if event["type"].endswith("transcript.delta")]
    assert deltas == ["Hello.", " How are you?"]


async def test_bursts() -> None:
    """A piece may ask for larger deltas."""
    tape, _ = await deliver(speech(1000, delta_ms=700))
    assert tape.deltas == [33_600, 14_400]


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
async def test_g711(law: str) -> None:
    """G.711 leaves at 8000 bytes a second, the last sample included."""
    tape, done = await deliver(speech(1000), format=law, conversation=(conversation := ItemList()))
    assert len(tape.heard) == pytest.approx(8000, abs=8)
    assert done["audio"]["output"]["format"] == {"type": law}
    decode = tone.ulaw_decode if law == "audio/pcmu" else tone.alaw_decode
    assert tone.share(decode(tape.heard), 500) > 0.99
    (item,) = conversation
    assert item.audio_ms == pytest.approx(1000, abs=1)
    assert item.clip == Clip(speech(1000).pcm)


async def test_text_only() -> None:
    """Without audio the words are written, whatever the engine gave."""
    tape, done = await deliver(Text("One."), Speech(b"", "Two."), spoken=False)
    assert tape.heard == b""
    assert done["output"][0]["content"] == [{"type": "output_text", "text": "One. Two."}]
    assert done["output_modalities"] == ["text"]
    assert "output_text.delta" in tape.kinds()


@pytest.mark.parametrize(
    ("reason", "status", "told"),
    [
        ("max_output_tokens", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
        ("cancelled", "cancelled", "turn_detected"),
    ],
)
async def test_cut_short(reason: str, status: str, told: str) -> None:
    """What comes after it is not sent."""
    tape, _ = await deliver(CutShort(reason), speech())
    done = tape.events[-2]["response"]
    assert (done["status"], done["status_details"]["reason"], done["output"]) == (status, told, [])


async def test_side_by_side() -> None:
    """Another response begins after the first delta; each has its own item and its own end."""
    tape, _ = await deliver(Beside(speech(400, "One."), speech(200, "Two.")))
    kinds = tape.kinds()
    assert kinds.count("created") == kinds.count("done") == 2
    assert kinds.count("output_audio.delta") == 3
    said = [event["transcript"] for event in tape.events if event["type"].endswith("transcript.done")]
    assert said == ["Two.", "One."]


async def test_words_then_a_call() -> None:
    """The message is closed before the call begins, both are items of the conversation."""
    conversation = ItemList()
    tape, done = await deliver(speech(), ToolCallPiece("hang_up", '{"a":1}'), conversation=conversation)
    message, call = done["output"]
    assert (call["type"], call["name"], call["arguments"]) == ("function_call", "hang_up", '{"a":1}')
    assert [item.id for item in conversation] == [message["id"], call["id"]]
    assert tape.kinds()[-9:] == [
        "output_item.done",
        "output_item.added",
        "conversation.item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "conversation.item.done",
        "output_item.done",
        "done",
        "rate_limits.updated",
    ]
    finished = next(event for event in tape.events if event["type"].endswith("arguments.done"))
    assert (finished["name"], finished["call_id"], finished["output_index"]) == (
        "hang_up",
        call["call_id"],
        1,
    )


async def test_out_of_band() -> None:
    """Without a conversation there are no conversation events, and no conversation id."""
    tape, done = await deliver(speech(), metadata={"topic": "x"})
    assert not [kind for kind in tape.kinds() if kind.startswith("conversation")]
    assert (done["conversation_id"], done["metadata"]) == (None, {"topic": "x"})


async def test_failure() -> None:
    """A failure ends the response, with its error where clients look for it."""
    _, done = await deliver(speech(), EngineFailure("rate_limit_exceeded", "Slow down."), speech())
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["code"] == "rate_limit_exceeded"
    assert done["output"][0]["status"] == "incomplete"


async def test_token_limit() -> None:
    """`max_output_tokens` cuts the audio: 20 tokens are a second."""
    tape, done = await deliver(speech(3000), max_output_tokens=20)
    assert len(tape.heard) == 48_000
    assert (done["status"], done["status_details"]["reason"]) == ("incomplete", "max_output_tokens")


async def test_cancelled_in_the_middle() -> None:
    """What was begun is closed in order, and what comes later is not sent."""
    tape = Tape()
    response = OutgoingResponse(terms(), tape, ItemList(), lambda _: None)
    response.begin()

    async def interrupted() -> AsyncIterator[Piece]:
        yield speech()
        response.cancel("turn_detected")
        yield speech()

    await response.deliver(interrupted())
    response.cancel("client_cancelled")
    assert tape.kinds()[-8:] == [
        "output_audio.delta",
        "output_audio.done",
        "output_audio_transcript.done",
        "content_part.done",
        "conversation.item.done",
        "output_item.done",
        "done",
        "rate_limits.updated",
    ]
    done = tape.events[-2]["response"]
    assert (done["status"], done["status_details"]) == (
        "cancelled",
        {"type": "cancelled", "reason": "turn_detected"},
    )
    assert len(tape.deltas) == 3


async def test_nothing_at_all() -> None:
    """An engine that has nothing to say completes with no output."""
    _, done = await deliver()
    assert (done["status"], done["output"]) == ("completed", [])


async def test_frames_of_a_script() -> None:
    """Raw frames go out as they are, and a drop cuts the line."""
    tape, _ = await deliver(Raw(b"garbage"), Drop(1011, "gone"))
    assert "garbage" in tape.kinds()
    assert tape.dropped == (1011, "gone")


async def test_only_the_end_of_an_item_is_resampled_last() -> None:
    """Between pieces nothing is lost: the resampler lives as long as the item."""
    halves = tone.sine(500, 1000, rate=24_000, fade_ms=20)
    tape, _ = await deliver(
        Speech(halves[:11_000].tobytes()), Speech(halves[11_000:].tobytes()), format="audio/pcmu"
    )
    assert tone.clicks(tone.ulaw_decode(tape.heard)) == []
    assert np.abs(tone.ulaw_decode(tape.heard)[200:-200]).max() > 7000
