"""The answer that the caller waits for, and what becomes of one that ends without a sound.

A response may end with text alone, with nothing, cut short or cancelled before its first word, or with
reasoning only: the caller hears dead air. The model is asked once more, aloud; if nothing of that is heard
either, the caller is told so in the plan's words. A wait that is long for any reason is for `HoldPrompts`.

A response rightly has no sound if it called a function (another one follows), if the caller spoke, or if
nobody waits for it. One that failed, or ended with its session, is asked for again by the session.
"""

from __future__ import annotations

from enum import Enum, auto
from math import inf

from gateway.call import Announcement, FinishItem, Order, Play, Respond, ResponseEnded

ALOUD = Respond(
    "Your last answer could not be heard by the caller. Answer now, aloud, in the language of the "
    "conversation. If you cannot, say so in one short sentence."
)
MOST_WORDS = 2000
"""Characters of a written answer that are spoken."""
CANCELLED_S = 0.5
"""Seconds until a cancelled response is asked for again: why it was cancelled may be told after it."""
PATIENCE_S = 3.5
"""Seconds of silence that make a wait long: with the hold prompt, something is heard within 5 s."""
LONGEST_S = 20.0
"""Seconds of waiting for nothing that is under way: whatever was to come is lost, and asked for again."""
MOST_UNANSWERED = 3
"""Times in a row that the caller is told so; then the agent counts as lost."""


class Remedy(Enum):
    """What is to be done about an answer that was not heard."""

    WORDS = auto()
    """Tell the caller in the plan's words that there is none."""
    GIVE_UP = auto()
    """Take the agent for lost."""


class AwaitedAnswer:
    """One call's. Times in seconds."""

    def __init__(self) -> None:
        self._waits = False
        self._waits_since = 0.0
        self._quiet_since = 0.0  # somebody was heard last, or the wait began
        self._asked: Respond | None = None  # sent, not begun
        self._begun: Respond | None = None  # what the active response was asked for with
        self._gave = False  # a word or a function call came of the active response
        self._written = ""
        self._again: Respond | None = None
        self._again_at = 0.0
        self._repeated = False  # this answer was asked for again already
        self._failed = False  # in vain
        self._unanswered = 0  # in a row

    # --- the wait ------------------------------------------------------------------------------------

    def turn_ended(self, now: float) -> None:
        """The caller has said something that the session answers by itself."""
        self._quiet_since = self._waits_since = now
        self._waits, self._repeated = True, False

    def caller_began(self) -> None:
        """The caller has the word, and does not wait."""
        self._rest()

    def asked(self, request: Respond, now: float) -> None:
        """The model is asked for a response that the caller waits for."""
        self._asked, self._waits_since = request, now
        if request is self._again:
            self._again = None
            return
        if not self._waits:
            self._quiet_since = now
        self._waits, self._repeated = True, False

    def resolved(self) -> None:
        """There is nothing to wait for: the agent chose to be silent."""
        self._rest()

    def heard(self, now: float) -> None:
        """Somebody is heard, whoever it is."""
        self._quiet_since = now

    def long(self, now: float, *, working: bool) -> bool:
        """Return whether the caller has long waited in silence. `working`: a function is at work."""
        return (self._waits or working) and now - self._quiet_since >= PATIENCE_S

    def passed(self, now: float, *, busy: bool) -> None:
        """Time has passed; `busy`: a response or a function is under way. Nothing is waited for for ever."""
        if busy:
            self._waits_since = now
        elif self._waits and self._again is None and now - self._waits_since >= LONGEST_S:
            self._waits_since = now
            self._was_silent(now)

    def wake_at(self, *, heard: bool, busy: bool) -> float:
        """Return before when nothing is due, while it is so. `heard`: somebody is; `busy`: see `passed`."""
        if self._again is not None or self._failed or (busy and not heard):
            return -inf
        if not self._waits:
            return inf
        lost = inf if busy else self._waits_since + LONGEST_S
        return min(lost, inf if heard else self._quiet_since + PATIENCE_S)

    # --- the answer ----------------------------------------------------------------------------------

    def began(self, now: float) -> None:
        """A response began, whoever asked for it."""
        if not self._waits:
            self._quiet_since = now
        self._begun, self._asked = self._asked, None
        self._gave, self._written, self._again = False, "", None

    def sounded(self) -> None:
        """The agent is heard."""
        self._gave = True
        self._unanswered = 0
        self._rest()

    def called(self) -> None:
        """The response calls a function: what is to be heard comes after its result."""
        self._gave = True

    def wrote(self, text: str) -> None:
        """The response has text that nobody hears."""
        self._written = f"{self._written} {text}".strip()

    def ended(self, fact: ResponseEnded, now: float, *, excused: bool) -> bool:
        """A response is over; return whether another is to be heard in its place.

        `excused`: it was not to be heard.
        """
        if not self._waits or self._gave or excused:
            return False
        if fact.status == "failed" or (fact.status == "cancelled" and fact.error):
            self._asked = self._begun  # the session asks again, or the next one does
        else:
            self._was_silent(now + (CANCELLED_S if fact.status == "cancelled" else 0.0))
        return True

    def again(self, now: float) -> Respond | None:
        """Return what is to be asked for once more, until it was."""
        return None if now < self._again_at else self._again

    def remedy(self) -> Remedy | None:
        """Return what is to be done when that was in vain, once."""
        if not self._failed:
            return None
        self._rest()
        self._unanswered += 1
        return Remedy.GIVE_UP if self._unanswered > MOST_UNANSWERED else Remedy.WORDS

    def words(self, sound: Announcement) -> list[Order]:
        """Return what plays the plan's words, if it has any."""
        name = f"unanswered_{self._unanswered}"
        return [Play(name, sound.pcm, sound.words), FinishItem(name)] if sound else []

    def _was_silent(self, again_at: float) -> None:
        if self._repeated:
            self._failed = True
        else:
            self._repeated, self._again, self._again_at = True, self._louder(), again_at

    def _louder(self) -> Respond:
        if self._written:
            words = self._written[:MOST_WORDS].replace('"', "'")
            return Respond(f'Say exactly these words and nothing else: "{words}"')
        if self._begun is not None and self._begun.instructions is not None:
            return self._begun
        return ALOUD

    def _rest(self) -> None:
        self._waits = self._repeated = self._failed = False
        self._again = None
