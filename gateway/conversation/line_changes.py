"""What becomes of the line while an agent has it, and what it does about that.

It is held, and nobody is there; somebody joins, and the agent only listens; it is somebody else's from now
on. Times in seconds.
"""

from __future__ import annotations

from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentAudioDropped,
    AgentRole,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    Digit,
    Echoed,
    Fact,
    Held,
    Joined,
    KeepSilent,
    Listen,
    Order,
    ReferFollowed,
    ResponseOverdue,
    ResponseStarted,
    Resumed,
    Separated,
    SessionInterrupted,
    SessionLost,
)
from gateway.conversation.caller_turns import CallerTurns
from gateway.conversation.end_of_call import EndOfCall
from gateway.conversation.hold import HoldClock
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy, TurnMode
from gateway.conversation.responses import Responses

AWAY = "[The caller had put the call on hold for {seconds} seconds, heard nothing meanwhile, and is back.]"
"""What the model is told of a hold: on it there is nobody to speak to."""
SOMEBODY_ELSE = "[The call was put through to {whom}: they are on the line from now on, and nobody else.]"

LineFact = Held | Resumed | Joined | Separated | ReferFollowed
OF_OTHERS = (
    AgentAudio
    | AgentAudioDone
    | AgentAudioDropped
    | CallerSaid
    | CallerStartedSpeaking
    | CallerStoppedSpeaking
    | CallerVoice
    | Digit
    | Echoed
    | ResponseOverdue
    | ResponseStarted
    | SessionInterrupted
    | SessionLost
)
"""What asks for nothing of an agent that only listens: people talk with each other."""


class LineChanges:
    """One call's. `hold` is the call's clock, which stands still meanwhile."""

    def __init__(
        self,
        policy: Policy,
        hold: HoldClock,
        caller: CallerTurns,
        responses: Responses,
        on_air: PlaybackTracker,
        end: EndOfCall,
    ) -> None:
        self._policy = policy
        self._hold = hold
        self._caller = caller
        self._responses = responses
        self._on_air = on_air
        self._end = end
        self.listens = False
        """It hears people talk with each other, and says nothing."""
        self._lost = False  # the session, while the agent listened

    def happened(self, fact: LineFact, now: float) -> list[Order]:
        """Return what follows from one."""
        match fact:
            case Held(ours=ours):
                self._hold.begin(now, ours=ours)
                # The session knows nothing of holds, and would go on speaking. An answer of which nothing was
                # heard yet is kept: the caller waits for it.
                cuts = self._policy.hold_cuts and bool(self._on_air) and not ours
                return self._caller.barge_in(unasked=True) if cuts else []
            case Resumed() if not self.listens:
                return [AddText("system", AWAY.format(seconds=s))] if (s := self._hold.end(now)) else []
            case Joined(agent=AgentRole.LISTENS):
                return self._begin_to_listen(now)
            case Separated() | Joined() if self.listens:
                return self._listened(now)
            case ReferFollowed(status=status) if status < 300:
                whom = AddText("system", SOMEBODY_ELSE.format(whom=fact.to.user or fact.to.host))
                silenced = self._caller.silence_agent()  # what it was saying was not for them
                self._responses.answer_owed(to_caller=True)
                return [*silenced, whom]
            case _:
                return []

    def overheard(self, fact: Fact) -> list[Order]:
        """Return what an agent that only listens does about one of `OF_OTHERS`."""
        if isinstance(fact, SessionLost):
            self._lost = True  # people talk on without it
        elif isinstance(fact, ResponseStarted):
            self._responses.started(fact.response_id)
            return [*self._responses.give_up(fact.response_id)]
        return []

    def _begin_to_listen(self, now: float) -> list[Order]:
        self.listens = True
        self._hold.begin(now, ours=True)
        ear: list[Order] = [] if self._policy.turns is TurnMode.SESSION else [Listen(on=True)]
        return [*self._caller.silence_agent(), KeepSilent(on=True), *ear]

    def _listened(self, now: float) -> list[Order]:
        self.listens = False
        self._hold.end(now)
        if self._lost:
            return self._end.session_lost()
        ear: list[Order] = [] if self._policy.turns is TurnMode.SESSION else [Listen(on=False)]
        return [KeepSilent(on=False), *ear]
