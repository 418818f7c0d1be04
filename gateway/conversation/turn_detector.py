"""What the conversation makes of what our own detector hears, and of the key that opens the caller's turn.

Pure: facts and the scene in, at most one act out. Where the session finds the turns, a voice is only a
suspicion (`TentativeInterruption`); where it does not, voices or keys are the turns (`LocalTurn`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gateway.call import CallerVoice
from gateway.conversation.local_turn import LocalTurn
from gateway.conversation.policy import Detector, Policy, TurnMode
from gateway.conversation.tentative_interruption import TentativeInterruption

BEFORE_MS = 300
"""Heard by the session from before a voice was noticed: soft consonants."""


class TurnAction(Enum):
    """What is to be done."""

    CUT = "cut"
    """Silence the agent; the session does not know why yet."""
    LOWER = "lower"
    RAISE = "raise"
    BEGIN = "begin"
    """The caller's turn begins."""
    ANSWER = "answer"
    """The caller's turn is over."""
    FORGET = "forget"
    """It is over and was none."""


@dataclass(frozen=True, slots=True)
class TurnContext:
    """The conversation as far as it matters here."""

    audible: bool
    """There is something of the agent to be interrupted."""
    greeted: bool
    """No greeting is on that has to be heard out."""
    early: bool
    """The agent has begun a moment ago and may not be interrupted yet."""
    known: bool
    """The session has noticed the caller by itself."""

    @property
    def free(self) -> bool:
        """True if a voice counts."""
        return self.greeted and not self.early


class LocalTurnDetector:
    """Our own detector's part in one call. Times in seconds."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._voice = False
        self._doubt = TentativeInterruption()
        self._turn = LocalTurn(policy.silence)
        self.before_ms = 0
        """With `TurnAction.BEGIN`: how much of what was said before belongs to the turn."""

    @property
    def turn_open(self) -> bool:
        """True while the caller's turn is open, where turns are ours to find."""
        return self._turn.open

    def voice(self, fact: CallerVoice, scene: TurnContext, now: float) -> TurnAction | None:
        """The detector reports."""
        self._voice = fact.on
        # Where the session finds the turns, a voice is only a suspicion, whatever comes of it.
        if self._policy.turns is TurnMode.SESSION:
            return self._suspect(scene, now) if fact.on else self._voice_ended(now)
        if self._turn.open:
            self._turn.voice(now - fact.ago_ms / 1000, on=fact.on)
            return self._over(now) if self._turn.paused(now) else None
        if fact.on and self._policy.turns is TurnMode.VOICE and scene.free:
            return self._begin(now, fact.ago_ms)
        return None

    def key(self, scene: TurnContext, now: float) -> TurnAction | None:
        """The key was pressed."""
        if self._turn.open:
            return self._over(now)
        return self._begin(now, 0) if scene.greeted else None

    def passed(self, scene: TurnContext, now: float) -> TurnAction | None:
        """Time has passed."""
        if self._turn.open:
            return self._over(now) if self._turn.paused(now) else None
        if self._policy.turns is TurnMode.VOICE:
            # A voice that began over a greeting, or in the ignore window, and still goes on.
            return self._begin(now, 0) if self._voice and scene.free else None
        if scene.free and self._doubt.waited():
            return self._suspect(scene, now)
        return TurnAction.RAISE if self._doubt.raises(now, voice=self._voice) else None

    def flushed(self) -> None:
        """The agent was silenced, and is at full level again."""
        self._doubt.flushed()

    def _suspect(self, scene: TurnContext, now: float) -> TurnAction | None:
        if not self._policy.barge_in or not scene.audible:
            return None
        if not scene.free:
            self._doubt.wait()
            return None
        # A plan that ducks leaves the silence to the session.
        if self._policy.detector is Detector.DUCK:
            self._doubt.lower(now)
            return TurnAction.LOWER
        return TurnAction.CUT

    def _voice_ended(self, now: float) -> TurnAction | None:
        self._doubt.voice_ended()
        return TurnAction.RAISE if self._doubt.raises(now, voice=False) else None

    def _begin(self, now: float, ago_ms: int) -> TurnAction:
        self._turn.begin(now - ago_ms / 1000)
        self.before_ms = BEFORE_MS + ago_ms if self._policy.turns is TurnMode.VOICE else 0
        return TurnAction.BEGIN

    def _over(self, now: float) -> TurnAction:
        return TurnAction.ANSWER if self._turn.end(now) else TurnAction.FORGET
