"""The model's responses: the one being generated, those to be heard no more, the one to ask for next.

There is one at a time. The next is asked for when none is active and the model waits for no result of a
function.
"""

from __future__ import annotations

from math import inf

from gateway.call import CancelResponse, Respond
from gateway.conversation.policy import STILL_THERE

RESUME = Respond(
    "The caller made a noise but said nothing. Do not mention it. Take up the sentence in which you were "
    "cut off: say it again from its beginning and go on, in the same language."
)
STOPS_WITHIN = 1.0
"""Seconds from telling the session to stop a response until it counts as stopped."""


class Responses:
    """One call's. `still_there`: what asks a silent caller whether they are there."""

    def __init__(self, still_there: Respond = STILL_THERE) -> None:
        self._still_there = still_there
        self.active: str | None = None
        """The response being generated."""
        self.silenced: set[str] = set()
        """Responses of which nothing more may be heard."""
        self.given_up: set[str] = set()
        """Those of them that answered what was no turn of the caller's, or half of one."""
        self.next: Respond | None = None
        """To be asked for as soon as that is possible."""
        self._stopped: str | None = None  # the response that was to stop
        self._stopped_at: float | None = None
        self._tools: set[str] = set()  # calls whose results the model still waits for
        self._paused: set[str] = set()  # those for which the caller has to agree first
        self._despite_tools = False  # what is to be asked for does not wait for their results
        self._left_to_turn = False  # something to be answered together with the caller's open turn

    @property
    def calls(self) -> bool:
        """True while a function is at work for the model."""
        return bool(self._tools)

    @property
    def busy(self) -> bool:
        """True while the model is at work, or a function is for it."""
        return self.active is not None or bool(self._tools)

    def started(self, response_id: str, *, knows_all: bool = True) -> None:
        """The model begins to answer, asked or by itself: what it was to be asked for is answered with it.

        Not what it does not know of; that is asked for after it.
        """
        self.active = response_id
        if knows_all:
            self.next, self._despite_tools = None, False
        elif self._left_to_turn:
            self.answer_owed()
        self._left_to_turn = False

    def ended(self, response_id: str) -> None:
        """It has answered, or failed: the session asks again for one that failed, or is lost."""
        if self.active == response_id:
            self.active = None

    def silence(self, on_air: frozenset[str], *, stop: bool, kept: str | None = None) -> list[CancelResponse]:
        """Let nothing more be heard of those on air and of the active one, and `stop` generating that.

        `kept` is to be heard.
        """
        self.silenced |= on_air
        if self.active is None or self.active == kept:
            return []
        self.silenced.add(self.active)
        if not stop or self._stopped == self.active:
            return []
        self._stopped, self._stopped_at = self.active, None
        return [CancelResponse(self.active)]

    def give_up(self, response_id: str) -> list[CancelResponse]:
        """Let nothing be heard of a response that nobody wanted, make none of its calls, and stop it."""
        self.silenced.add(response_id)
        self.given_up.add(response_id)
        return self.silence(frozenset(), stop=True) if self.active == response_id else []

    def passed(self, now: float) -> None:
        """Time has passed, in seconds: some servers do not say that a response has stopped."""
        if self.active is None or self.active != self._stopped:
            return
        if self._stopped_at is None:
            self._stopped_at = now
        elif now - self._stopped_at >= STOPS_WITHIN:
            self.ended(self.active)

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        stops = self.active is not None and self.active == self._stopped
        return -inf if stops or self.next is not None else inf

    def answer_owed(self, *, to_caller: bool = False) -> None:
        """Something is to be answered: of a function, or what was said or keyed, which waits for none."""
        self.next = Respond()
        self._despite_tools = self._despite_tools or to_caller

    def leave_to_turn(self) -> None:
        """The same, while the caller has the word: the answer to their turn is the answer to this, too."""
        self._left_to_turn = True

    def no_turn(self) -> None:
        """That was no turn of the caller's after all: nobody will answer it."""
        if self._left_to_turn:
            self._left_to_turn = False
            self.answer_owed()

    def silent_caller(self) -> None:
        """Nobody has spoken for a while: the agent is to ask whether the caller is there."""
        self.next = self._still_there

    def resume_response(self) -> None:
        """Ask for what was cut off for nothing, unless something else is to be said."""
        self.next = self.next or RESUME

    def repeat(self, request: Respond) -> None:
        """Ask for what was not heard, unless something else is to be said."""
        self.next = self.next or request

    def caller_heard(self) -> None:
        """Do not ask for what was only to fill a silence."""
        if self.next in (RESUME, self._still_there):
            self.next = None

    def tool_called(self, call_id: str) -> None:
        """The model waits for a function's result."""
        self._tools.add(call_id)

    def tool_paused(self, call_id: str) -> None:
        """The function is not at work: the caller has to agree to it first."""
        if call_id in self._tools:
            self._tools.discard(call_id)
            self._paused.add(call_id)

    def tool_resumed(self, call_id: str) -> bool:
        """The caller has answered; return whether it was a function of ours that waited for that."""
        if call_id not in self._paused:
            return False
        self._paused.discard(call_id)
        self._tools.add(call_id)
        return True

    def tool_returned(self, call_id: str) -> None:
        """It has it."""
        self._tools.discard(call_id)
        self._paused.discard(call_id)

    def ask(self) -> list[Respond]:
        """Return what is to be asked for now, once."""
        if self.next is None or self.active is not None or (self._tools and not self._despite_tools):
            return []
        asked, self.next, self._despite_tools = self.next, None, False
        return [asked]
