"""An answer that is not to be heard yet: to a turn that may be none, or only the first half of one.

Who pauses for thought has not finished, whatever the model makes of half a sentence. The answer to it waits
for as long as the caller would; who goes on meanwhile never hears it, and the next one answers it all. What
the model sends of a kept answer is put by, in order, and follows when it is known what it is.
"""

from __future__ import annotations

from math import inf
from typing import get_args

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
PUT_BY = frozenset((ResponseStarted, *get_args(OfResponse)))
"""The same, and what it begins with."""

LONGER = 1.5
"""How much longer somebody is waited for whose sentence cannot be over."""
SPEAKS_DB = -42.0
"""Of full scale: who is louder when the wait is over has perhaps begun to speak again, and whoever finds the
turns is not sure of it yet. That takes it some 100 ms.
"""
SURE_WITHIN = 0.4
"""Seconds in which it is: what is loud and no voice, such as a street, holds the answer up no longer."""


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
        self._half = ""  # what was said before the caller went on

    def turn_ended(self, now: float, ago: float = 0.0) -> None:
        """The caller has stopped speaking; the last word was so long ago."""
        self._turn_ended, self._until, self._begun = now - ago, None, None

    def said(self, text: str, now: float) -> float | None:
        """These are the words of that turn; return for how long its answer is kept, if at all."""
        ended, self._turn_ended = self._turn_ended, None
        whole = f"{self._half} {text}".strip() if text else ""
        patience = self._patience * (LONGER if breaks_off(whole) else 1.0)
        self._half = ""
        if ended is None or looks_finished(whole) or now >= ended + patience:
            return None
        self._half = whole.rstrip(" .,!?\u2026")
        self._until = ended + patience
        if self._begun is not None:
            self.keep(self._begun)
        return self._until - now

    def keep(self, response_id: str) -> None:
        """Keep this response."""
        self.response_id = response_id

    def takes(self, fact: Fact, *, doubtful: bool) -> bool:
        """Follow a fact, one of `PUT_BY`; return whether it is put by.

        `doubtful`: nobody knows yet what the caller said.
        """
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
                    # It is heard: too late to think about it.
                    self._begun, self._turn_ended, self._half = None, None, ""
            case _:
                pass
        return False

    def due(self, now: float, caller_db: float | None = None) -> bool:
        """Say, once, that the caller has been waited for long enough; `caller_db`: how loud they are."""
        if self._until is None or now < self._until - 1e-6:
            return False
        if caller_db is not None and caller_db > SPEAKS_DB and now < self._until + SURE_WITHIN:
            return False
        self._until, self._half = None, ""
        return True

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        if self._facts and self.response_id is None:
            return -inf
        return inf if self._until is None else self._until

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
