"""The beginning of a call: when it is answered, what the model is told first, when it has greeted."""

from __future__ import annotations

from gateway.call import Answer, LegState, LegStatus, Listen, Order, Respond
from gateway.conversation.policy import Policy


class AnswerPolicy:
    """Decides when a ringing call is answered. Times in seconds."""

    def __init__(self, policy: Policy, leg: LegStatus) -> None:
        self.greeted = False
        """The greeting is over, whether it was heard out or cut off, or there is none."""
        self._policy = policy
        self._leg = leg
        self._ready_at: float | None = None

    @property
    def interruptible(self) -> bool:
        """True if there is no greeting to come, or on, that has to be heard out."""
        return self.greeted or (self._ready_at is not None and self._policy.greeting_interruptible)

    def answer(self) -> list[Order]:
        """Answer, unless that was done."""
        return [Answer()] if self._leg.state is LegState.RINGING else []

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
        if self._policy.greeting is None:
            self.greeted = True
            return [*self._policy.memory, *self.answer()]
        deaf: list[Order] = [Listen(on=False)] if self._policy.deaf_to_greet else []
        return [*self._policy.memory, *deaf, Respond(self._policy.greeting)]

    def over(self) -> list[Order]:
        """Nothing of the greeting is left to be heard."""
        if self.greeted:
            return []
        self.greeted = True
        return [Listen(on=True)] if self._policy.deaf_to_greet else []
