"""The small timers of a conversation. Each is one object per call, and all have one shape.

What happened is told by methods named for it (`answered`, `caller_heard`, `began`); `due` returns what is to
be done by now. Only a timer changes its own state, none knows another, none gives an order: the machine asks
them at every tick, in an order that it explains.

`now` is in seconds of any one clock that never goes backwards. The machine gives them one that stands still
while the caller holds, `CallLimits` alone the one on the wall: nobody pays less for a call on hold.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from math import inf

from gateway.call import Answered, AnsweredBy, CostUpdated, LegStatus, LimitReached, Reason, Ringing

SHOWS_WITHIN = 6.0
"""Seconds from a new session until it shows that the caller had spoken, or that it is about to answer."""
LISTENS_S = 3.0
"""Seconds for which a hold prompt waits for a caller who speaks, however often they begin again."""
TO_ANSWER = 10.0
"""Seconds before the end in which a silent caller is asked whether they are there, or half of the silence."""
SHORTEST_ASKED = 3.0
"""Seconds of silence, at least, in which there is room for a question and an answer."""
KEY_PAUSE = 1.5
"""Seconds without a key after which what was keyed is complete."""
MOST_KEYS = 32
"""Keys after which it is complete in any case: nobody keys a longer number."""


class CallLimits:
    """The plan's bounds of a call: how long it may last, and what it may cost."""

    def __init__(self, max_duration: float, max_cost: Decimal | None, leg: LegStatus) -> None:
        self._max_duration = max_duration
        self._max_cost = max_cost
        self._leg = leg

    def reached(self, fact: CostUpdated | LimitReached) -> Reason | None:
        """Return the reason if the call has cost enough, or a limit that is not its alone is reached."""
        if isinstance(fact, LimitReached):
            return fact.reason
        usd = fact.usd  # None: nobody knows
        if usd is None or self._max_cost is None or usd < self._max_cost:
            return None
        return Reason.MAX_COST

    def due(self, now: float) -> Reason | None:
        """Return the reason if the call has lasted long enough. What it rang does not count."""
        if self._leg.answered_at is None or now - self._leg.answered_at < self._max_duration:
            return None
        return Reason.MAX_DURATION

    @property
    def wake_at(self) -> float:
        """Return when that will be."""
        answered = self._leg.answered_at
        return inf if answered is None else answered + self._max_duration


class Inactivity(Enum):
    """What a long silence asks for."""

    PROMPT = "prompt"
    """The agent is to ask whether anybody is there."""
    HANG_UP = "hang up"
    """The line is dead or forgotten."""


class InactivityTimer:
    """How long nobody has spoken. It runs from the answer on.

    An agent that only asks whether anybody is there breaks no silence, be it told to or asking by itself (a
    server with an idle time-out, again and again): what it says without a reason counts for nothing.

    `idle_timeout`: after so long the agent is to speak up, None: only `asks`; `max_silence`: then nobody is
    there; `asks`: before that the agent is to ask, once.
    """

    def __init__(self, idle_timeout: float | None, max_silence: float, *, asks: bool = False) -> None:
        self._idle_timeout = idle_timeout
        self._max_silence = max_silence
        self._to_answer = min(TO_ANSWER, max_silence / 2)
        self._asks = asks and max_silence >= SHORTEST_ASKED
        self._server_prompts = False
        self._since: float | None = None  # when somebody was heard last
        self._silent_since = 0.0  # when somebody was who had a reason to speak
        self._reason = True  # the next response has one
        self._spoken_for = True  # the last one had
        self._sounded = False  # something of it was heard
        self._prompted = False  # since the caller was heard last

    def line_opens(self, fact: Ringing | Answered | AnsweredBy, now: float) -> None:
        """Begin to count when the call is answered."""
        if isinstance(fact, Answered):
            self.answered(now)

    def answered(self, now: float) -> None:
        """The caller can be heard from now on."""
        self._since = self._silent_since = now

    def session_ready(self, *, server_prompts: bool) -> None:
        """A session took the line; `server_prompts`: it has the plan's idle time-out and asks by itself."""
        self._server_prompts = server_prompts
        self._reason = True  # it may go on with what the last one was saying

    def caller_heard(self, now: float) -> None:
        """The caller spoke or pressed a key: after the next silence they may be asked again."""
        self._since = self._silent_since = now
        self._prompted, self._reason = False, True

    def agent_asked(self) -> None:
        """The agent was asked to speak, and not about the silence."""
        self._reason = True

    def response_began(self) -> bool:
        """The agent is about to speak: return True if it has a reason, False if it is that nobody does."""
        self._spoken_for, self._reason, self._sounded = self._reason, False, False
        self._prompted = self._prompted or not self._spoken_for
        return self._spoken_for

    def response_sounds(self, now: float) -> None:
        """Something of it is heard."""
        self._sounded = True
        self.agent_heard(now)

    def response_ended(self, now: float, *, broke: bool) -> None:
        """It is over. What takes the place of one that `broke`, or was not heard, has the same reason."""
        self.agent_heard(now)
        if broke or not self._sounded:
            self._reason = self._reason or self._spoken_for

    def agent_heard(self, now: float) -> None:
        """The agent spoke. That is no sign of the caller: whoever was asked once is not asked again."""
        self._since = now
        if self._spoken_for:
            self._silent_since = now

    def due(self, now: float, *, busy: bool) -> Inactivity | None:
        """Return what the silence asks for. `busy`: somebody speaks, or an answer is being made.

        Silence counts from the end of that: an answer that takes its time is nobody's silence.
        """
        if self._since is None:
            return None
        if busy:
            self.agent_heard(now)
            return None
        silent, quiet = now - self._silent_since, now - self._since
        if silent >= self._max_silence and quiet >= self._to_answer / 2:
            return Inactivity.HANG_UP
        if self._server_prompts or self._prompted or not self._is_to_ask(silent, quiet):
            return None
        self._prompted, self._reason = True, False
        return Inactivity.PROMPT

    def wake_at(self, *, busy: bool) -> float:
        """Return before when nothing is due, while it is so."""
        if self._since is None or busy:
            return inf
        hangs_up = self._silent_since + self._max_silence
        if self._server_prompts or self._prompted:
            return hangs_up
        asks = self._silent_since + self._max_silence - self._to_answer if self._asks else inf
        return min(hangs_up, asks, inf if self._idle_timeout is None else self._since + self._idle_timeout)

    def _is_to_ask(self, silent: float, quiet: float) -> bool:
        if self._idle_timeout is not None and quiet >= self._idle_timeout:
            return True
        return self._asks and silent >= self._max_silence - self._to_answer


