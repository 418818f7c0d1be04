"""A text that a model reads out once, to be kept: what it has said so far, and whether that was the text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.call import (
    AgentAudio,
    AgentSaid,
    Respond,
    ResponseEnded,
    SessionFact,
    SessionLost,
    SessionReady,
)
from gateway.errors import SessionError
from gateway.realtime.greeting import alike


class ReadAloud:
    """Hears the facts of one session, and asks it for the text when it is ready; `done` when it is over."""

    def __init__(self, text: str, *, is_trusted: bool = False) -> None:
        self.ask: Callable[[Respond], None] = _nobody
        """Where the order to speak goes."""
        self.done = asyncio.Event()
        self._trusted = is_trusted  # the embedded voice: it says what it is told
        self._text = text.replace('"', "'")
        self._pcm = bytearray()
        self._said = ""
        self._fault: SessionError | None = None

    def __call__(self, fact: SessionFact) -> None:
        """Take one fact of the session."""
        match fact:
            case SessionReady():
                self.ask(Respond(f'Say exactly these words and nothing else: "{self._text}"'))
            case AgentAudio():
                self._pcm += fact.pcm
            case AgentSaid():
                self._said += fact.text
            case ResponseEnded():
                if fact.status != "completed" or not self._pcm:
                    self._fault = SessionError(fact.error or fact.status, "the text was not spoken")
                elif self._said and not self._trusted and not alike(self._said, self._text):
                    self._fault = SessionError("other_words", f"it said something else: {self._said[:80]!r}")
                self.done.set()
            case SessionLost():
                self._fault = SessionError(fact.code, fact.message)
                self.done.set()
            case _:
                pass

    def sound(self) -> bytes:
        """Return the text as it was spoken. Raises SessionError when it was not."""
        if self._fault is not None:
            raise self._fault
        return bytes(self._pcm)


def _nobody(_order: Respond) -> None:
    """Take the order of whoever is not joined to a session yet."""
