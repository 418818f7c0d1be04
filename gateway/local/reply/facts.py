"""Answers that stand in the instructions: the sentence that shares most of the question's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from gateway.local.reply.speakable import speakable
from gateway.local.reply.words import plain, word_list

_COMMON = frozenset(
    word_list(
        "a an and any are as at be by can could do does for from get give has have how i if in is it like me "
        "my no not of on or our please so some tell that the their them there this to want was we what when "
        "where which who why will with would yes you your about know need hi hello ok um uh us am up out go "
        "make much many one say said did thing let"
    )
)
_ORDERS = re.compile(
    r"^(?:you(?! can (?!help|answer|transfer|use|speak|say|tell|ask|call|look|check|offer|hang|end|take))"
    r"|your|never|always|do not|don't|be|say|ask|answer|keep|speak|use|greet|if|when the|act|talk"
    r"|reply|respond|please|the caller|callers)\b",
    re.IGNORECASE,
)
_WHERE = re.compile(r"^(?:\w+ ){0,3}?where(?:'d| did| is| are| do i find)\b")
_PLACE = re.compile(
    r"\b(?:located|address|street|road|avenue|square|floor|building|in the|at the|near|next to|behind"
    r"|opposite|corner|station|airport|lane|drive|park|centre|center|find us|(?-i:\d+ [A-Z][a-z]+))\b",
    re.IGNORECASE,
)
"""What a sentence has that says where something is: another one that speaks of it is no answer."""
_ALIKE = {
    "address": "located", "located": "address", "location": "address", "cost": "price", "costs": "price",
    "prices": "price", "phone": "telephone", "number": "telephone", "email": "mail", "park": "parking",
    "ship": "shipping", "deliver": "delivery", "pay": "payment", "payments": "payment", "find": "address",
}  # fmt: skip


ENOUGH = 0.45
"""The part of a question's words that a sentence has to share."""
SURE_LETTERS = 4
MISHEARD = 0.9
"""What a word counts that recognition may have made of another."""


def fact_sentences(instructions: str) -> list[str]:
    """Return the sentences that state something, not those that tell the agent how to behave."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z0-9\"“])|\n+", instructions)
    stripped = [re.sub(r"^[\s\-*•\d.)]+(?=[A-Za-z])", "", sentence).strip() for sentence in sentences]
    return [one for one in stripped if len(one.split()) >= 3 and not _ORDERS.match(one)]


def answer_fact(text: str, instructions: str, known: Sequence[str] = ()) -> str | None:
    """Say the sentence that answers a question best, if one shares enough of its words.

    Those that hold something of `known`, which another rule has looked at, are left out.
    """
    asked = _content(text)
    if not asked:
        return None
    best, score = "", 0.0
    place = _WHERE.search(text)
    for sentence in fact_sentences(instructions):
        if any(one in sentence for one in known) or (place and not _PLACE.search(sentence)):
            continue
        words = _content(plain(sentence))
        shared = sum(max(map(partial(_alike, word), words), default=0.0) for word in asked)
        if shared / len(asked) > score:
            best, score = sentence, shared / len(asked)
    return speakable(best).rstrip(".:") + "." if score >= ENOUGH else None


def _alike(asked: str, word: str) -> float:
    """Return how surely two words are one: the same, or of one meaning; less where one may be misheard."""
    if word in (asked, _ALIKE.get(asked)):
        return 1.0
    near = len(asked) >= SURE_LETTERS and asked[0] == word[0] and abs(len(asked) - len(word)) <= 1
    return MISHEARD if near and _one_letter_off(asked, word) else 0.0


def _one_letter_off(one: str, other: str) -> bool:
    """Return whether two words differ in one letter: another, one more or one less."""
    first = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if first is None:
        return True
    rests = one[first + 1 :], other[first + 1 :]
    return rests[0] == rests[1] or rests[0] == other[first:] or one[first:] == rests[1]


def _content(text: str) -> set[str]:
    return {_stem(word) for word in text.split() if word not in _COMMON and len(word) > 1}


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
