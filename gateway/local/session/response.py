"""One response on its way out: an engine's pieces in, the events of the wire out, in their order.

    response.created
      response.output_item.added, conversation.item.added, response.content_part.added
        response.output_audio_transcript.delta, response.output_audio.delta ...
      response.output_audio.done, response.output_audio_transcript.done, response.content_part.done
      conversation.item.done, response.output_item.done
    response.done, rate_limits.updated

Audio goes out as it is made, in pieces of 200 ms, much faster than it is spoken: that is how the hosted
service behaves, and why a client must tell what the caller has really heard.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.local.session import sound_codec, usage
from gateway.local.session.items import ItemList, StoredItem, new_id
from gateway.local.vocabulary import (
    RATE,
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
from gateway.realtime.events import server
from gateway.realtime.events.model import Event
from gateway.realtime.events.wire import AudioDeltaFrames

DELTA_MS = 200
TOKENS_A_MINUTE = 1_000_000
"""What `rate_limits.updated` shows; nothing is limited."""


class EventSink(Protocol):
    """Where events go. The connection gives the real one; it never blocks, except `room`."""

    def emit(self, kind: type[Event], **fields: Any) -> None:
        """Send an event of this kind; its id is added."""

    def audio(self, frames: AudioDeltaFrames, audio: bytes) -> None:
        """Send one audio delta."""

    def raw(self, frame: bytes) -> None:
        """Send a frame as it is."""

    def drop(self, code: int, reason: str) -> None:
        """Close the socket, when everything before has been sent."""

    @property
    def audio_delta(self) -> str:
        """Name of the event that carries audio, which differs between dialects."""

    async def room(self) -> None:
        """Wait until the client has taken most of what was sent."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a response was asked to be: the session's settings with those of `response.create` over them."""

    spoken: bool
    format: str
    voice: Any
    speed: float
    max_output_tokens: int | str
    metadata: dict[str, str] | None
    instructions: str
    read: Sequence[StoredItem]
    """What the answer is based on; counted in its usage."""


@dataclass(slots=True)
class _Open:
    """The message item being written."""

    item: StoredItem
    index: int
    spoken: bool
    encoder: sound_codec.Encoder
    frames: AudioDeltaFrames
    pcm: bytearray = field(default_factory=bytearray)
    sent_bytes: int = 0
    transcript: str = ""


class ServerCalls(Protocol):
    """Calls of functions that an MCP server has, see `mcp_calls`."""

    def has(self, piece: ToolCallPiece) -> bool:
        """Return whether a function is one of a server's."""

    async def make(
        self, piece: ToolCallPiece, output: OutgoingResponse, *, approved_by: str | None = None
    ) -> bool:
        """Make a call; return whether there is something to speak of now."""


