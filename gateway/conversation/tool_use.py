"""The model's functions: called, agreed to by the caller where that is needed, returned, and what follows."""

from __future__ import annotations

from math import inf

from gateway.call import (
    AgentAudio,
    AnswerApproval,
    ApprovalRequested,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CallTool,
    Order,
    ProviderToolCalled,
    ProviderToolReturned,
    SubmitToolResult,
    ToolCalled,
    ToolReturned,
    ToolThen,
)
from gateway.conversation.caller_turns import CallerTurns
from gateway.conversation.consent import Consent
from gateway.conversation.end_of_call import EndOfCall
from gateway.conversation.responses import Responses

ToolFact = ToolCalled | ToolReturned | ApprovalRequested | ProviderToolCalled | ProviderToolReturned

NOT_MADE = '{"error":"not called: the caller had not finished speaking, or had said nothing"}'
"""What the model is told of a call in an answer that nobody wanted."""
GOES_ON_WITHIN = 1.0
"""Seconds in which a provider whose function has returned goes on by itself; else it is asked to."""


class ToolUse:
    """One call's. Times in seconds."""

    def __init__(self, responses: Responses, caller: CallerTurns, end: EndOfCall) -> None:
        self._responses = responses
        self._caller = caller
        self._end = end
        self._consent = Consent()
        self._silent_since: float | None = None  # since a provider's function returned, or may run

    def happened(self, fact: ToolFact, now: float) -> list[Order]:
        """Follow a function; what the model is to say of it is then to be asked for."""
        match fact:
            case ToolCalled() if fact.response_id in self._responses.given_up:
                return [SubmitToolResult(fact.call_id, NOT_MADE)]
            case ToolCalled():
                self._responses.tool_called(fact.call_id)
                return [CallTool(fact.call_id, fact.name, fact.arguments)]
            case ApprovalRequested():
                self._responses.tool_paused(fact.request_id)
                self._consent.request(fact)
                return []
            case ProviderToolCalled():
                self._responses.tool_called(fact.item_id)
                self._silent_since = None
                return []
            case ProviderToolReturned():
                self._responses.tool_returned(fact.item_id)
                self._silent_since = now
                return []
            case ToolReturned():
                return self._returned(fact, now)

    def heard(
        self,
        fact: AgentAudio | CallerVoice | CallerStartedSpeaking | CallerStoppedSpeaking | CallerSaid,
        now: float,
    ) -> list[Order]:
        """Follow what is said; it may be the answer to what the caller was asked."""
        if isinstance(fact, AgentAudio):
            self._silent_since = None
        return self._answered(self._consent.happened(fact), now)

    def pressed(self, key: str, now: float) -> list[Order]:
        """Return what follows from a key that answers what the caller was asked; nothing from any other."""
        return self._answered(self._consent.pressed(key), now)

    def due(self, now: float, *, busy: bool) -> list[Order]:
        """Return what a caller's silence means. `busy`: somebody speaks, or is about to."""
        if self._silent_since is not None and self._responses.active is not None:
            self._silent_since = now  # it may go on in the same response
        elif self._silent_since is not None and now - self._silent_since >= GOES_ON_WITHIN:
            self._silent_since = None
            self._responses.answer_owed()
        return self._answered(self._consent.due(now, busy=busy), now)

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        return inf if self._silent_since is None and not self._consent.wanted else -inf

    def question(self, now: float) -> list[Order]:
        """Return what the model is to ask the caller, now that nobody speaks."""
        if self._responses.active is not None or (asked := self._consent.question(now)) is None:
            return []
        return [asked]

    def _returned(self, fact: ToolReturned, now: float) -> list[Order]:
        self._responses.tool_returned(fact.call_id)
        if fact.then in (ToolThen.HANG_UP, ToolThen.MOVE_ON):
            self._end.agent_hangs_up(now, moves_on=fact.then is ToolThen.MOVE_ON)
        elif fact.then is ToolThen.SPEAK:
            if self._caller.turn_open:  # asking for a response of its own would talk over the turn's
                self._responses.leave_to_turn()
            else:
                self._responses.answer_owed()
        return [SubmitToolResult(fact.call_id, fact.output, secret=fact.secret)]

    def _answered(self, answers: list[AnswerApproval], now: float) -> list[Order]:
        for answer in answers:
            if self._responses.tool_resumed(answer.request_id):
                continue
            if answer.approve:  # the provider calls its function now
                self._silent_since = now
            else:
                self._responses.answer_owed()
        return [*answers]
