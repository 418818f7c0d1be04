"""The beginning of a call: when it is answered, what the model is told first, when it has greeted."""

from __future__ import annotations

from gateway.call import (
    AddText,
    Answer,
    Answered,
    AnsweredBy,
    LegState,
    LegStatus,
    Listen,
    Order,
    Respond,
    Ringing,
    WhoAnswered,
)
from gateway.conversation.policy import Policy, TurnMode

MACHINE = "[A machine has answered this call, not a person: an answering machine, or a menu.]"


class AnswerPolicy:
    """Decides when a ringing call is answered. Times in seconds."""

    def __init__(self, policy: Policy, leg: LegStatus) -> None:
        self.greeted = False
        """The greeting is over, whether it was heard out or cut off, or there is none."""
        self._policy = policy
        self._leg = leg
        self._ready_at: float | None = None
        self._reached = not policy.outbound

    @property
    def interruptible(self) -> bool:
        """True if there is no greeting to come, or on, that has to be heard out."""
        return self.greeted or (self._ready_at is not None and self._policy.greeting_interruptible)

    def answer(self) -> list[Order]:
        """Answer, unless that was done, or is for the other side to do."""
        rings = self._leg.state is LegState.RINGING
        return [Answer()] if rings and not self._policy.outbound else []

    def due(self, now: float) -> list[Order]:
        """Answer when the plan says so, or when the greeting is too late to be waited for."""
        if self._policy.answer_at_once:  # the first tick comes before there is a session
            return self.answer()
        late = self._ready_at is not None and now - self._ready_at >= self._policy.wait_for_greeting
        return self.answer() if late else []

    def ready(self, now: float) -> list[Order]:
        """There is a session: tell it what to remember and have it greet, if it is the first one."""
        if self._ready_at is not None:
            return []  # reconnected: the conversation goes on where it was
        self._ready_at = now
        # Memory first: the greeting is an answer to it.
        return [*self._policy.memory, *self._greet()]

    def told(self, fact: Ringing | Answered | AnsweredBy) -> list[Order]:
        """Whom we call is there: their phone rings, they have answered, or it is known who they are."""
        if not self._policy.outbound:
            return []
        match fact:
            case AnsweredBy():
                told: list[Order] = [AddText("system", MACHINE)] if fact.who is WhoAnswered.MACHINE else []
                return [*told, *(self._hear() if self._policy.judges else [])]
            case Answered():
                return [*self._reach(), *([] if self._policy.judges else self._hear())]
            case Ringing():
                return self._reach()

    def _reach(self) -> list[Order]:
        before, self._reached = self._reached, True
        return [] if before or self._ready_at is None else self._greet()

    def _hear(self) -> list[Order]:
        return [] if self._deaf else [Listen(on=True)]

    def over(self) -> list[Order]:
        """Nothing of the greeting is left to be heard."""
        if self.greeted:
            return []
        self.greeted = True
        return [Listen(on=True)] if self._policy.deaf_to_greet else []

    @property
    def _deaf(self) -> bool:
        return self._policy.turns is not TurnMode.SESSION or (self._policy.deaf_to_greet and not self.greeted)

    def _greet(self) -> list[Order]:
        if self._policy.greeting is None:
            self.greeted = True
            return self.answer()
        if not self._reached:  # a greeting costs, and half of those who are called never hear it
            return []
        deaf: list[Order] = [Listen(on=False)] if self._policy.deaf_to_greet else []
        return [*deaf, Respond(self._policy.greeting)]
