"""What was said, as the next session is to remember it: text, as it was heard, not as it was generated.

The service cannot resume a session, and takes the agent's earlier words as text only. So the history follows
facts and orders of the call and can be told to a new session as items at any time.

The words of an answer run ahead of its sound. Where a loss or a cancellation cut the sound off, the words
that were spoken are estimated: by the agent's pace in what it has said to its end in this call, or by that of
speech at large.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AddImage,
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    CallerSaid,
    DeleteItem,
    ModelOrder,
    ResponseEnded,
    SessionFact,
    SubmitToolResult,
    ToolCalled,
    Truncate,
)
from gateway.heard_text import Pace, as_heard
from gateway.media.kept_sound import KeptSound
from gateway.realtime.events.items import (
    ContentPart,
    FunctionCall,
    FunctionCallOutput,
    Item,
    Message,
    image_message,
    text_message,
)

MOST_ENTRIES = 200
"""What an hour's call comes to; the oldest are forgotten first."""
MOST_TEXT = 40_000
"""Characters, some 10 000 tokens: a third of the smallest context that realtime models have."""


@dataclass(slots=True)
class _Words:
    """Something said or written. `audio` stands in for a caller's words until they are known."""

    role: str
    item_id: str
    text: str = ""
    audio: KeptSound | None = None
    spoken: bool = False  # it is the agent's, and known as far as it was heard
    response_id: str = ""
    received: int = 0  # bytes of agent audio
    whole: bool = False  # the model has sent the sound of all the text
    heard_ms: int | None = None  # None: all of it that came
    unnamed: bool = False  # the service has given the item an id that we do not know yet

    def items(self, pace: Pace) -> Iterator[Item]:
        text = self._heard(pace)
        if text:
            yield text_message(self.role, text)
        elif self.audio:
            audio = base64.b64encode(self.audio.pcm()).decode()
            yield Message(role=self.role, content=[ContentPart(type="input_audio", audio=audio)])

    @property
    def received_ms(self) -> int:
        return self.received // BYTES_PER_MS

    def _heard(self, pace: Pace) -> str:
        if not self.spoken:
            return self.text
        came_ms = self.received_ms
        heard_ms = came_ms if self.heard_ms is None else min(self.heard_ms, came_ms)
        sent_ms = came_ms if self.whole else max(came_ms, pace.ms(self.text))
        return as_heard(self.text, heard_ms, sent_ms) if heard_ms else ""


@dataclass(slots=True)
class _Picture:
    """Something that the model was shown."""

    item_id: str
    url: str
    text: str

    def items(self, _pace: Pace) -> Iterator[Item]:
        yield image_message(self.url, self.text)


@dataclass(slots=True)
class _Call:
    """A function call. Without its output it is not told: the service wants both."""

    call_id: str
    name: str
    arguments: str
    output: str | None = None

    def items(self, _pace: Pace) -> Iterator[Item]:
        if self.output is not None:
            yield FunctionCall(call_id=self.call_id, name=self.name, arguments=self.arguments)
            yield FunctionCallOutput(call_id=self.call_id, output=self.output)


