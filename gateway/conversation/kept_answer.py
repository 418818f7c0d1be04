"""An answer that is not to be heard yet: to a turn that may be none, or only the first half of one.

Who pauses for thought has not finished, whatever the model makes of half a sentence. The answer to it waits
for as long as the caller would; who goes on meanwhile never hears it, and the next one answers it all. What
the model sends of a kept answer is put by, in order, and follows when it is known what it is.
"""

from __future__ import annotations

from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    AgentWrote,
    Fact,
    ResponseEnded,
    ResponseStarted,
    ToolCalled,
)
from gateway.sentence_end import breaks_off, looks_finished

OfResponse = AgentAudio | AgentAudioDone | AgentWrote | ToolCalled | ResponseEnded
"""What is put by."""


LONGER = 1.3
"""How much longer somebody is waited for whose sentence cannot be over."""


class KeptAnswer:
    """One call's; one at a time. Times in seconds.

    `patience`: how long an unfinished sentence is waited for, from its last word on.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self.response_id: str | None = None
        """Of the response that is kept."""
        self._facts: list[Fact] = []
        self._begun: str | None = None  # the last response, while nothing of it was heard
        self._turn_ended: float | None = None
        self._until: float | None = None

    def turn_ended(self, now: float, ago: float = 0.0) -> None:
        """The caller has stopped speaking; the last word was so long ago."""
        self._turn_ended, self._until, self._begun = now - ago, None, None

    def said(self, text: str, now: float) -> float | None:
        """These are the words of that turn; return for how long its answer is kept, if at all."""
        ended, self._turn_ended = self._turn_ended, None
        patience = self._patience * (LONGER if breaks_off(text) else 1.0)
        if ended is None or looks_finished(text) or now >= ended + patience:
            return None
        self._until = ended + patience
        if self._begun is not None:
            self.keep(self._begun)
        return self._until - now

    def keep(self, response_id: str) -> None:
        """Keep this response."""
        self.response_id = response_id

    def takes(self, fact: Fact, *, doubtful: bool) -> bool:
        """Follow a fact; return whether it is put by. `doubtful`: nobody knows yet what the caller said."""
        match fact:
            case ResponseStarted():
                self._begun = fact.response_id
                if doubtful or self._until is not None:
                    self.keep(fact.response_id)
            case _ if isinstance(fact, OfResponse):
                if fact.response_id == self.response_id:
                    self._facts.append(fact)
                    return True
                if isinstance(fact, AgentAudio):
                    self._begun = self._turn_ended = None  # it is heard: too late to think about it
            case _:
                pass
        return False

    def due(self, now: float) -> bool:
        """Say, once, that the caller has been waited for long enough."""
        if self._until is None or now < self._until - 1e-6:
            return False
        self._until = None
        return True

    @property
    def waits(self) -> bool:
        """True while the caller is waited for."""
        return self._until is not None

    def let_go(self) -> str | None:
        """Keep it no longer, whatever is to become of it; return what was kept."""
        kept, self.response_id = self.response_id, None
        self._until = self._begun = self._turn_ended = None
        return kept

    def put_by(self) -> list[Fact]:
        """Take what was put by and is not kept any more, in order."""
        if self.response_id is not None or not self._facts:
            return []
        facts, self._facts = self._facts, []
        return facts
