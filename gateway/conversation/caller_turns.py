"""Caller speech: when it interrupts the agent, and when it counts as a turn that the model is to answer.

Where the session does turn detection it says when the caller begins and stops; our own detector is ahead of
it or, if the plan wants it so, in its place.
"""

from __future__ import annotations

from gateway.call import (
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    Clear,
    Commit,
    DeleteItem,
    Duck,
    Listen,
    Order,
    Pause,
    Remind,
    Respond,
)
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.caller_level import SILENT_DB, CallerLevel
from gateway.conversation.callers_wait import CallersWait
from gateway.conversation.interjection import WORDS_WITHIN, Interjection, InterjectionKind
from gateway.conversation.interruptible import Interruptible
from gateway.conversation.kept_answer import KeptAnswer
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy, TurnMode
from gateway.conversation.responses import Responses
from gateway.conversation.server_answers import ANSWERS_WITHIN, ServerAnswers
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
        wait: CallersWait,
    ) -> None:
        self.speaking = False
        self.turn_open = False
        """The caller has spoken and the model has not begun to answer."""
        self._policy = policy
        self._on_air = on_air
        self._responses = responses
        self._agent = Interruptible(policy, on_air, responses, opening)
        self._silence = silence
        self._wait = wait
        self._ears = LocalTurnDetector(policy)
        self.turn_since = 0.0
        self._cut_for_turn = False
        self.interjection = Interjection(policy.silence or 0.0)
        self.kept = KeptAnswer(policy.patience)
        self.answers = ServerAnswers()
        self.level = CallerLevel()

    @property
    def has_floor(self) -> bool:
        """True while the caller's turn is open: the model waits with whatever else it is to say."""
        return self.turn_open or self._ears.turn_open

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
                return self._began(fact.item_id, now)
            case CallerStoppedSpeaking():
                self.speaking = False
                self.turn_since = now
                self._silence.caller_heard(now)
                if self.level.far_ended(self.interjection.item):
                    self.interjection.over()
                    self.answers.unwanted(now)
                    return self._hear_agent_out("", now)
                return self._finished(now, fact.ago_ms / 1000)

    def said(self, fact: CallerSaid, now: float) -> list[Order]:
        """The words of a turn are known: whether it was one, and all of it."""
        if fact.item_id and fact.item_id == self.level.overheard:
            return [DeleteItem(fact.item_id)]
        remind = self.kept.said(fact.text, now)
        waits: list[Order] = [] if remind is None else [Remind(remind)]
        return [*waits, *self._judged(self.interjection.said(fact.text), fact.item_id, now)]

    def key(self, now: float) -> list[Order]:
        """The key that gives and takes the word was pressed."""
        return self._do(self._ears.key(self._scene(now), now), now)

    @property
    def doubtful(self) -> bool:
        """True while nobody knows what the caller said: an answer that comes meanwhile is kept."""
        return self.interjection.heard_out

    def asked(self, request: Respond) -> None:
        """The model is asked to speak."""
        self.answers.asked()
        if request != self._policy.still_there:
            self._silence.agent_asked()

    def answered(self, now: float) -> list[Order]:
        """The model begins to answer."""
        if not self.answers.began(now) and self._responses.active is not None:
            return [*self._responses.give_up(self._responses.active)]
        self.turn_open = False
        # Our own turn is open: the answer was asked for before the caller began, and comes into it. Where the
        # session finds the turns, it does not begin to answer inside of one.
        if self._ears.turn_open and self._policy.barge_in:
            return [*self._responses.silence(frozenset(), stop=True)]
        return []

    def passed(self, now: float, level_db: float | None = None) -> list[Order]:
        """Time has passed. `level_db`: how loud the caller is at this moment, in dB of full scale."""
        if level_db is not None and self.speaking:
            self.level.heard(level_db)
        # A turn that nobody answers was none. Before the detector is asked: it may then take up the sentence.
        if self.turn_open and not self.speaking and now - self.turn_since > COUGH:
            self.turn_open = False
            self._responses.no_turn()
        # The ignore window is over and the caller still speaks: not an echo, and no breath.
        in_the_end = self.speaking and self._agent.in_the_end(now, self.turn_since)
        late = [*(self._interrupts("", now) if in_the_end else []), *self._due(now, level_db)]
        if self.kept.due(now, level_db) and not self.doubtful:
            self.kept.let_go()
        if self.answers.due(now):
            self._responses.answer_owed(to_caller=True)
        act = self._ears.passed(self._scene(now), now)
        return [*late, *self._do(act, now)] if act is not None else late

    def _began(self, item_id: str, now: float) -> list[Order]:
        self._takes_floor(now)
        goes_on = self._goes_on()
        if not self.interjection.open and (not self._policy.barge_in or self._agent.too_early(now)):
            return goes_on
        return [*goes_on, *self._interrupts(item_id, now)]

    def _goes_on(self) -> list[Order]:
        """The caller speaks on: what was to answer the first half of it is not heard."""
        return [] if self.interjection.open or not self.kept.waits else self._drop_kept()

    def _drop_kept(self) -> list[Order]:
        kept = self.kept.let_go()
        return [] if kept is None else [*self._responses.give_up(kept)]

    def _takes_floor(self, now: float) -> None:
        self.heard(now)
        self.answers.asked()
        self.speaking = self.turn_open = True
        self.turn_since = now
        self.level.begin()

    # --- over the agent ------------------------------------------------------------------------------

    def _interrupts(self, item_id: str, now: float) -> list[Order]:
        """The caller speaks over the agent: silence it, and find out whether it has to stop."""
        waits = self._policy.ignores_backchannels and self._policy.turns is not TurnMode.KEY
        if not waits or not self._agent.has_more_to_say(now, paused=self.interjection.open):
            return self.barge_in()
        return self._pause(now, item_id)

    def _pause(self, now: float, item_id: str = "", *, known: bool = True) -> list[Order]:
        paused: list[Order] = [] if self.interjection.open else [Pause(on=True)]
        self._on_air.pause(now)
        return [*paused, Remind(self.interjection.begin(now, item_id, known=known))]

    def _due(self, now: float, level_db: float | None) -> list[Order]:
        """Judge a voice over the agent that goes on."""
        silent = level_db is not None and level_db < SILENT_DB
        item_id, verdict = self.interjection.item_id, self.interjection.due(now, silent=silent)
        if verdict is InterjectionKind.INTERRUPTION and self.speaking and self.level.judged_far(item_id):
            return self._hear_agent_out("", now)
        if not self.speaking or (near := self.level.comes_near(agent_speaks=bool(self._on_air))) is None:
            return self._judged(verdict, "", now)
        self.turn_open = True
        return self._interrupts(near, now) if self._on_air else []

    def _finished(self, now: float, ago: float) -> list[Order]:
        self.kept.turn_ended(now, ago)
        item_id, words = self.interjection.item_id, self._policy.hears_words
        verdict = self.interjection.end(now, ago, words=words)
        remind: list[Order] = [Remind(WORDS_WITHIN)] if self.doubtful else []
        return [*remind, *self._judged(verdict, item_id, now)]

    def _judged(self, verdict: InterjectionKind | None, item_id: str, now: float) -> list[Order]:
        if verdict is InterjectionKind.INTERRUPTION:
            silenced = self.barge_in(unasked=True, kept=self.kept.response_id)
            return [*silenced, *self._answer_it(now, cancelled=len(silenced) > 1)]
        return [] if verdict is None else self._hear_agent_out(item_id, now)

    def _answer_it(self, now: float, *, cancelled: bool) -> list[Order]:
        """The turn was one, and the answer to it may be heard, if all of it was said."""
        if not self.kept.waits:
            self.kept.let_go()
        if self.speaking:
            return []
        if self._policy.turns is TurnMode.SESSION:
            if cancelled:
                self.answers.wanted(now)
            return [Remind(ANSWERS_WITHIN)] if cancelled else []
        self._responses.answer_owed(to_caller=True)
        return [*self._responses.ask()]

    def _hear_agent_out(self, item_id: str, now: float) -> list[Order]:
        """It was no turn: the agent goes on where it was, and nobody answers."""
        if self.kept.response_id is None and item_id:
            self.answers.unwanted(now)
        stopped = self._drop_kept()
        forgotten: list[Order] = [DeleteItem(item_id)] if item_id else []
        self.turn_open = False
        self._wait.no_turn()
        self._responses.no_turn()
        self._on_air.goes_on(now)
        return [*stopped, *forgotten, Pause(on=False)]

    def silence_agent(self) -> list[Order]:
        """Flush what it says, if it does: of keys the session knows nothing, and does not stop by itself."""
        return self.barge_in(unasked=True) if self._on_air or self._responses.active else []

    def barge_in(self, *, unasked: bool = False, kept: str | None = None) -> list[Order]:
        """Silence the agent for good: see `Interruptible.silence`."""
        self._ears.flushed()
        self.interjection.over()
        return self._agent.silence(unasked=unasked, kept=kept)

    def _scene(self, now: float) -> TurnContext:
        return self._agent.context(now, known=self.speaking)

    def _do(self, act: TurnAction | None, now: float) -> list[Order]:
        match act:
            case None:
                return []
            case TurnAction.CUT:
                # The agent waits until the session has heard it, too: a cough costs no sentence.
                return self._pause(now, known=self.speaking)
            case TurnAction.LOWER | TurnAction.RAISE:
                return [Duck(LOWERED if act is TurnAction.LOWER else 1.0)]
            case TurnAction.BEGIN:
                return self._turn_begins(now)
            case TurnAction.ANSWER | TurnAction.FORGET:
                return self._turn_ends(now, said=act is TurnAction.ANSWER)

    def _turn_begins(self, now: float) -> list[Order]:
        self._takes_floor(now)
        goes_on = self._goes_on()
        self._cut_for_turn = self._policy.barge_in and bool(self._on_air or self._responses.active)
        silenced = self._interrupts("", now) if self._cut_for_turn else []
        return [*goes_on, *silenced, Listen(on=True, before_ms=self._ears.before_ms)]

    def _turn_ends(self, now: float, *, said: bool) -> list[Order]:
        self.speaking = self.turn_open = False
        self._silence.caller_heard(now)
        if self.level.far_ended(self.interjection.item) or (not said and self.interjection.open):
            self.interjection.over()
            return [Clear(), Listen(on=False), *self._hear_agent_out("", now)]
        closed: list[Order] = [Commit() if said else Clear(), Listen(on=False)]
        judged = self._finished(now, self._policy.silence or 0.0)
        if self.doubtful or judged:
            return [*closed, *judged]
        # A turn too short to be one is forgotten; an agent that was cut off for it says its sentence again.
        if said:
            self._responses.answer_owed(to_caller=True)
        else:
            self._responses.no_turn()
            if self._cut_for_turn:
                self._responses.resume_response()
        return [*closed, *self._responses.ask()]
