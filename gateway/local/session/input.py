"""The caller's side of a session: audio in, turns out as items, words recognised meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from gateway.errors import GatewayError
from gateway.local.session import sound_codec, turns
from gateway.local.session.buffer import InputBuffer
from gateway.local.session.items import StoredItem, new_id
from gateway.local.session.schema import Refused
from gateway.local.session.session_parts import Parts
from gateway.local.session.transcribing import completed_usage, word_deltas, words_of
from gateway.local.vocabulary import Clip, Recognised
from gateway.realtime.events import server
from gateway.sentence_end import breaks_off

MIN_COMMIT_MS = 100
"""The service refuses to commit less."""


class Answerer(Protocol):
    """The agent's side, as far as the caller's turns move it."""

    def interrupt(self) -> None:
        """The caller speaks over the agent."""

    def respond(self) -> None:
        """The caller's turn wants an answer."""

    def prepare(self, heard: Recognised) -> Awaitable[None] | None:
        """The caller has probably said this."""


class Listening:
    """Hears one caller."""

    def __init__(self, parts: Parts, answerer: Answerer) -> None:
        self._parts = parts
        self._answerer = answerer
        self._buffer = InputBuffer()
        self._detection = parts.config.turns
        self._vad = parts.engine.vad()
        self._turns = turns.TurnFinder(self._detection or turns.TurnSettings())
        self._shift = 0.0  # session time of the detector's zero, in ms: it stands still while it is off
        self._item_id = ""  # promised for the turn being spoken
        self._guess: asyncio.Task[Recognised] | None = None
        self._pieces: list[asyncio.Task[Recognised]] = []  # of the turn being spoken
        self._piece_ms = 0  # where what is in none of them begins

    def note(self, fact: turns.Fact) -> None:
        """Tell the turns what the agent does."""
        self._turns.handle(fact)

    def reconfigure(self) -> None:
        """Take over the session's turn detection, if it has changed."""
        wanted, before = self._parts.config.turns, self._detection
        self._detection = wanted
        if wanted is None or wanted == before:
            return
        if before is None:
            self._listen_afresh()
        self._turns.handle(turns.Configured(wanted))

    def _listen_afresh(self) -> None:
        """Begin anew: what the detector has in hand belongs to audio that was taken away."""
        self._vad = self._parts.engine.vad()
        self._shift = self._buffer.ends_ms - self._turns.now_ms
        self._turns.handle(turns.Emptied())

    # --- audio ---

    def append(self, audio: bytes) -> None:
        """Take the caller's audio as the wire carried it. Raises Refused."""
        self.hear_clip(sound_codec.checked(audio, self._parts.config.input_format, "audio"))

    def hear_clip(self, clip: Clip) -> None:
        """Take the caller's next sound."""
        self._buffer.append(clip)
        if self._detection is None:
            return
        for probability in self._vad.feed(clip, onset=not self._turns.speaking):
            for order in self._turns.handle(turns.VoiceProbability(probability)):
                self._execute(order)
        self._buffer.forget(self._turns.keep_from_ms() + self._shift)

    def clear(self) -> None:
        """Forget what was said and not committed."""
        self._drop_guess()
        self._buffer.clear()
        self._listen_afresh()
        self._parts.wire.emit(server.InputAudioCleared)

    def commit(self) -> None:
        """Make an item of what the buffer holds: the client decides that a turn is over."""
        held = self._buffer.ms
        if held < MIN_COMMIT_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {held:.2f}ms of audio."
            )
            raise Refused("input_audio_buffer_commit_empty", message)
        self._drop_guess()
        self._pieces = []
        item_id = self._item_id if self._turns.speaking else new_id("item")
        self._commit(self._buffer.cut(self._buffer.begins_ms, self._buffer.ends_ms), item_id)
        self._buffer.clear()
        self._listen_afresh()

    # --- turns ---

    def _execute(self, order: turns.Order) -> None:
        emit = self._parts.wire.emit
        match order:
            case turns.VoiceBegan(start_ms):
                self._item_id = new_id("item")
                self._pieces, self._piece_ms = [], start_ms
                emit(server.SpeechStarted, audio_start_ms=self._at(start_ms), item_id=self._item_id)
            case turns.Interrupt():
                self._answerer.interrupt()
            case turns.HearPiece(start_ms, end_ms) if self._parts.engine.listens:
                self._pieces.append(self._parts.spawn(self._hear(self._cut(start_ms, end_ms))))
                self._piece_ms = end_ms
            case turns.Speculate(start_ms, end_ms):
                self._speculate(self._cut(start_ms, end_ms))
            case turns.Forget():
                self._drop_guess()
            case turns.VoiceEnded(end_ms):
                emit(server.SpeechStopped, audio_end_ms=self._at(end_ms), item_id=self._item_id)
            case turns.TimedOut(start_ms, end_ms):
                self._item_id = new_id("item")
                span = {"audio_start_ms": self._at(start_ms), "audio_end_ms": self._at(end_ms)}
                emit(server.TimeoutTriggered, **span, item_id=self._item_id)
            case turns.CommitTurn(start_ms, end_ms):
                tail = self._cut(max(start_ms, self._piece_ms), end_ms) if self._pieces else None
                self._commit(self._cut(start_ms, end_ms), self._item_id, tail)
            case turns.RespondToTurn():
                self._answerer.respond()

    def _at(self, ms: int) -> int:
        return round(ms + self._shift)

    def _cut(self, start_ms: int, end_ms: int) -> Clip:
        return self._buffer.cut(start_ms + self._shift, end_ms + self._shift)

    def _commit(self, clip: Clip, item_id: str, tail: Clip | None = None) -> None:
        part: dict[str, Any] = {"type": "input_audio", "transcript": None}
        wire = {"type": "message", "status": "completed", "role": "user", "content": [part]}
        item = StoredItem(item_id, wire, clip if clip.pcm else None, clip.ms, silent=not clip.pcm)
        before = self._parts.conversation.last_id
        self._parts.wire.emit(server.InputAudioCommitted, previous_item_id=before, item_id=item_id)
        self._parts.announce(item)
        guess, self._guess = self._guess, None
        pieces, self._pieces = self._pieces, []
        if clip.pcm and (self._parts.engine.listens or self._parts.config.transcription is not None):
            if guess is None:
                guess = self._parts.spawn(self._hear_rest(pieces, clip if tail is None else tail))
            item.hearing = guess
            self._parts.spawn(self._transcribe(item, item.hearing))

    # --- words ---

    def hear(self, item: StoredItem) -> None:
        """Recognise an item that came with audio of its own."""
        if item.clip is not None and (self._parts.engine.listens or self._parts.config.transcription):
            item.hearing = self._parts.spawn(self._hear(item.clip))
            self._parts.spawn(self._transcribe(item, item.hearing))

    async def _hear(self, clip: Clip) -> Recognised:
        try:
            return await self._parts.engine.hear(self._parts.session_id, clip)
        except GatewayError as error:
            self._parts.log.warning("recognition.failed", error=str(error))
            return Recognised("", float("-inf"))

    async def _hear_rest(self, pieces: list[asyncio.Task[Recognised]], clip: Clip) -> Recognised:
        """Recognise the end of a turn, and put it behind what was recognised while it was spoken."""
        # A guess that is dropped takes no piece with it.
        heard = [*[await asyncio.shield(piece) for piece in pieces], await self._hear(clip)]
        said = [one for one in heard if one.text]
        worst = min((one.confidence for one in said), default=float("-inf"))
        return Recognised(" ".join(one.text for one in said), worst)

    def _speculate(self, clip: Clip) -> None:
        if self._parts.engine.listens:
            self._drop_guess()
            self._guess = self._parts.spawn(self._hear_rest(self._pieces, clip))
            self._parts.spawn(self._prepare(self._guess))

    async def _prepare(self, guess: asyncio.Task[Recognised]) -> None:
        """Have the answer to what was probably said ready, and judge whether it was all."""
        await asyncio.wait([guess])
        if guess.cancelled():
            return
        heard = guess.result()
        ready = self._answerer.prepare(heard) if guess is self._guess else None
        for order in self._turns.handle(turns.Judged(bool(heard.text) and not breaks_off(heard.text))):
            self._execute(order)
        if ready is not None:
            await ready

    def _drop_guess(self) -> None:
        if self._guess is not None:
            self._guess.cancel()
            self._guess = None

    async def _transcribe(self, item: StoredItem, hearing: asyncio.Future[Recognised]) -> None:
        heard = await hearing
        item.said = heard.text
        words = words_of(heard, item.audio_ms)
        settings = self._parts.config.transcription
        if settings is None:
            return
        index = [part["type"] for part in item.wire["content"]].index("input_audio")
        item.wire["content"][index]["transcript"] = words
        place = {"item_id": item.id, "content_index": index}
        for delta in word_deltas(words):
            self._parts.wire.emit(server.TranscriptionDelta, **place, delta=delta)
        used = completed_usage(settings.get("model"), item.audio_ms, words)
        self._parts.wire.emit(server.TranscriptionCompleted, **place, transcript=words, usage=used)