class HoldPrompts:
    """A long wait, between two sessions or for an answer, as the caller lives it: a word now and then.

    A session that is there again has yet to hear what the caller has said, and to answer: on a busy machine
    that takes as long as the outage did. So the wait is over when the agent is heard, or when nobody waits
    after all. `after`: seconds until the first word; `every`: from one beginning to the next.
    """

    def __init__(self, after: float, every: float) -> None:
        self._after = after
        self._every = every
        self._next: float | None = None
        self._wanted = 0.0  # `_next`, had nobody spoken
        self._unless_by: float | None = None  # over, unless somebody is seen to wait until then
        self._said = False  # in this wait, which is a long one then
        self._lost = False  # a session, in this wait
        self._number = 0

    def began(self, now: float, *, lost: bool) -> None:
        """The session is lost, another one is being opened; or its answer is overdue."""
        self._unless_by = None
        self._lost = self._lost or lost
        if self._next is None:
            self._next = self._wanted = now + self._after

    def session_ready(self, now: float) -> None:
        """There is a session again."""
        self._unless_by = now + SHOWS_WITHIN

    def answer_began(self) -> None:
        """Somebody waits after all: an answer is being made."""
        self._unless_by = None

    def caller_began(self, now: float) -> None:
        """The caller speaks again, and is to be answered anew.

        What was overdue is not any more. But a new session hears what was said before it came, and on a busy
        machine it tells late that the caller has finished: they are listened to for a while, and wait on.
        """
        if self._lost:
            self._put_off(now, LISTENS_S)
        else:
            self.over()

    def caller_ended(self, now: float) -> None:
        """The caller has spoken: the answer may take its usual time."""
        self._put_off(now, self._after)

    def over(self) -> None:
        """The agent is heard, or has nothing to say."""
        self._next = self._unless_by = None
        self._said = self._lost = False

    def due(self, now: float) -> str:
        """Return the name of the item to play now, a new one each time; "" for none."""
        if self._unless_by is not None and (now >= self._unless_by or not self._said):
            # A new session, and nobody known to wait: whoever was told nothing so far is told nothing now,
            # and for whoever was, the wait is over unless the session shows them waiting.
            if now >= self._unless_by:
                self.over()
            return ""
        if self._next is None or now < self._next:
            return ""
        self._said = True
        self._next = self._wanted = now + self._every
        self._number += 1
        return f"hold_{self._number}"

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        if self._unless_by is not None:
            return -inf
        return inf if self._next is None else self._next

    def _put_off(self, now: float, seconds: float) -> None:
        if self._unless_by is not None and not self._said:
            self._wanted = max(self._wanted, now)  # nothing was to be said until somebody was seen to wait
        self._unless_by = None
        if self._next is not None:
            # Put off, but not for ever: a caller who begins again and again waits, too.
            self._next = min(max(self._next, now + seconds), self._wanted + LISTENS_S)


class KeyBuffer:
    """Gathers the keys that a caller presses into one thing said: a number is not ten turns.

    Complete at `#`, after a pause, or at the greatest length.
    """

    def __init__(self) -> None:
        self._keys = ""
        self._last = 0.0

    def pressed(self, key: str, now: float) -> str:
        """Take a key; return all keys if that completes them, else ""."""
        self._last = now
        if key != "#":
            self._keys += key
        elif not self._keys:
            return "#"
        return self.take() if key == "#" or len(self._keys) >= MOST_KEYS else ""

    def due(self, now: float) -> str:
        """Return all keys if the caller has paused long enough, else ""."""
        return self.take() if now >= self.wake_at else ""

    @property
    def wake_at(self) -> float:
        """Return when that will be."""
        return self._last + KEY_PAUSE if self._keys else inf

    def take(self) -> str:
        """Return all keys so far, whatever they come to; they are gone then."""
        keys, self._keys = self._keys, ""
        return keys


class GracefulHangup:
    """The end that was decided on: when the agent's last word was heard, or its time is over.

    `last_words`: seconds that the agent has at most; `after_last_word`: seconds that the phone plays out.
    """

    def __init__(self, last_words: float, after_last_word: float) -> None:
        self._last_words = last_words
        self._after_last_word = after_last_word
        self._at_last: float | None = None  # hang up then, whatever is still on air
        self._quiet_since: float | None = None  # since when nothing is left to be heard

    def began(self, now: float) -> None:
        """The agent wants to hang up, or a limit wants it to."""
        self._at_last = now + self._last_words

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        return inf if self._at_last is None else -inf

    def due(self, now: float, *, busy: bool) -> bool:
        """Return whether it is time, which it never is before `began`.

        `busy`: something is still on air, or being said.
        """
        if self._at_last is None:
            return False
        if busy:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        quiet = self._quiet_since is not None and now - self._quiet_since >= self._after_last_word
        return quiet or now >= self._at_last