class OutgoingResponse:
    """One response. `conversation` is None for one out of band, whose items nobody else sees."""

    def __init__(
        self,
        terms: Terms,
        wire: EventSink,
        conversation: ItemList | None,
        on_done: Callable[[OutgoingResponse], None],
        calls: ServerCalls | None = None,
    ) -> None:
        self._calls = calls
        self.id = new_id("resp")
        self._terms = terms
        self._wire = wire
        self._conversation = conversation
        self._on_done = on_done
        self._open: _Open | None = None
        self._output: list[StoredItem] = []
        self._written = ""
        self.audio_ms = 0
        self.over = False

    @property
    def out_of_band(self) -> bool:
        """Not part of the conversation."""
        return self._conversation is None

    def begin(self) -> None:
        """Say `response.created`."""
        self._wire.emit(server.ResponseCreated, response=self._shown("in_progress", None))

    async def deliver(self, pieces: AsyncIterator[Piece]) -> bool:
        """Send an engine's pieces to the end; return whether it is to say more, of what a server told it."""
        told = False
        async for piece in pieces:
            if self.over:
                return False
            if isinstance(piece, ToolCallPiece) and self._calls is not None and self._calls.has(piece):
                told = await self.call_server(piece) or told
            else:
                await self._send_piece(piece)
        if told and not self.over:
            return True
        self.stop("completed", None)
        return False

    async def _send_piece(self, piece: Piece) -> None:
        match piece:
            case Speech():
                await self._speak(piece)
            case Beside(speech, other):
                await self._speak_beside(speech, other)
            case Text(text):
                self._write(text)
            case ToolCallPiece():
                self._call(piece)
            case Raw(frame):
                self._wire.raw(frame)
            case EngineFailure() | CutShort() | Drop():
                self._break_off(piece)

    async def call_server(self, piece: ToolCallPiece, *, approved_by: str | None = None) -> bool:
        """Make an MCP call; return whether there is something to speak of now."""
        assert self._calls is not None
        self._close_item("completed")
        self._written += piece.name + piece.arguments
        return await self._calls.make(piece, self, approved_by=approved_by)

    def _break_off(self, piece: EngineFailure | CutShort | Drop) -> None:
        match piece:
            case EngineFailure():
                error = {"type": piece.type, "code": piece.code, "message": piece.message}
                self.stop("failed", {"type": "failed", "error": error})
            case CutShort("cancelled"):
                self.cancel("turn_detected")
            case CutShort(reason):
                self.stop("incomplete", {"type": "incomplete", "reason": reason})
            case Drop(code, reason):
                self._wire.drop(code, reason)

    def stop(self, status: str, details: dict[str, Any] | None) -> None:
        """Close what is open and say `response.done`; later pieces are ignored."""
        if self.over:
            return
        self._close_item("completed" if status == "completed" else "incomplete")
        self.over = True
        self._wire.emit(server.ResponseDone, response=self._shown(status, details))
        self._wire.emit(server.RateLimitsUpdated, rate_limits=_limits())
        self._on_done(self)

    def cancel(self, reason: str) -> None:
        """Stop because of the caller (`turn_detected`) or the client (`client_cancelled`)."""
        self.stop("cancelled", {"type": "cancelled", "reason": reason})

    # --- speech ---

    async def _speak_beside(self, speech: Speech, other: Speech) -> None:
        """Speak in turns with a response of its own that begins after the first delta."""
        ours, theirs = _slices(speech), _slices(other)
        second = OutgoingResponse(self._terms, self._wire, self._conversation, lambda _: None)
        for number in range(max(len(ours), len(theirs))):
            if number < len(ours):
                await self._speak(ours[number])
            if not number:
                second.begin()
            if number < len(theirs):
                await second._speak(theirs[number])
        second.stop("completed", None)

    async def _speak(self, piece: Speech) -> None:
        if not self._terms.spoken:
            self._write(piece.text)
            return
        part = self._opened(spoken=True)
        if piece.text:
            delta = f" {piece.text}" if part.transcript else piece.text
            part.transcript += delta
            self._wire.emit(
                server.OutputAudioTranscriptDelta, **self._place(part), content_index=0, delta=delta
            )
        step = RATE * 2 * (piece.delta_ms or DELTA_MS) // 1000
        for start in range(0, len(piece.pcm), step):
            pcm = piece.pcm[start : start + step]
            if self._spent(part, len(pcm)):
                self.stop("incomplete", {"type": "incomplete", "reason": "max_output_tokens"})
            if self.over:
                return
            part.pcm += pcm
            self._send(part, part.encoder.feed(pcm))
            await self._wire.room()

    def _send(self, part: _Open, audio: bytes) -> None:
        if audio:
            self._wire.audio(part.frames, audio)
            part.sent_bytes += len(audio)
            rate = sound_codec.bytes_per_second(self._terms.format)
            part.item.audio_ms = part.sent_bytes * 1000 // rate

    def _spent(self, part: _Open, more_bytes: int) -> bool:
        most = self._terms.max_output_tokens
        ms = self.audio_ms + (len(part.pcm) + more_bytes) * 1000 // (RATE * 2)
        return isinstance(most, int) and ms > most * usage.AGENT_MS_PER_TOKEN

    # --- text ---

    def _write(self, text: str) -> None:
        part = self._opened(spoken=False)
        delta = f" {text}" if part.transcript else text
        part.transcript += delta
        self._wire.emit(server.OutputTextDelta, **self._place(part), content_index=0, delta=delta)

    # --- function calls ---

    def _call(self, piece: ToolCallPiece) -> None:
        self._close_item("completed")
        call_id = new_id("call")
        item = StoredItem(
            new_id("item"), {"type": "function_call", "status": "in_progress", "name": piece.name}
        )
        item.wire |= {"call_id": call_id, "arguments": ""}
        index = self.add_item(item)
        place = {"response_id": self.id, "item_id": item.id, "output_index": index, "call_id": call_id}
        self._wire.emit(server.FunctionArgumentsDelta, **place, delta=piece.arguments)
        self._wire.emit(server.FunctionArgumentsDone, **place, name=piece.name, arguments=piece.arguments)
        item.wire |= {"arguments": piece.arguments, "status": "completed"}
        self._written += piece.name + piece.arguments
        self.end_item(item, index)

    # --- items ---

    def _opened(self, *, spoken: bool) -> _Open:
        if self._open is not None and self._open.spoken is spoken:
            return self._open
        self._close_item("completed")
        item = StoredItem(new_id("item"), {"type": "message", "status": "in_progress", "role": "assistant"})
        item.wire["content"] = []
        index = self.add_item(item)
        frames = AudioDeltaFrames(self.id, item.id, output_index=index, name=self._wire.audio_delta)
        self._open = _Open(item, index, spoken, sound_codec.Encoder(self._terms.format), frames)
        part = {"type": "audio", "transcript": ""} if spoken else {"type": "text", "text": ""}
        self._wire.emit(server.ContentPartAdded, **self._place(self._open), content_index=0, part=part)
        return self._open

    def add_item(self, item: StoredItem) -> int:
        """Begin an item; give its place."""
        self._output.append(item)
        index = len(self._output) - 1
        self._wire.emit(server.OutputItemAdded, response_id=self.id, output_index=index, item=shown(item))
        if self._conversation is not None:
            before = self._conversation.add(item)
            self._wire.emit(server.ItemAdded, previous_item_id=before, item=shown(item))
        return index

    def _close_item(self, status: str) -> None:
        part, self._open = self._open, None
        if part is None:
            return
        item, place = part.item, self._place(part) | {"content_index": 0}
        item.said = part.transcript
        if part.spoken:
            self._send(part, part.encoder.feed(b"", last=True))
            item.clip = Clip(bytes(part.pcm))
            self.audio_ms += item.audio_ms
            self._wire.emit(server.OutputAudioDone, **place)
            self._wire.emit(server.OutputAudioTranscriptDone, **place, transcript=part.transcript)
            content, done = "output_audio", {"type": "audio", "transcript": part.transcript}
        else:
            self._wire.emit(server.OutputTextDone, **place, text=part.transcript)
            content, done = "output_text", {"type": "text", "text": part.transcript}
        self._written += part.transcript
        self._wire.emit(server.ContentPartDone, **place, part=done)
        item.wire["content"] = [{**done, "type": content}]
        item.wire["status"] = status
        self.end_item(item, part.index)

    def end_item(self, item: StoredItem, index: int) -> None:
        """End an item."""
        if self._conversation is not None and item in self._conversation:
            before = self._conversation.before(item)
            self._wire.emit(server.ItemDone, previous_item_id=before, item=shown(item))
        self._wire.emit(server.OutputItemDone, response_id=self.id, output_index=index, item=shown(item))

    def _place(self, part: _Open) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": part.item.id, "output_index": part.index}

    def _shown(self, status: str, details: dict[str, Any] | None) -> dict[str, Any]:
        terms = self._terms
        counted = None
        if status != "in_progress":
            counted = usage.of_response(
                terms.read, terms.instructions, spoken_ms=self.audio_ms, written=self._written
            )
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [shown(item) for item in self._output],
            "conversation_id": self._conversation.id if self._conversation is not None else None,
            "output_modalities": ["audio" if terms.spoken else "text"],
            "max_output_tokens": terms.max_output_tokens,
            "audio": {"output": {"format": _format(terms.format), "voice": terms.voice}},
            "metadata": terms.metadata,
            "usage": counted,
        }


def _slices(speech: Speech) -> list[Speech]:
    """Cut speech into one piece a delta; the words go with the first."""
    size = RATE * 2 * (speech.delta_ms or DELTA_MS) // 1000
    starts = range(0, len(speech.pcm), size)
    return [Speech(speech.pcm[at : at + size], "" if at else speech.text, speech.delta_ms) for at in starts]


def shown(item: StoredItem) -> dict[str, Any]:
    """Return an item as events show it."""
    return {"id": item.id, "object": "realtime.item", **item.wire}


def _format(kind: str) -> dict[str, Any]:
    return {"type": kind, "rate": RATE} if kind == "audio/pcm" else {"type": kind}


def _limits() -> list[dict[str, Any]]:
    return [
        {"name": "requests", "limit": 1000, "remaining": 999, "reset_seconds": 0.06},
        {"name": "tokens", "limit": TOKENS_A_MINUTE, "remaining": TOKENS_A_MINUTE, "reset_seconds": 0.0},
    ]