class History:
    """Follows one call. Entries are in the order in which things began."""

    def __init__(self) -> None:
        self._entries: list[_Words | _Call | _Picture] = []
        self._written = 0
        self._pace = Pace()

    def __bool__(self) -> bool:
        return any(True for entry in self._entries for _ in entry.items(self._pace))

    def caller_turn(self, item_id: str, audio: KeptSound) -> None:
        """A turn of the caller is over; until the words come, if they come, this audio stands for them."""
        words = self._words(item_id, "user")
        if not words.text:
            for earlier in self._entries:  # one turn's audio is enough to be going on with
                if isinstance(earlier, _Words):
                    earlier.audio = None
            words.audio = audio

    def committed_turn(self, audio: KeptSound) -> None:
        """A turn that we ended is over; its words will come under a name that the service chooses."""
        self._written += 1
        item_id = f"turn {self._written}"
        self.caller_turn(item_id, audio)
        self._words(item_id, "user").unnamed = True

    def on_fact(self, fact: SessionFact) -> None:
        """Follow a fact."""
        match fact:
            case AgentAudio():
                words = self._agents(fact.item_id)
                words.response_id = fact.response_id
                words.received += len(fact.pcm)
            case AgentAudioDone():
                self._agents(fact.item_id).whole = True
            case AgentSaid():
                self._agents(fact.item_id).text = fact.text
            case ResponseEnded():
                self._ended(fact.response_id, whole=fact.status == "completed")
            case CallerSaid() if fact.text:
                words = self._named(fact.item_id)
                words.text, words.audio = fact.text, None
            case ToolCalled():
                self._add(_Call(fact.call_id, fact.name, fact.arguments))
            case _:
                pass

    def unfinished(self, words: Mapping[str, str]) -> None:
        """Take over what the agent had got to say of items (by id) before the session was lost."""
        for item_id, text in words.items():
            entry = self._agents(item_id)
            entry.text = entry.text or text

    def ordered(self, order: ModelOrder) -> None:
        """Follow an order."""
        match order:
            case AddText():
                self._written += 1
                self._add(_Words(order.role, f"text {self._written}", order.text))
            case AddImage():
                self._written += 1
                self._add(_Picture(f"image {self._written}", order.url, order.text))
            case Truncate():
                for entry in self._entries:
                    if isinstance(entry, _Words) and entry.item_id == order.item_id:
                        entry.heard_ms = order.audio_end_ms
            case DeleteItem():
                self._entries = [one for one in self._entries if _id(one) != order.item_id]
            case SubmitToolResult():
                for entry in self._entries:
                    if isinstance(entry, _Call) and entry.call_id == order.call_id:
                        entry.output = order.output
            case _:
                pass

    def items(self) -> list[tuple[str, Item]]:
        """Return what a new session is to remember, oldest first, each with the id of what it stands for."""
        room, told = MOST_TEXT, []
        for entry in reversed(self._entries):
            of_entry = list(entry.items(self._pace))
            room -= len(entry.output or "") if isinstance(entry, _Call) else len(entry.text)
            if room < 0:
                break
            told.append([(_id(entry), item) for item in of_entry])
        return [pair for pairs in reversed(told) for pair in pairs]

    def call(self, call_id: str) -> FunctionCall | None:
        """Return a call by its id, to tell it before its output to a session that never made it."""
        for entry in self._entries:
            if isinstance(entry, _Call) and entry.call_id == call_id:
                return FunctionCall(call_id=call_id, name=entry.name, arguments=entry.arguments)
        return None

    def heard(self, item_id: str) -> Item | None:
        """Return one item as it was heard; None if nothing of it was."""
        for entry in self._entries:
            if _id(entry) == item_id:
                return next(entry.items(self._pace), None)
        return None

    def _ended(self, response_id: str, *, whole: bool) -> None:
        """Learn from what was said to its end; one that was broken off was so in its last item."""
        for entry in reversed(self._entries):
            if not isinstance(entry, _Words) or not entry.spoken or entry.response_id != response_id:
                continue
            entry.whole = whole
            if not whole:
                return
            if entry.text:
                self._pace.learn(entry.text, entry.received_ms)

    def _agents(self, item_id: str) -> _Words:
        words = self._words(item_id, "assistant")
        words.spoken = True
        return words

    def _named(self, item_id: str) -> _Words:
        """Return the caller's turn of this name; of those without one, the newest takes it.

        Not the oldest: turns in which nobody said a word are never named, and would shift all that follow.
        """
        unnamed = None
        for entry in reversed(self._entries):
            if isinstance(entry, _Words):
                if entry.item_id == item_id:
                    return entry
                unnamed = unnamed or (entry if entry.unnamed else None)
        if unnamed is None:
            return self._words(item_id, "user")
        unnamed.item_id, unnamed.unnamed = item_id, False
        return unnamed

    def _words(self, item_id: str, role: str) -> _Words:
        for entry in reversed(self._entries):
            if isinstance(entry, _Words) and entry.item_id == item_id:
                return entry
        words = _Words(role, item_id)
        self._add(words)
        return words

    def _add(self, entry: _Words | _Call | _Picture) -> None:
        self._entries.append(entry)
        if len(self._entries) > MOST_ENTRIES:
            del self._entries[0]


def _id(entry: _Words | _Call | _Picture) -> str:
    return entry.call_id if isinstance(entry, _Call) else entry.item_id
