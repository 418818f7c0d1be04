"""Who speaks when, and what that is called: answers, interruptions, talk-over, dead air. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.ear.phrases import Phrase

YIELDS_S = 1.0
"""An agent that goes on for longer over a caller was not interrupted by that."""
SHORT_S = 0.6
"""A sound of the caller that is no longer may be an "mm-hm": the agent may speak on."""
STOPS_EARLY_S = 0.25
"""How much longer than the caller an agent that was interrupted may speak."""


class ExchangeKind(StrEnum):
    """What happens between two people who speak."""

    ANSWER = "answer"
    """The agent begins after the caller has ended; `seconds` lie between."""
    BARGE_IN = "barge_in"
    """The caller begins while the agent speaks, which ends for that, `seconds` after."""
    TALK_OVER = "talk_over"
    """Caller and agent speak together for `seconds`, and neither gives way."""
    BREAK_IN = "break_in"
    """The agent begins while the caller speaks; `seconds` together."""
    BACKCHANNEL = "backchannel"
    """A short sound of the caller, over which the agent speaks on."""
    DEAD_AIR = "dead_air"
    """Nobody speaks for `seconds`, and it is the agent's turn."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One of these. `at` and `seconds` in seconds of the recording."""

    kind: ExchangeKind
    at: float
    seconds: float


def exchanges(
    caller: Sequence[Phrase],
    agent: Sequence[Phrase],
    length: float,
    patience: float,
    tones: Sequence[Phrase] = (),
) -> list[Exchange]:
    """Return what happens between two sides in a recording of `length` seconds, in order.

    `patience` is for how many seconds nobody may speak when it is the agent's turn: from the beginning, and
    after the caller's words. `tones` are those phrases of either side that are no words, such as keys: they
    are answered and are an answer, but nobody is talked over by them.
    """
    words = [one for one in caller if one not in tones], [one for one in agent if one not in tones]
    found = [*_overlaps(*words), *_waits(caller, agent, length, patience)]
    return sorted(found, key=lambda one: one.at)


def _overlaps(caller: Sequence[Phrase], agent: Sequence[Phrase]) -> Iterator[Exchange]:
    for spoken in agent:
        for words in caller:
            together = spoken.overlap(words)
            if together <= 0:
                continue
            if words.start <= spoken.start:
                yield Exchange(ExchangeKind.BREAK_IN, spoken.start, together)
            elif _gave_way(spoken, words):
                yield Exchange(ExchangeKind.BARGE_IN, words.start, spoken.end - words.start)
            elif words.seconds <= SHORT_S:
                yield Exchange(ExchangeKind.BACKCHANNEL, words.start, words.seconds)
            else:
                yield Exchange(ExchangeKind.TALK_OVER, words.start, together)


def _gave_way(spoken: Phrase, words: Phrase) -> bool:
    """Return whether the agent ended for the caller's words: soon, and not long after they were over."""
    after = spoken.end - words.start
    return after <= YIELDS_S and spoken.end <= words.end + STOPS_EARLY_S


def _waits(
    caller: Sequence[Phrase], agent: Sequence[Phrase], length: float, patience: float
) -> Iterator[Exchange]:
    """Yield answers and dead air: what follows each moment from which on it is the agent's turn."""
    first = min([one.start for one in (*caller, *agent)], default=length)
    if first > patience:
        yield Exchange(ExchangeKind.DEAD_AIR, 0.0, first)
    for number, words in enumerate(caller):
        if any(spoken.start < words.end < spoken.end for spoken in agent):
            continue  # the agent speaks already
        following = min((spoken.start for spoken in agent if spoken.start >= words.end), default=length)
        again = caller[number + 1].start if number + 1 < len(caller) else length
        wait = min(following, again) - words.end
        if following <= again and following < length:
            yield Exchange(ExchangeKind.ANSWER, words.end, wait)
        if wait > patience:
            yield Exchange(ExchangeKind.DEAD_AIR, words.end, wait)
