"""What is done only if the caller agrees: asked aloud, one after the other, and answered by their words.

The model asks, but it is the caller's transcript that counts: what a model says of a caller's wishes is not
theirs; so do the keys 1 (yes) and 2 (no). What was said before the question was heard answers something else.
No answer is a no.
"""

from __future__ import annotations

from gateway.call import (
    AgentAudio,
    AnswerApproval,
    ApprovalRequested,
    CallerSaid,
    CallerStartedSpeaking,
    CallerVoice,
    Fact,
    Respond,
)
from gateway.conversation.yes_or_no import said_yes
from gateway.short_queue import ShortQueue

ANSWER_S = 20.0
"""Seconds of silence after the question in which nobody has said yes."""
MOST_UNCLEAR = 2
"""Answers that were neither yes nor no, after each of which the question is asked again."""
REMEMBERED = 8
"""Turns of the caller that began before a question: their words may come after it."""
_AGREES = {"1": True, "2": False}
_INSTRUCTIONS = (
    'Ask the caller this question, in the language of the conversation, and say nothing else: "{}"'
)


class Consent:
    """One call's. Times in seconds."""

    def __init__(self) -> None:
        self._waiting = ShortQueue[ApprovalRequested]()
        self._asked = False
        self._sounded = False  # something of the question was heard
        self._spoke = False  # the caller, since it was asked
        self._unclear = 0
        self._quiet_since = 0.0
        self._turns = ShortQueue[str](REMEMBERED)
        self._before: frozenset[str] = frozenset()

    @property
    def wanted(self) -> bool:
        """True while the caller is to agree to something."""
        return bool(self._waiting)

    def request(self, request: ApprovalRequested) -> None:
        """The caller is to be asked."""
        self._waiting.append(request)

    def question(self, now: float) -> Respond | None:
        """Return what the model is to say now, that nobody speaks; None if there is nothing to ask."""
        if not self._waiting or self._asked:
            return None
        self._asked, self._sounded, self._spoke = True, False, False
        self._before = frozenset(self._turns)
        self._quiet_since = now
        return Respond(_INSTRUCTIONS.format(self._waiting[0].question.replace('"', "'")))

    def happened(self, fact: Fact) -> list[AnswerApproval]:
        """Follow a fact; return the answer if it is one."""
        match fact:
            case AgentAudio():
                self._sounded = True
            case CallerVoice():
                self._spoke = self._spoke or fact.on
            case CallerStartedSpeaking():
                self._spoke = True
                self._turns.append(fact.item_id)
            case CallerSaid() if fact.text and self._hears(fact):
                return self._heard(fact.text)
            case _:
                pass
        return []

    def pressed(self, key: str) -> list[AnswerApproval]:
        """Return the answer if a key is one: 1 for yes, 2 for no, once the question is being heard."""
        if not self._asked or not self._sounded or key not in _AGREES:
            return []
        return self._answer(approve=_AGREES[key], why="")

    def due(self, now: float, *, busy: bool) -> list[AnswerApproval]:
        """Return a no if the caller has not answered. `busy`: somebody speaks, or is about to."""
        if not self._asked:
            return []
        if busy:
            self._quiet_since = now
        return self._answer(approve=False, why="no answer") if now - self._quiet_since >= ANSWER_S else []

    def _hears(self, said: CallerSaid) -> bool:
        return self._asked and self._sounded and self._spoke and said.item_id not in self._before

    def _heard(self, text: str) -> list[AnswerApproval]:
        agreed = said_yes(text)
        if agreed is not None:
            return self._answer(approve=agreed, why="")
        self._unclear += 1
        if self._unclear > MOST_UNCLEAR:
            return self._answer(approve=False, why="no clear answer")
        self._asked = False
        return []

    def _answer(self, *, approve: bool, why: str) -> list[AnswerApproval]:
        request = self._waiting.popleft()
        self._asked, self._unclear = False, 0
        return [AnswerApproval(request.request_id, approve, why)]
