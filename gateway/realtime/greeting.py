"""A greeting in fixed words that a model speaks once: its sound is kept, and later callers hear it at once.

To the call it is a response like any other. The session is not asked for one but told, as text, what the
agent says, and what of it was heard if it is cut off: see `LastingSession.recall`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import structlog

from gateway.audio_cache import AudioCache
from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    CallerStartedSpeaking,
    CancelResponse,
    Commit,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionOrder,
    ToolCalled,
    Uplink,
)
from gateway.realtime.continuity.session import LastingSession
from gateway.realtime.meter import Meter

log = structlog.get_logger(__name__)

KEPT_BYTES = 16 * 1024 * 1024
"""Greetings kept in memory: about six minutes."""
ITEM = "kept_greeting"
"""The id of a greeting that comes from memory, and of its response."""
ALIKE = 0.7
"""How much of the letters must agree: numbers are written in figures and in words, an excuse shares less."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """`words` as the plan has them; `asked` is what the model is told so that it speaks them."""

    words: str
    asked: str


@dataclass(slots=True)
class _Recording:
    """The greeting as the model speaks it now. `response_id` is empty until it has begun."""

    key: Hashable
    response_id: str = ""
    said: str = ""
    pcm: bytearray = field(default_factory=bytearray)


class GreetingSession:
    """A session in front of the one that `make` makes, given where its facts go."""

    def __init__(
        self,
        greeting: Greeting,
        kept: AudioCache,
        make: Callable[[Callable[[SessionFact], None]], LastingSession],
        on_fact: Callable[[SessionFact], None],
    ) -> None:
        self._greeting = greeting
        self._kept = kept
        self._on_fact = on_fact
        self._greeted = False
        self._recording: _Recording | None = None
        self.session = make(self._happened)

    @property
    def meter(self) -> Meter:
        """See `LastingSession`."""
        return self.session.meter

    # --- the shape of a session ----------------------------------------------------------------------

    async def run(self) -> None:
        """See `LastingSession`."""
        await self.session.run()

    def append(self, pcm: bytes) -> Uplink | None:
        """See `LastingSession`."""
        return self.session.append(pcm)

    async def ask(self, topic: str, instructions: str) -> str:
        """See `LastingSession`."""
        return await self.session.ask(topic, instructions)

    async def close(self) -> None:
        """See `LastingSession`."""
        await self.session.close()

    def execute(self, order: SessionOrder) -> None:
        """Do one order; the one to greet is not the model's if the greeting is there already."""
        if isinstance(order, Respond) and order.instructions == self._greeting.asked and not self._greeted:
            self._greeted = True
            key = (*self.session.speaker, self._greeting.words)
            if (pcm := self._kept.get(key)) is not None:
                self._play(pcm)
                return
            self._recording = _Recording(key)
        elif isinstance(order, Respond | Commit | CancelResponse):
            self._overtaken()
        self.session.execute(order)

    # --- the greeting --------------------------------------------------------------------------------

    def _play(self, pcm: bytes) -> None:
        words = self._greeting.words
        self.session.recall(ITEM, words, pcm)
        self._on_fact(ResponseStarted(ITEM))
        self._on_fact(AgentAudio(ITEM, ITEM, pcm))
        self._on_fact(AgentAudioDone(ITEM, ITEM))
        self._on_fact(AgentSaid(ITEM, words))
        self._on_fact(ResponseEnded(ITEM, "completed"))

    def _happened(self, fact: SessionFact) -> None:
        if self._recording is not None:
            self._record(self._recording, fact)
        self._on_fact(fact)

    def _record(self, recording: _Recording, fact: SessionFact) -> None:
        match fact:
            case ResponseStarted() if not recording.response_id:
                recording.response_id = fact.response_id
            case AgentAudio() if fact.response_id == recording.response_id:
                recording.pcm += fact.pcm
            case AgentSaid() if recording.response_id:
                recording.said += fact.text
            case ToolCalled():
                self._recording = None  # it has done more than greet
            case CallerStartedSpeaking():
                self._overtaken()
            case ResponseEnded() if fact.response_id == recording.response_id:
                self._recording = None
                if fact.status == "completed" and recording.pcm:
                    self._keep(recording)
            case _:
                pass

    def _overtaken(self) -> None:
        """The next response may be the answer to something else; one that has begun is the greeting."""
        if self._recording is not None and not self._recording.response_id:
            self._recording = None

    def _keep(self, recording: _Recording) -> None:
        if recording.said and not alike(recording.said, self._greeting.words):
            log.warning("greeting.not_kept", said=recording.said)
            return
        self._kept.put(recording.key, bytes(recording.pcm))


def alike(said: str, words: str) -> bool:
    """Return whether somebody who was to say `words` has said them, going by what was understood."""
    ours, theirs = ("".join(filter(str.isalnum, text.casefold())) for text in (words, said))
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= ALIKE
