"""Caller speech: when it interrupts the agent, and when it counts as a turn that the model is to answer.

Where the session does turn detection it says when the caller begins and stops; our own detector is ahead of
it or, if the plan wants it so, in its place.
"""

from __future__ import annotations

from gateway.call import (
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    Clear,
    Commit,
    Duck,
    Flush,
    Listen,
    Order,
)
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy
from gateway.conversation.responses import Responses
from gateway.conversation.timers import InactivityTimer
from gateway.conversation.turn_detector import LocalTurnDetector, TurnAction, TurnContext

LOWERED = 0.2
"""-14 dB: out of the caller's way, and still there if it was a cough."""
COUGH = 3.0
"""Seconds after the caller stopped speaking: a session that has not answered by then saw no turn in it."""


class CallerTurns:
    """State of one call's caller: speaking or not, with the floor or without. Times in seconds."""

    def __init__(
        self,
        policy: Policy,
        on_air: PlaybackTracker,
        responses: Responses,
        opening: AnswerPolicy,
        silence: InactivityTimer,
    ) -> None:
        self.speaking = False
        self.turn_open = False
        """The caller has spoken and the model has not begun to answer."""
        self._policy = policy
        self._on_air = on_air
        self._responses = responses
        self._opening = opening
        self._silence = silence
        self._ears = LocalTurnDetector(policy)
        self._turn_since = 0.0
        self._cut_for_turn = False

    @property
    def has_floor(self) -> bool:
        """True while the caller's turn is open: the model waits with whatever else it is to say."""
        return self.turn_open or self._ears.turn_open

    # --- what was heard of the caller ----------------------------------------------------------------

    def heard(self, now: float) -> None:
        """The caller is there."""
        self._silence.caller_heard(now)
        self._responses.caller_heard()

    def speaks(
        self, fact: CallerVoice | CallerStartedSpeaking | CallerStoppedSpeaking, now: float
    ) -> list[Order]:
        """Our own detector or the session hears the caller's speech begin or end."""
        match fact:
            case CallerVoice():
                if fact.on:
                    self.heard(now)
                return self._do(self._ears.voice(fact, self._scene(now), now), now)
            case CallerStartedSpeaking():
                return self._began(now)
            case CallerStoppedSpeaking():
                self.speaking = False
                self._turn_since = now
                self._silence.caller_heard(now)
                return []

    def key(self, now: float) -> list[Order]:
        """The key that gives and takes the word was pressed."""
        return self._do(self._ears.key(self._scene(now), now), now)

    def answered(self) -> list[Order]:
        """The model begins to answer."""
        self.turn_open = False
        # Our own turn is open: the answer was asked for before the caller began, and comes into it. Where the
        # session finds the turns, it does not begin to answer inside of one.
        if self._ears.turn_open and self._policy.barge_in:
            return [*self._responses.silence(frozenset(), stop=True)]
        return []

    def passed(self, now: float, *, goes_on: bool) -> list[Order]:
        """Time has passed. `goes_on`: an agent that was cut off for nothing is to go on."""
        # A turn that nobody answers was none. Before the detector is asked: it may then take up the sentence.
        if self.turn_open and not self.speaking and now - self._turn_since > COUGH:
            self.turn_open = False
            self._responses.no_turn()
        # The ignore window is over and the caller still speaks: not an echo, and no breath.
        late = self.barge_in() if self.speaking and self._interrupts_late(now) else []
        act = self._ears.passed(self._scene(now), now)
        # Asked for, not said at once: whatever else is owed by then is said instead.
        if act is TurnAction.RESUME and goes_on and not self.turn_open:
            self._responses.resume_response()
        return [*late, *self._do(act, now)] if act is not None else late

    def _began(self, now: float) -> list[Order]:
        cut_already = self._ears.session_noticed()
        self._takes_floor(now)
        # A second flush would cut an answer that has begun since our own detector's.
        if cut_already or not self._policy.barge_in or self._too_early(now):
            return []
        return self.barge_in()

    def _takes_floor(self, now: float) -> None:
        self.heard(now)
        self.speaking = self.turn_open = True
        self._turn_since = now

    # --- over the agent ------------------------------------------------------------------------------

    def barge_in(self, *, unasked: bool = False) -> list[Order]:
        """Flush always: seconds of audio may be queued long after the response was done.

        `unasked`: the session has not noticed the caller, and does not stop its response by itself.
        """
        self._ears.flushed()
        # A session that interrupts by itself has stopped already, unless it does not know of the caller.
        stop = unasked or not self._policy.session_interrupts
        cancelled = self._responses.silence(self._on_air.responses, stop=stop)
        self._on_air.flush()
        return [Flush(), *cancelled]

    def _too_early(self, now: float) -> bool:
        return bool(self._on_air) and (now - self._on_air.began) * 1000 < self._policy.ignore_first_ms

    def _interrupts_late(self, now: float) -> bool:
        """Return whether the caller began inside the ignore window and is speaking on after it."""
        window_held = self._turn_since < self._on_air.began + self._policy.ignore_first_ms / 1000
        return self._policy.barge_in and bool(self._on_air) and window_held and not self._too_early(now)

    # --- our own ears --------------------------------------------------------------------------------

    def _scene(self, now: float) -> TurnContext:
        audible = bool(self._on_air) and not self._on_air.responses <= self._responses.silenced
        return TurnContext(audible, self._opening.interruptible, self._too_early(now), known=self.speaking)

    def _do(self, act: TurnAction | None, now: float) -> list[Order]:
        match act:
            case None | TurnAction.RESUME:
                return []
            case TurnAction.CUT:
                return self.barge_in(unasked=True)
            case TurnAction.LOWER | TurnAction.RAISE:
                return [Duck(LOWERED if act is TurnAction.LOWER else 1.0)]
            case TurnAction.BEGIN:
                return self._turn_begins(now)
            case TurnAction.ANSWER | TurnAction.FORGET:
                return self._turn_ends(now, said=act is TurnAction.ANSWER)

    def _turn_begins(self, now: float) -> list[Order]:
        self._takes_floor(now)
        self._cut_for_turn = self._policy.barge_in and bool(self._on_air or self._responses.active)
        silenced = self.barge_in() if self._cut_for_turn else []
        return [*silenced, Listen(on=True, before_ms=self._ears.before_ms)]

    def _turn_ends(self, now: float, *, said: bool) -> list[Order]:
        self.speaking = self.turn_open = False
        self._silence.caller_heard(now)
        # A turn too short to be one is forgotten; an agent that was cut off for it says its sentence again.
        if said:
            self._responses.answer_owed(to_caller=True)
        else:
            self._responses.no_turn()
            if self._cut_for_turn:
                self._responses.resume_response()
        return [Commit() if said else Clear(), Listen(on=False), *self._responses.ask()]
