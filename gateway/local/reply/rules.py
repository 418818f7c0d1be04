"""What the agent answers: one rule after the other until one has something to say."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.local.reply import Asked, SpokenReply
from gateway.local.reply.arithmetic import answer_arithmetic
from gateway.local.reply.clock import answer_clock
from gateway.local.reply.digits import answer_digits, read_keys
from gateway.local.reply.facts import answer_fact
from gateway.local.reply.filling import filled, missing_question
from gateway.local.reply.hours import answer_hours, asks_holiday
from gateway.local.reply.numbers import say_number
from gateway.local.reply.opening_hours import statements
from gateway.local.reply.repeating import answer_again
from gateway.local.reply.smalltalk import CAN_DO, answer_about, answer_correction, answer_small_talk
from gateway.local.reply.spelling import answer_spelling
from gateway.local.reply.tools import hang_up_call, matching_call, transfer_call
from gateway.local.reply.topics import answer_topic
from gateway.local.reply.units import answer_units
from gateway.local.reply.words import plain

UNSURE = -0.2
"""Confidence under which a text that fits no rule was probably misheard, not only beyond a small agent.

Of twenty questions on a telephone line in pink noise of 12 dB, ten were heard word for word, all but one at
-0.20 to -0.02; most of those misheard beyond understanding had -0.2 to -0.9. Noise alone gives words at -0.2
to -1.8.
"""

LOST = -0.5
"""Confidence under which nine texts in ten are wrong: no courtesy is taken for one, and no topic."""

NOT_HEARD = "Sorry, I did not catch that. Could you say it again?"
NOT_HEARD_WELL = "I could not hear you well. Please say it again, a little louder."
HEARD = "I heard: "
NOT_UNDERSTOOD = "Sorry, I did not understand that. You can ask me what I can do."
BEYOND = "I am sorry, that is beyond me."
STILL_NOT_HEARD = "I am sorry, I still cannot hear you well. Perhaps you can call again from another place."
STILL_NOT_UNDERSTOOD = (
    "I am sorry, I still do not understand you. If there is nothing else, please say goodbye."
)
MOST_ASKED_AGAIN = 2
"""So often in a row a caller is asked to say something again; then he is told that it does not work."""
WORDS_SHOWN = 12
"""Of what was heard and not understood, so many are said."""
STILL_THERE = "Are you still there?"
GOODBYE = "Goodbye, and thank you for calling."

_PARTING = re.compile(
    r"\b(?:good ?bye|bye|see you|hang up|end (?:the|this) call|that (?:is|was|will be|would be) all"
    r"|good night"
    r"|talk to you later)\b"
)
_NOT_PARTING = re.compile(r"\b(?:do not hang up|spell|repeat)\b")
_PERSON = re.compile(
    r"\b(?:humans?|(?:real|live) person|operator|representatives?|supervisor|manager)\b"
    r"|\bis (?:mister|mr|missis|mrs|ms|miss|doctor) \w+ (?:there|in|available|around|free)\b"
)
_ABOUT_ONE = re.compile(
    r"\b(?:are you|am i (?:talking|speaking)|is this|was that)\b|\b(?:who|what) (?:is|was|are|will be)\b"
)
"""Asks who somebody is, instead of asking for him."""
_MOVED = re.compile(r"\b(?:transfer|connect me|put me through|(?:talk|speak) (?:to|with))\b")

Rule = Callable[[Asked, str], SpokenReply | str | None]
"""Takes what was asked and its plain words."""


def answer(asked: Asked) -> SpokenReply:
    """Answer one turn of the caller."""
    words = plain(asked.text)
    if not words:
        return SpokenReply(NOT_HEARD if _asked_again(asked) < MOST_ASKED_AGAIN else STILL_NOT_HEARD)
    lost = asked.confidence < LOST
    for rule in CERTAIN if lost else (*CERTAIN, *LIKELY):
        said = rule(asked, words)
        if said is not None:
            return SpokenReply(said) if isinstance(said, str) else said
    return SpokenReply(_not_understood(asked))


def _not_understood(asked: Asked) -> str:
    """Say what was heard and does not make sense, or that nothing was; the second time, what would."""
    times = _asked_again(asked)
    if asked.confidence < UNSURE:
        return NOT_HEARD_WELL if times < MOST_ASKED_AGAIN else STILL_NOT_HEARD
    if times >= MOST_ASKED_AGAIN:
        return STILL_NOT_UNDERSTOOD
    if times:
        return f"{BEYOND} {CAN_DO}"
    words = asked.text.strip().rstrip(".,!?").split()
    return f"{HEARD}{' '.join(words[:WORDS_SHOWN])}. {NOT_UNDERSTOOD}"


def _asked_again(asked: Asked) -> int:
    """Return how often in a row the caller was asked to say it again, or in other words."""
    before = [agent for agent, _ in reversed(asked.exchanges)] or [asked.agent_said]
    times = 0
    for said in before:
        if not any(one in said for one in (NOT_HEARD, NOT_HEARD_WELL, NOT_UNDERSTOOD, BEYOND)):
            break
        times += 1
    return times


def _picture(asked: Asked, _words: str) -> str | None:
    """Say of a picture what is known without looking at it: `[image: png, 3000 bytes]`."""
    found = re.search(r"\[image: (\S+), (\d+) bytes\]", asked.text)
    if not found:
        return None
    size = max(1, round(int(found[2]) / 1000))
    unit = "kilobyte" if size == 1 else "kilobytes"
    return f"I got a picture, {found[1]}, {say_number(size)} {unit}. I cannot see what is on it."


def _goodbye(asked: Asked, words: str) -> SpokenReply | None:
    if not _PARTING.search(words) or _NOT_PARTING.search(words):
        return None
    call = hang_up_call(asked.tools)
    return SpokenReply(GOODBYE, (call,) if call else ())


def _tool(asked: Asked, _words: str) -> SpokenReply | None:
    call = matching_call(asked.text, asked.tools)
    if call is not None:
        return SpokenReply("", (call,))
    question = missing_question(asked.text, asked.tools)
    return None if question is None else SpokenReply(question)


def _transfer(asked: Asked, words: str) -> SpokenReply | None:
    wants_one = _PERSON.search(words) and not _ABOUT_ONE.search(words)
    if not wants_one and not _MOVED.search(words):
        return None
    call = transfer_call(asked.text, asked.tools)
    if call is None:
        return SpokenReply("I am sorry, I cannot transfer you from here.")
    return SpokenReply("One moment, I will connect you.", (call,))


def _fact(asked: Asked, words: str) -> str | None:
    """Look for a fact; opening hours were looked at before, and are told only to who asks for a holiday."""
    hours = () if asks_holiday(words) else statements(asked.instructions)
    return answer_fact(words, asked.instructions, hours)


CERTAIN: tuple[Rule, ...] = (
    lambda asked, _: read_keys(asked.text),
    _picture,
    lambda asked, _: answer_again(asked.text, asked.agent_said, asked.caller_said),
    _goodbye,
    lambda asked, _: filled(asked.exchanges, asked.tools),
    lambda asked, words: answer_digits(words, asked.text),
    _tool,
    lambda asked, words: answer_units(words, asked.now),
    lambda _, words: answer_arithmetic(words),
    lambda asked, words: answer_clock(words, asked.now),
    lambda asked, words: answer_hours(words, asked.instructions, asked.now),
    lambda asked, _: answer_spelling(asked.text, tuple(asked.caller_said)),
    _transfer,
)
"""In order: what has its own words, which noise does not make."""

LIKELY: tuple[Rule, ...] = (
    lambda asked, words: answer_about(words, asked.instructions),
    _fact,
    lambda _, words: answer_correction(words),
    lambda asked, words: answer_topic(words, asked.instructions),
    lambda _, words: answer_small_talk(words),
)
"""In order: what stands in the instructions, what callers often want, small talk last."""
