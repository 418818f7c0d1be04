"""What is said again: the agent's last words, or the caller's own when it is those that are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.local.reply.digits import read_code, read_digits
from gateway.local.reply.numbers import say_digits
from gateway.local.reply.spelling import name_given
from gateway.local.reply.words import plain

NOTHING_SAID = "I have not said anything yet."
MOST_AGAIN = 160
"""Characters that are said again, but for a longer sentence: about ten seconds."""
NOTHING_HEARD = "You have not told me that yet."

_AGAIN = re.compile(
    r"\b(?:that again|say it again|(?:can|could|would|will) you (?:please )?repeat(?: (?:that|it|this"
    r"|please))*$"
    r"|repeat (?:that|it|this|please)|(?:say|read) (?:that|it) back"
    r"|(?:say|repeat|read) (?:that|the|my|your) (?:\w+ )?(?:number|name|code|sentence|part|again)(?: again)?"
    r"|(?:mind )?repeating(?: that| it)?|(?:repeat|say) (?:again )?what you (?:just )?said|what was that"
    r"|once more|one more time|come again|pardon|what did you say"
    r"|do(?:es)? not (?:hear|understand|catch|get) (?:you|that|it)"
    r"|did not (?:hear|understand|catch|get) (?:you|that|it)"
    r"|(?:speak|talk|say it|say that)(?: \w+){0,2} (?:louder|slower|slowly|clearer|clearly|up)"
    r"|speak up|cannot (?:hear|understand) you)\b|^(?:repeat|what|again|sorry what|sorry|huh"
    r"|hm|louder|slower)(?: please)?$"
)
_GOT_IT = re.compile(
    r"\b(?:did you (?:get|hear|catch|understand|note|write down) (?:that|it|me|this)"
    r"|have you got (?:that|it)|is that (?:right|correct)"
    r"|(?:can|could) you (?:confirm|check) (?:that|it))\b"
)
_CALLERS_OWN = re.compile(
    r"\bwhat did i (?:just )?(?:say|tell)|\brepeat what i (?:just )?said|\bwhat (?:was"
    r"|is) my (?:\w+ )?(?P<asked>number|name|code)"
    r"|\b(?:repeat|say|read)(?: me)?(?: back)? my (?:\w+ )?(?P<named>number|name|code)\b"
)
_FILLS = re.compile(r"\b(?:please|thanks|thank you|for me)\b")
_COURTESY = re.compile(
    r"^(?:sorry|please|hello|hi|hey|ok|excuse me|thanks|thank you|no|yes|well|um|uh|and|i)(?: (?:sorry"
    r"|please|i))*$"
)


def answer_again(text: str, agent_said: str, caller_said: Sequence[str]) -> str | None:
    """Say again what the caller asks for; None if that is not asked. `text` is as recognised."""
    words = plain(text)
    own = _CALLERS_OWN.search(words)
    if own:
        return _from_before(own["asked"] or own["named"], [*_just_told(text), *caller_said])
    again = _AGAIN.search(words) or _GOT_IT.search(words)
    if words == "excuse me":  # as a question it asks for the same; else for a moment's attention
        return _last_of(agent_said) or NOTHING_SAID if "?" in text else None
    if not again:
        return None
    if len(read_digits(_FILLS.sub("", words[again.end() :]))) > 1:
        return None  # "repeat the number 8305": another rule says it
    theirs = _said_before_it(text, words[: again.start()])
    if theirs is not None:
        return theirs
    if _GOT_IT.search(words):
        return f"I heard: {caller_said[0]}" if caller_said and caller_said[0] else None
    return _last_of(agent_said) or NOTHING_SAID


def _last_of(said: str) -> str:
    """Return the last sentences, a few seconds of them: nobody wants all of an announcement again."""
    sentences = re.split(r"(?<=[.!?])\s+", said)
    first = len(sentences) - 1
    while first > 0 and sum(len(one) for one in sentences[first - 1 :]) <= MOST_AGAIN:
        first -= 1
    return " ".join(sentences[first:])


def _just_told(text: str) -> list[str]:
    """Return what a caller has told in the same breath: "My name is Anna. What is my name?"."""
    told, _, _ = re.sub(r"[?!,]", ".", text.strip().rstrip("?")).rpartition(".")
    return [told] if told else []


def _said_before_it(text: str, words: str) -> str | None:
    """Say what the caller told in the same breath: "my number is ... Can you repeat that?"."""
    words = re.sub(r"\b(?:can|could|would|will) you(?: please)?$|\bplease$|\band$", "", words.strip()).strip()
    if not words or _COURTESY.match(words):
        return None
    known = _number_in(words)
    if known:
        return known
    statements = re.split(r"(?<=[.!?])\s+", text)
    told = [one for one in statements if not _AGAIN.search(plain(one)) and not _GOT_IT.search(plain(one))]
    told = [one for one in told if not _COURTESY.match(plain(one))]
    if not told or "?" in told[-1] or len(plain(told[-1]).split()) < 3:
        return None
    return f"You said: {told[-1]}"


def _from_before(wanted: str | None, caller_said: Sequence[str]) -> str:
    for before in caller_said:
        if wanted == "name" and (name := name_given(before)):
            return f"Your name is {name}."
        if wanted in ("number", "code") and (known := _number_in(plain(before))):
            return known
        if wanted is None and before:
            return f"You said: {before.rstrip('.')}."
    return NOTHING_HEARD


def _number_in(words: str) -> str | None:
    """Say the number or code in some words, behind what leads to it: "my number is", "it is"."""
    tokens = words.split()
    for start in range(len(tokens)):
        rest = " ".join(tokens[start:])
        digits = read_digits(rest)
        if len(digits) >= 3:
            return f"{say_digits(digits).capitalize()}."
        code = read_code(rest)
        if sum(len(part) for part in code) >= 3:
            return f"{', '.join(say_digits(one) if one.isdigit() else one for one in code)}."
    return None
