"""Server events as facts of the call: what the caller and the agent did, each told once.

Pure. It remembers just enough to say a thing once and in order: which responses are out of band (nothing of
them is heard on the line), how much audio of an item came, which calls and transcripts were told already.

One response speaks at a time: the one that began last, until it ends. Audio of any other is dropped, and that
is told once the item is complete. A response whose beginning was never told begins with its first audio, with
its first function call, or with its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    AgentAudioDropped,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionFault,
    ToolCalled,
    Usage,
)
from gateway.realtime.agent_words import AgentWords
from gateway.realtime.bounded_dict import BoundedDict
from gateway.realtime.events import server
from gateway.realtime.events.items import FunctionCall, Item, Message
from gateway.realtime.events.response import Response
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.item_queue import ItemQueue
from gateway.realtime.orders import ASIDE
from gateway.realtime.provider_tools import ProviderTools
from gateway.realtime.usage import Transcribed, transcribed_of, usage_of

Facts = Sequence[SessionFact]
NOTHING: Facts = ()


@dataclass(slots=True)
class _Spoken:
    """An item with audio."""

    response_id: str
    received: int = 0
    half: bytes = b""
    done: bool = False
    dropped: bool = False
    """Audio of it came while another response spoke, or after its own had ended; that is yet to be told."""


def _sounded(spoken: BoundedDict[_Spoken], item_id: str) -> bool:
    """Return whether audio of an item came."""
    one = spoken.get(item_id)
    return one is not None and (one.received > 0 or one.dropped)


@dataclass(frozen=True, slots=True)
class OutOfBandAnswer:
    """The answer to a question put out of band: text that the caller never hears."""

    topic: str
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class ResponseBilled:
    """A response is over, in the conversation or out of band; None if its usage was not reported."""

    usage: Usage | None


News = OutOfBandAnswer | ResponseBilled | Transcribed


class Interpreter:
    """Reads one session's events. `news` collects what concerns neither side of the call.

    `questions`: see `SessionSettings.questions`.
    """

    def __init__(self, questions: Mapping[tuple[str, str], str] | None = None) -> None:
        self.active: str | None = None
        """The response that speaks."""
        self.news: list[News] = []
        self._asides_open: BoundedDict[str] = BoundedDict(64)
        self._asides_asked: list[str] = []  # not begun yet
        self._speaking: str | None = None  # the caller's open turn
        self._begun: BoundedDict[None] = BoundedDict()  # responses of the conversation, over or not
        self._spoken: BoundedDict[_Spoken] = BoundedDict()
        self._queue = ItemQueue()
        self._calls: BoundedDict[FunctionCall] = BoundedDict()
        self._called: BoundedDict[None] = BoundedDict()
        self._words = AgentWords(partial(_sounded, self._spoken))
        self._heard: BoundedDict[None] = BoundedDict()
        self.provided = ProviderTools(questions or {})

    def asked_aside(self, topic: str) -> None:
        """A question was put out of band."""
        self._asides_asked.append(topic)

    def audio(self, delta: AudioDelta) -> Facts:
        """Take a piece of agent audio: the hot path."""
        response_id, item_id, pcm = delta
        began = NOTHING
        if response_id != self.active:
            response_id = response_id or self.active or item_id  # some servers name none
            if response_id in self._asides_open:
                return NOTHING
            began = tuple(self._begin(response_id))
        spoken = self._spoken.get(item_id)
        if spoken is None:
            spoken = self._spoken[item_id] = _Spoken(response_id)
        if response_id != self.active:
            spoken.dropped = True
            return NOTHING
        spoken.received += len(pcm)
        if spoken.half or len(pcm) & 1:  # some servers cut their audio in the middle of a sample
            pcm = spoken.half + pcm
            whole = len(pcm) & ~1
            pcm, spoken.half = pcm[:whole], pcm[whole:]
        if not pcm or (item_id != self._queue.front and not self._queue.passes(item_id, pcm)):
            return began
        return (*began, AgentAudio(response_id, item_id, pcm))

    def event(self, event: server.ServerEvent) -> Facts:
        """Take any other event."""
        handler = _HANDLERS.get(type(event))
        return tuple(handler(self, event)) if handler is not None else NOTHING

    def received_ms(self, item_id: str) -> int | None:
        """Return how much audio of an item came, in ms; None for an item not known to have any."""
        spoken = self._spoken.get(item_id)
        return None if spoken is None else spoken.received // BYTES_PER_MS

    def made_call(self, call_id: str) -> bool:
        """Return whether this session made a function call, and so waits for its output."""
        return call_id in self._called

    def unfinished(self) -> dict[str, str]:
        """Return what was said so far of items that are not finished, by id."""
        return self._words.unfinished()

    def abandon(self, code: str) -> Facts:
        """End what is in the making, because the session is lost: its own end will never come.

        The words that came so far are told with it; they may run ahead of their sound.
        """
        if self.active is None:
            return NOTHING
        return (*self._words.so_far(), *self._end(self.active, "cancelled", None, code))

    # --- the caller ---

    def _speech_started(self, event: server.SpeechStarted) -> Iterable[SessionFact]:
        if self._speaking != event.item_id:
            self._speaking = event.item_id
            yield CallerStartedSpeaking(event.item_id, event.audio_start_ms)

    def _speech_stopped(self, event: server.SpeechStopped) -> Iterable[SessionFact]:
        self._speaking = None
        yield CallerStoppedSpeaking(event.item_id, event.audio_end_ms)

    def _committed(self, event: server.InputAudioCommitted) -> Iterable[SessionFact]:
        """Take a turn for over that is a turn now, if its end was not told."""
        if self._speaking is not None:
            self._speaking = None
            yield CallerStoppedSpeaking(event.item_id)

    def _transcribed(self, event: server.TranscriptionCompleted) -> Iterable[SessionFact]:
        if spent := transcribed_of(event.usage):
            self.news.append(spent)
        if self._heard.first_time(event.item_id, None):
            yield CallerSaid(event.item_id, event.transcript.strip())

    def _not_transcribed(self, event: server.TranscriptionFailed) -> Iterable[SessionFact]:
        yield SessionFault(event.error.code or "transcription_failed", event.error.message)

    # --- the agent ---

    def _response_created(self, event: server.ResponseCreated) -> Iterable[SessionFact]:
        response = event.response
        if (topic := self._topic(response)) is not None:
            self._asides_open[response.id] = topic
            return
        yield from self._begin(response.id or f"unnamed_{len(self._begun)}")

    def _begin(self, response_id: str) -> Iterable[SessionFact]:
        """Let a response speak, unless it has before: one that was told twice is not two."""
        if not self._begun.first_time(response_id, None):
            return
        if self.active is not None:
            # There is one active response at a time; some servers do not end a cancelled one.
            yield from self._end(self.active, "cancelled", None)
        self.active, self._queue = response_id, ItemQueue()
        yield ResponseStarted(response_id)

    def _begin_late(self, response_id: str) -> Iterable[SessionFact]:
        """Let a response begin of which something else is told first, if none is under way."""
        return self._begin(response_id) if self.active is None else NOTHING

    def _response_done(self, event: server.ResponseDone) -> Iterable[SessionFact]:
        response = event.response
        self.news.append(ResponseBilled(usage_of(response.usage)))
        if (topic := self._asides_open.pop(response.id) or self._topic(response)) is not None:
            self.news.append(OutOfBandAnswer(topic, _text(response), response.status))
            return
        response_id = response.id or self.active or ""
        yield from self._begin_late(response_id)
        self._begun.first_time(response_id, None)  # one that ends beside another never speaks
        for item in response.output or ():
            if response.status == "completed":
                yield from self._call_in(response_id, item)
            yield from self._words.of_item(response_id, item)
        if response_id == self.active:
            yield from self._end(response_id, response.status, response)
        yield from self._dropped_of(response_id)

    def _topic(self, response: Response) -> str | None:
        """Return the topic of an out-of-band response, None for one of the conversation.

        It comes back in the metadata; from a server that forgets those it is known by belonging to no
        conversation, which is said outright (others never say which).
        """
        topic = (response.metadata or {}).get(ASIDE)
        nowhere = response.conversation_id is None and "conversation_id" in response.model_fields_set
        if topic is None and nowhere and self._asides_asked:
            topic = self._asides_asked[0]
        if topic in self._asides_asked:
            self._asides_asked.remove(topic)
        return topic if isinstance(topic, str) else None

    def _end(
        self, response_id: str, status: str, response: Response | None, code: str = ""
    ) -> Iterable[SessionFact]:
        for item_id, pcm in self._queue.rest():
            yield AgentAudio(response_id, item_id, pcm)
            if (waited := self._spoken.get(item_id)) is not None:
                waited.done = False
        for item_id, spoken in self._spoken.items():
            if spoken.response_id == response_id and not spoken.done:
                spoken.done = True
                yield AgentAudioDone(response_id, item_id)
        yield from self._words.ended(response_id)
        if self.active == response_id:
            self.active = None
        details = response.status_details if response is not None else None
        failure = details.error if details is not None else None
        if failure is not None:
            code = failure.code or failure.type or "failed"
        usage = usage_of(response.usage) if response else None
        yield ResponseEnded(response_id, status, code, usage)

    def _audio_done(self, event: server.OutputAudioDone) -> Iterable[SessionFact]:
        if event.response_id in self._asides_open:
            return NOTHING
        return self._complete(event.response_id, event.item_id)

    def _complete(self, response_id: str, item_id: str) -> Iterable[SessionFact]:
        """Take an item's audio for all there is, and go on to those that waited for it."""
        spoken = self._spoken.get(item_id)
        if spoken is None or spoken.done:
            return
        spoken.done = True
        if not self._queue.waits(item_id):
            yield AgentAudioDone(response_id, item_id)
        if response_id == self.active:
            for following, pcm, complete in self._queue.complete(item_id):
                yield AgentAudio(response_id, following, pcm)
                if complete:
                    yield AgentAudioDone(response_id, following)

    def _dropped_of(self, response_id: str) -> Iterable[SessionFact]:
        """Tell of audio that nobody was given, once, when no more of it is to be expected."""
        for item_id, spoken in self._spoken.items():
            if spoken.response_id == response_id and spoken.dropped:
                spoken.dropped = False
                yield AgentAudioDropped(response_id, item_id)

    def _transcript_delta(self, event: server.OutputAudioTranscriptDelta) -> Iterable[SessionFact]:
        if event.response_id not in self._asides_open:
            self._words.piece(event.item_id, event.delta)
        return NOTHING

    def _said(self, event: server.OutputAudioTranscriptDone | server.OutputTextDone) -> Iterable[SessionFact]:
        if event.response_id in self._asides_open:
            return NOTHING
        text = event.text if isinstance(event, server.OutputTextDone) else event.transcript
        response_id = event.response_id or self.active or ""
        return self._words.whole(response_id, event.item_id, event.content_index, text)

    # --- function calls ---

    def _item_added(self, event: server.OutputItemAdded) -> Iterable[SessionFact]:
        if isinstance(event.item, FunctionCall) and event.item.id:
            self._calls[event.item.id] = event.item
        return NOTHING

    def _arguments_done(self, event: server.FunctionArgumentsDone) -> Iterable[SessionFact]:
        # Older servers leave name and call id to the item that was added before.
        item = self._calls.pop(event.item_id)
        call_id = event.call_id or (item.call_id if item else None) or ""
        name = event.name or (item.name if item else "")
        if name:
            yield from self._call(event.response_id, call_id, name, event.arguments)

    def _item_done(self, event: server.OutputItemDone) -> Iterable[SessionFact]:
        yield from self._call_in(event.response_id, event.item)
        yield from self._complete(event.response_id or self.active or "", event.item.id or "")

    def _call_in(self, response_id: str, item: Item) -> Iterable[SessionFact]:
        # A call cut off by the caller's speaking is `incomplete`: half of its arguments are missing.
        if isinstance(item, FunctionCall) and item.status not in ("incomplete", "in_progress"):
            yield from self._call(response_id, item.call_id or item.id or "", item.name, item.arguments)

    def _call(self, response_id: str, call_id: str, name: str, arguments: str) -> Iterable[SessionFact]:
        if response_id not in self._asides_open and self._called.first_time(call_id, None):
            yield from self._begin_late(response_id)
            yield ToolCalled(response_id, call_id, name, arguments)


