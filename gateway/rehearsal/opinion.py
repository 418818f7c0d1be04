"""Whether what was said amounts to a sentence: who thinks so, and why. Here by words alone. Pure.

No meaning is known here. Words of the same stem count, and those that recognition has heard nearly right; a
few that mean the same on the telephone; numbers have to be the same; and a "not" has to stand in both, or in
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from gateway.rehearsal.wording import plain

BY_WORDS = "by words alone"
ONES = "zero one two three four five six seven eight nine"
EMPTY = """
a an the is are was were be been being am i you he she it we they its their his her my your our to of and or
in on at for with by from as that this there here so then than do does did has have had will would can could
shall should may might must if when what who which how about into over again just also too very please agent
caller assistant say says said tell tells told answer answers ask asks asked
"""
"""Words that tell nothing of what a sentence is about."""
ENOUGH = 0.5
"""The part of a sentence's weight that has to be heard."""
NEARLY = 0.8
"""How much of two words' letters has to be the same for one to be the other, misheard."""
_NUMBERS = frozenset(
    (
        f"{ONES} ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
        "thirty forty fifty sixty seventy eighty ninety hundred thousand"
    ).split()
)
_EMPTY = frozenset(EMPTY.split())
_NOT = re.compile(r"\b(?:no|not|never|cannot|nobody|nothing|none|without|unable|un\w+able|\w+n't|refuses?)\b")
_PARTS = re.compile(r"[.!?;,:]+")
_ALIKE = (
    {"sorry", "apologise", "apologize", "apology", "regret"},
    {"goodbye", "bye", "farewell"},
    {"connect", "transfer", "put", "through", "forward"},
    {"open", "opens", "opening", "hours"},
    {"price", "cost", "charge", "pay"},
    {"offer", "propose", "suggest", "can"},
    {"greet", "greeting", "hello", "hi", "welcome", "good"},
    {"call", "phone", "ring", "telephone"},
    {"refuse", "cannot", "unable", "decline"},
    {"confirm", "confirmed", "booked", "done"},
    {"understand", "catch", "hear", "heard"},
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether something amounts to a sentence. `by`: who says so, and what it rests on."""

    held: bool
    why: str
    by: str


def by_words(sentence: str, said: str) -> Opinion:
    """Judge by words alone."""
    wanted = dict(_telling(sentence)) or {word: word for word in plain(sentence).split()}
    heard = set(dict(_telling(said))) | set(plain(said).split())
    missing = sorted(word for word in wanted if not _among(word, heard))
    weight = sum(map(_weight, wanted))
    score = 1 - sum(map(_weight, missing)) / weight if weight else 0.0
    if wrong := [word for word in missing if word in _NUMBERS]:
        return Opinion(False, f"not heard: {', '.join(wrong)}", BY_WORDS)
    without = ", ".join(wanted[word] for word in missing)
    why = f"{score:.2f} of {ENOUGH:.2f}" + (f", without {without}" if without else "")
    if score >= ENOUGH and _denies(sentence) != _denies(_nearest(wanted, said)):
        return Opinion(False, f'{why}, but there is a "not" in one alone', BY_WORDS)
    return Opinion(score >= ENOUGH, why, BY_WORDS)


def _nearest(wanted: Mapping[str, str], said: str) -> str:
    """Return the part of what was said that has most of the words."""
    parts = _PARTS.split(said)
    return max(parts, key=lambda part: sum(_among(word, set(dict(_telling(part)))) for word in wanted))


def _denies(text: str) -> bool:
    return _NOT.search(text.lower().replace("\u2019", "'")) is not None


def _telling(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words that tell something: stem and word."""
    for word in plain(text).split():
        if word not in _EMPTY:
            yield (word if word in _NUMBERS else _stem(word)), word


def _stem(word: str) -> str:
    for ending in ("ing", "edly", "ies", "es", "ed", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word.removesuffix("e") if len(word) > 4 else word


def _among(word: str, heard: set[str]) -> bool:
    if word in heard:
        return True
    if word in _NUMBERS:
        return False
    alike = {_stem(other) for group in _ALIKE if word in {_stem(one) for one in group} for other in group}
    if alike & heard:
        return True
    return any(len(word) > 3 and SequenceMatcher(None, word, other).ratio() >= NEARLY for other in heard)


def _weight(word: str) -> float:
    return 2.0 if word in _NUMBERS else min(2.0, max(0.5, len(word) / 4))
