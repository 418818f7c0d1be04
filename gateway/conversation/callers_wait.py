"""The caller's wait for a word: what fills a long one, and what becomes of an answer without a sound."""

from __future__ import annotations

from math import inf

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AgentWrote,
    ApprovalRequested,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    Fact,
    FinishItem,
    Order,
    Play,
    ProviderToolCalled,
    Respond,
    ResponseEnded,
    ResponseOverdue,
    ResponseStarted,
    SessionInterrupted,
    SessionReady,
    ToolCalled,
    ToolReturned,
    ToolThen,
)
from gateway.conversation.awaited_answer import AwaitedAnswer, Remedy
from gateway.conversation.filler import ToolFiller
from gateway.conversation.policy import Policy
from gateway.conversation.timers import HoldPrompts

OF_WAIT = frozenset(
    (
        AgentWrote,
        ApprovalRequested,
        CallerStartedSpeaking,
        CallerStoppedSpeaking,
        ProviderToolCalled,
        ResponseOverdue,
        ResponseStarted,
        SessionInterrupted,
        SessionReady,
        ToolCalled,
        ToolReturned,
    )
)
"""Facts that begin, lengthen or end a wait, besides sound and the end of a response."""


class CallersWait:
    """One call's. Times in seconds. It joins the answer that is due with the prompts that fill the time."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._prompts = HoldPrompts(policy.hold_after, policy.hold_every)
        self._answer = AwaitedAnswer()
        self._filler = ToolFiller(policy.filler_after if policy.filler else None)

    def happened(self, fact: Fact, now: float) -> None:
        """Follow a fact, one of `OF_WAIT`.

        What is heard of the agent, and what an ended response means, the machine tells.
        """
        match fact:
            case SessionReady():
                self._prompts.session_ready(now)
            case SessionInterrupted():
                self._prompts.began(now, lost=True)
            case ResponseOverdue():
                self._overdue(now)
            case CallerStartedSpeaking():
                self._prompts.caller_began(now)
                self._answer.caller_began()
            case CallerStoppedSpeaking():
                self._prompts.caller_ended(now)
                self._answer.turn_ended(now)
            case ResponseStarted():
                self._prompts.answer_began()
                self._answer.began(now)
            case _:
                self._gives(fact, now)

    def _gives(self, fact: Fact, now: float) -> None:
        match fact:
            case AgentWrote():
                self._answer.wrote(fact.text)
            case ToolCalled() | ProviderToolCalled():
                self._answer.called()
                self._filler.called(now)
            case ApprovalRequested():
                self._answer.called()
            case ToolReturned() if fact.then is not ToolThen.SPEAK:
                self._answer.resolved()
            case _:
                pass

    def asked(self, request: Respond, now: float) -> None:
        """The model is asked for a response. Nobody waits to be asked whether they are there."""
        if request != self._policy.still_there:
            self._answer.asked(request, now)

    def agent_heard(self) -> None:
        """Sound of the agent's is on its way to the caller."""
        self._prompts.over()
        self._answer.sounded()

    def no_turn(self) -> None:
        """What the caller said asks for no answer."""
        self._prompts.over()
        self._answer.resolved()

    def response_ended(self, fact: ResponseEnded, now: float, *, excused: bool) -> bool:
        """A response is over; return whether another is to be heard in its place.

        `excused`: it was not to be heard.
        """
        awaited = self._answer.ended(fact, now, excused=excused)
        # Who was cut off by the caller, or gave nothing, is waited for on.
        if fact.status != "cancelled" and not awaited:
            self._prompts.over()
        return awaited

    def passed(self, now: float, *, heard: bool, working: bool, busy: bool) -> None:
        """Time has passed. `heard`: somebody is, or the caller cannot hear yet; else see `due`."""
        self._answer.passed(now, busy=busy)
        if not working:
            self._filler.over()
        if heard:
            self._answer.heard(now)
            self._filler.heard(now)

    def due(self, now: float, *, on_air: bool, heard: bool, working: bool, busy: bool = False) -> list[Order]:
        """Return what is to be played in a long wait, never over the agent: what is on air fills it.

        `heard`: the caller is, or cannot hear yet; `working`: a function is at work for the model; `busy`: it
        is, or a response is being made.
        """
        self.passed(now, heard=on_air or heard, working=working, busy=busy)
        if on_air or heard:
            pass
        elif name := self._filler.due(now):
            said = self._policy.filler
            self._answer.heard(now + len(said.pcm) / (BYTES_PER_MS * 1000))
            return [Play(name, said.pcm, said.words), FinishItem(name)]
        elif self._answer.long(now, working=working):
            self._overdue(now)
        hold = self._policy.hold
        if hold and not on_air and (name := self._prompts.due(now)):
            return [Play(name, hold.pcm, hold.words), FinishItem(name)]
        return []

    def wake_at(self, *, heard: bool, busy: bool) -> float:
        """Return before when nothing is due, while it is so. `heard`: somebody is; `busy`: see `due`."""
        hold = self._prompts.wake_at if self._policy.hold else inf
        return min(hold, self._filler.wake_at, self._answer.wake_at(heard=heard, busy=busy))

    def again(self, now: float) -> Respond | None:
        """Return what the model is to be asked for once more."""
        return self._answer.again(now)

    def remedy(self) -> Remedy | None:
        """Return what is to be done about an answer that was asked for in vain, once."""
        remedy = self._answer.remedy()
        if remedy is not None:
            self._prompts.over()
        return remedy

    def words(self) -> list[Order]:
        """Return what tells the caller that there is no answer, in the plan's words if it has any."""
        return self._answer.words(self._policy.unanswered)

    def _overdue(self, now: float) -> None:
        self._prompts.began(now - self._policy.hold_after / 2, lost=False)  # they have waited a while already
