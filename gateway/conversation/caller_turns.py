"""The caller's word: when it silences the agent, and when it is a turn that the model is to answer.

Where the session finds the turns it says when the caller begins and stops; our own ears are ahead of it or,
if the plan wants it so, in its place.
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
    """One call's. Times in seconds."""

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
    def has_word(self) -> bool:
        """True while the model has to wait with whatever else it is to say."""
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
        if self._ears.turn_open and self._policy.barge_in:  # asked for before the caller began
            return [*self._responses.silence(frozenset(), stop=True)]
        return []

    def passed(self, now: float, *, goes_on: bool) -> list[Order]:
        """Time has passed. `goes_on`: an agent that was cut off for nothing is to go on."""
        if self.turn_open and not self.speaking and now - self._turn_since > COUGH:
            self.turn_open = False
            self._responses.no_turn()
        late = self.barge_in() if self.speaking and self._interrupts_late(now) else []
        act = self._ears.passed(self._scene(now), now)
        if act is TurnAction.GO_ON and goes_on and not self.turn_open:
            self._responses.take_up()
        return [*late, *self._do(act, now)] if act is not None else late

    def _began(self, now: float) -> list[Order]:
        cut_already = self._ears.session_noticed()
        self._takes_word(now)
        if cut_already or not self._policy.barge_in or self._too_early(now):
            return []
        return self.barge_in()

    def _takes_word(self, now: float) -> None:
        self.heard(now)
        self.speaking = self.turn_open = True
        self._turn_since = now

    # --- over the agent ------------------------------------------------------------------------------

    def barge_in(self, *, unasked: bool = False) -> list[Order]:
        """Flush always: seconds of audio may be queued long after the response was done.

        `unasked`: the session has not noticed the caller, and does not stop its response by itself.
        """
        self._ears.flushed()
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
            case None | TurnAction.GO_ON:
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
        self._takes_word(now)
        self._cut_for_turn = self._policy.barge_in and bool(self._on_air or self._responses.active)
        silenced = self.barge_in() if self._cut_for_turn else []
        return [*silenced, Listen(on=True, before_ms=self._ears.before_ms)]

    def _turn_ends(self, now: float, *, said: bool) -> list[Order]:
        self.speaking = self.turn_open = False
        self._silence.caller_heard(now)
        if said:
            self._responses.answer_owed()
        else:
            self._responses.no_turn()
            if self._cut_for_turn:
                self._responses.take_up()
        return [Commit() if said else Clear(), Listen(on=False), *self._responses.ask()]
