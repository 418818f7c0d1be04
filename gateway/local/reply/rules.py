"""What the agent answers: one rule after the other until one has something to say."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.local.reply import Asked, SpokenReply
from gateway.local.reply.arithmetic import answer_arithmetic
from gateway.local.reply.clock import answer_clock
from gateway.local.reply.digits import answer_digits, read_keys
from gateway.local.reply.facts import answer_fact
from gateway.local.reply.hours import answer_hours
from gateway.local.reply.numbers import say_number
from gateway.local.reply.smalltalk import answer_about, answer_small_talk
from gateway.local.reply.spelling import answer_spelling
from gateway.local.reply.tools import hang_up_call, matching_call, transfer_call
from gateway.local.reply.words import plain

UNSURE = -0.5
"""Confidence under which one recognised text in nine is right."""

NOT_HEARD = "Sorry, I did not catch that. Could you say it again?"
NOT_UNDERSTOOD = "Sorry, I did not understand that. You can ask me what I can do."
STILL_THERE = "Are you still there?"
GOODBYE = "Goodbye, and thank you for calling."

_PARTING = re.compile(
    r"\b(?:good ?bye|bye|see you|hang up|end (?:the|this) call|that (?:is|will be|would be) all"
    r"|talk to you later)\b"
)
_NOT_PARTING = re.compile(r"\b(?:do not hang up|spell|repeat)\b")
_AGAIN = re.compile(
    r"\b(?:that again|say it again|(?:can|could) you repeat(?: (?:that|it|please))?$"
    r"|repeat (?:that|it|please)"
    r"|once more|one more time|come again|pardon|what did you say"
    r"|did not (?:hear|understand|catch|get) (?:you|that|it))\b|^(?:repeat|what|again|sorry what|excuse me)$"
)
_PERSON = re.compile(r"\b(?:human|(?:real|live) person|operator|representative|supervisor|manager)\b")
_MOVED = re.compile(r"\b(?:transfer|connect me|put me through|(?:talk|speak) (?:to|with))\b")

Rule = Callable[[Asked, str], SpokenReply | str | None]
"""Takes what was asked and its plain words."""


def answer(asked: Asked) -> SpokenReply:
    """Answer one turn of the caller."""
    words = plain(asked.text)
    if not words:
        return SpokenReply(NOT_HEARD)
    for rule in RULES:
        said = rule(asked, words)
        if said is not None:
            return SpokenReply(said) if isinstance(said, str) else said
    return SpokenReply(NOT_HEARD if asked.confidence < UNSURE else NOT_UNDERSTOOD)


def _picture(asked: Asked, _words: str) -> str | None:
    """Say of a picture what is known without looking at it: `[image: png, 3000 bytes]`."""
    found = re.search(r"\[image: (\S+), (\d+) bytes\]", asked.text)
    if not found:
        return None
    size = max(1, round(int(found[2]) / 1000))
    unit = "kilobyte" if size == 1 else "kilobytes"
    return f"I got a picture, {found[1]}, {say_number(size)} {unit}. I cannot see what is on it."


def _again(asked: Asked, words: str) -> str | None:
    return (asked.agent_said or "I have not said anything yet.") if _AGAIN.search(words) else None


def _goodbye(asked: Asked, words: str) -> SpokenReply | None:
    if not _PARTING.search(words) or _NOT_PARTING.search(words):
        return None
    call = hang_up_call(asked.tools)
    return SpokenReply(GOODBYE, (call,) if call else ())


def _tool(asked: Asked, _words: str) -> SpokenReply | None:
    call = matching_call(asked.text, asked.tools)
    return SpokenReply("", (call,)) if call else None


def _transfer(asked: Asked, words: str) -> SpokenReply | None:
    if not _PERSON.search(words) and not _MOVED.search(words):
        return None
    call = transfer_call(asked.text, asked.tools)
    if call is None:
        return SpokenReply("I am sorry, I cannot transfer you from here.")
    return SpokenReply("One moment, I will connect you.", (call,))


RULES: tuple[Rule, ...] = (
    lambda asked, _: read_keys(asked.text),
    _picture,
    _again,
    lambda asked, words: answer_digits(words, asked.text),
    _goodbye,
    _tool,
    lambda _, words: answer_arithmetic(words),
    lambda asked, words: answer_clock(words, asked.now),
    lambda asked, words: answer_hours(words, asked.instructions, asked.now),
    lambda asked, _: answer_spelling(asked.text, tuple(asked.caller_said)),
    _transfer,
    lambda asked, words: answer_about(words, asked.instructions),
    lambda asked, words: answer_fact(words, asked.instructions),
    lambda _, words: answer_small_talk(words),
)
"""In order: what is certain first, small talk last."""
