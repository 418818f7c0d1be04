"""What one session leaves to the next: what was said, what nobody has answered yet, and whose word it is.

Follows the facts and orders of a call. A session that takes the line is told the history, hears the caller's
audio that is still unanswered, learns of a turn that ended meanwhile, and is asked what is still to be asked.
"""

from __future__ import annotations

import dataclasses

from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    ApprovalRequested,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CancelResponse,
    Clear,
    Commit,
    ModelOrder,
    ProviderToolCalled,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionLost,
    ToolCalled,
)
from gateway.realtime import error_policy
from gateway.realtime.backlog import Backlog
from gateway.realtime.continuity.attached_session import AttachedSession
from gateway.realtime.continuity.history import History
from gateway.realtime.continuity.pending_response import PendingResponse
from gateway.realtime.continuity.unanswered_audio import MOST_MS, UnansweredAudio
from gateway.realtime.continuity.voice_level import voice_ago_ms
from gateway.realtime.error_policy import Reaction

DONE_MS = 1_000
"""Since the caller's last word, after which a server that listens would have said something."""
NOTICE = (
    "The telephone line to you was interrupted for a moment and is back. The conversation so far is above. "
    "Go on where you stopped, without greeting again and without mentioning the interruption."
)
"""Told to the model after an outage, so that it does not begin anew."""

REPLACED = "session_replaced"
"""Why a session that served to its end is left."""

DETECTION_MS = 300
"""Of caller audio given to a successor: what turn detection takes for the beginning of a word."""


class Handover:
    """One call's."""

    def __init__(self) -> None:
        self.pending_response = PendingResponse()
        self.unanswered_audio = UnansweredAudio()
        self.backlog = Backlog(most_ms=MOST_MS)
        """Caller audio that waits for the session on the line, or for the next one."""
        self._history = History()
        self._turn_waits = False  # it was committed while there was no session

    def ordered(self, order: ModelOrder, line: AttachedSession | None) -> None:
        """Follow an order, and have the session on the line carry it out; None: the next one is told."""
        self._history.ordered(order)
        match order:
            case Respond():
                self.pending_response.asked(order)
            case CancelResponse():
                self.pending_response.cancelled()
            case Commit():
                self._committed(line)
            case Clear():
                self._cleared(line)
            case _:
                pass
        if line is not None:
            line.execute(order, self._history)

    def on_fact(self, fact: SessionFact, line: AttachedSession) -> None:
        """Follow a fact of the session on the line."""
        self._history.on_fact(fact)
        if not isinstance(fact, SessionLost):
            self.unanswered_audio.sign_of_life()
        match fact:
            case AgentAudio():  # the hot path
                self.pending_response.gave_audio()
            case ResponseStarted():
                self.pending_response.response_began()
            case CallerStartedSpeaking():
                self.pending_response.caller_began(fact.item_id)
                self.unanswered_audio.turn_began(fact.audio_start_ms)
            case CallerStoppedSpeaking():
                self._history.caller_turn(fact.item_id, self.unanswered_audio.turn_ended(fact.audio_end_ms))
                self.pending_response.caller_ended(answered=line.answers_by_itself)
            case ToolCalled() | ProviderToolCalled() | ApprovalRequested():
                self.pending_response.gave_call()
            case ResponseEnded(status="failed") if error_policy.of_code(fact.error) is not Reaction.FATAL:
                self.pending_response.response_failed()  # after a fatal failure, the session's loss follows
            case _:
                pass

    def answer_due(self, line: AttachedSession) -> bool:
        """Return whether the caller has said something to which the session has said nothing, and is done."""
        ago = voice_ago_ms(self.unanswered_audio.unheard())
        if ago is None:
            if not self.unanswered_audio.in_turn:
                self.unanswered_audio.nothing_said()
            return self.unanswered_audio.in_turn
        return ago >= max(DONE_MS, line.silence_ms + DONE_MS // 2)

    def dated(self, stopped: CallerStoppedSpeaking, line: AttachedSession) -> CallerStoppedSpeaking:
        """Tell how long ago the caller's last word ended. Servers count the silence after it to a turn."""
        ago_ms = self.unanswered_audio.ago_ms(stopped.audio_end_ms) + line.silence_ms
        return dataclasses.replace(stopped, ago_ms=ago_ms)

    def recall(self, item_id: str, text: str, pcm: bytes, line: AttachedSession | None) -> None:
        """The caller hears the agent say something that no session has made: let it be remembered."""
        self._history.on_fact(AgentAudio("", item_id, pcm))
        self._history.on_fact(AgentAudioDone("", item_id))
        self._history.on_fact(AgentSaid(item_id, text))
        self.pending_response.gave_audio()
        if line is not None:
            line.recall(item_id, self._history)

    def leave(self, line: AttachedSession, code: str) -> list[SessionFact]:
        """Bring what a session leaves open to an end; give the facts that nobody waits for in vain then."""
        line.ready = False  # what is ordered from here on is for the next one
        interpreter = line.session.protocol.interpreter
        self._history.unfinished(interpreter.unfinished())
        speaking, active = self.pending_response.speaking, interpreter.active is not None
        self.pending_response.session_lost(active=active)
        facts = list(interpreter.abandon(code))
        if speaking is not None:
            # The next session is to hear the whole turn, and to say itself when it is over.
            facts.append(CallerStoppedSpeaking(speaking))
        elif code == REPLACED and not line.turns_are_ours:
            return facts
        if unanswered := self.unanswered_audio.unanswered():
            self.backlog.clear()
            self.backlog.put(unanswered)
        return facts

    def take(self, line: AttachedSession) -> None:
        """Put a session on the line: tell it what was said, let it hear what was not answered."""
        line.ready = True
        line.session.backlog = self.backlog
        line.tell(self._history)
        self.unanswered_audio.begin_again(self.backlog.contents(), turns_are_ours=line.turns_are_ours)

    def part(self, line: AttachedSession) -> None:
        """Let a session go that was left in good health; its successor begins with a little of its audio."""
        line.session.backlog = Backlog()
        if not self.backlog and not line.turns_are_ours:
            # A caller who begins to speak just now began a little earlier: detection wants to hear that.
            self.backlog.put(self.unanswered_audio.last(DETECTION_MS))

    def go_on(self, line: AttachedSession, *, notice: bool = True) -> bool:
        """Have the agent go on where it stopped, if the word is its; say whether it is to answer."""
        if notice:
            line.session.execute(AddText("system", NOTICE))
        if self._turn_waits:
            self._turn_waits = False
            line.session.execute(Commit())
            self._committed(line)
        question = self.pending_response.question
        if question is not None:
            line.session.execute(question)
        return question is not None

    def forget(self) -> None:
        """The call is over: nothing is handed over any more.

        What a call was made of waits for the collector, as its tasks' exceptions refer to themselves; up to a
        megabyte of audio shall not wait with it.
        """
        self.unanswered_audio.begin_again()
        self.backlog.clear()
        self._history = History()

    def _committed(self, line: AttachedSession | None) -> None:
        if line is None:
            self._turn_waits = True
        elif line.turns_are_ours:
            self._history.committed_turn(self.unanswered_audio.committed())

    def _cleared(self, line: AttachedSession | None) -> None:
        if line is None:
            if self._turn_waits:
                return  # a turn that is one waits there as well
            self.backlog.clear()
        if line is None or line.turns_are_ours:
            self.unanswered_audio.committed()