def _item_added(self: Interpreter, event: server.OutputItemAdded) -> Iterable[SessionFact]:
    self.provided.item_added(event.item)
    return self._item_added(event)


def _item_done(self: Interpreter, event: server.OutputItemDone) -> Iterable[SessionFact]:
    yield from self._item_done(event)
    yield from self.provided.item_done(event.item)


_HANDLERS: dict[type, Callable[[Interpreter, Any], Iterable[SessionFact]]] = {
    server.SpeechStarted: Interpreter._speech_started,  # noqa: SLF001 - the class' own table
    server.SpeechStopped: Interpreter._speech_stopped,  # noqa: SLF001
    server.InputAudioCommitted: Interpreter._committed,  # noqa: SLF001
    server.TranscriptionCompleted: Interpreter._transcribed,  # noqa: SLF001
    server.TranscriptionFailed: Interpreter._not_transcribed,  # noqa: SLF001
    server.ResponseCreated: Interpreter._response_created,  # noqa: SLF001
    server.ResponseDone: Interpreter._response_done,  # noqa: SLF001
    server.OutputAudioDone: Interpreter._audio_done,  # noqa: SLF001
    server.OutputAudioTranscriptDelta: Interpreter._transcript_delta,  # noqa: SLF001
    server.OutputAudioTranscriptDone: Interpreter._said,  # noqa: SLF001
    server.OutputTextDone: Interpreter._said,  # noqa: SLF001
    server.OutputItemAdded: _item_added,
    server.OutputItemDone: _item_done,
    server.McpCallInProgress: lambda self, event: self.provided.in_progress(event),
    server.McpCallCompleted: lambda self, event: self.provided.ended(event),
    server.McpCallFailed: lambda self, event: self.provided.ended(event),
    server.FunctionArgumentsDone: Interpreter._arguments_done,  # noqa: SLF001
}


def _text(response: Response) -> str:
    parts = (
        part.text or part.transcript or ""
        for item in response.output or ()
        if isinstance(item, Message)
        for part in item.content
    )
    return "".join(parts).strip()
