"""What the agent answers: one rule after the other until one has something to say."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.local.reply import Asked, Said
from gateway.local.reply.arithmetic import answer_arithmetic
from gateway.local.reply.clock import answer_clock
from gateway.local.reply.digits import read_digits
from gateway.local.reply.facts import answer_fact
from gateway.local.reply.greeting import company
from gateway.local.reply.hours import answer_hours
from gateway.local.reply.numbers import say_digits
from gateway.local.reply.spelling import answer_spelling
from gateway.local.reply.tools import hang_up_call, matching_call, transfer_call
from gateway.local.reply.words import after, has, plain

UNSURE = -0.5
"""Confidence under which one recognised text in nine is right."""

NOT_HEARD = "Sorry, I did not catch that. Could you say it again?"
NOT_UNDERSTOOD = "Sorry, I did not understand that. You can ask me what I can do."
STILL_THERE = "Are you still there?"
CAN_DO = (
    "I can tell you the time and the date. I can do simple sums, spell a name, and repeat digits. "
    "You can also ask me about our opening hours."
)
GOODBYE = "Goodbye, and thank you for calling."

Rule = Callable[[Asked, str], Said | None]
"""Takes what was asked and its plain words."""


def answer(asked: Asked) -> Said:
    """Answer one turn of the caller."""
    words = plain(asked.text)
    if not words:
        return Said(NOT_HEARD)
    for rule in RULES:
        said = rule(asked, words)
        if said is not None:
            return said
    return Said(NOT_HEARD if asked.confidence < UNSURE else NOT_UNDERSTOOD)


def understood(asked: Asked) -> bool:
    """Say whether some rule knows what to do."""
    return answer(asked).text not in (NOT_HEARD, NOT_UNDERSTOOD)


def _key(asked: Asked, _words: str) -> Said | None:
    found = re.fullmatch(r"\[?caller pressed ([\d*#]+).*", asked.text.strip().lower())
    if not found:
        return None
    names = {"*": "star", "#": "pound"}
    keys = [names.get(key) or say_digits(key) for key in found[1]]
    return Said(f"You pressed {' '.join(keys)}.")


def _goodbye(asked: Asked, words: str) -> Said | None:
    parting = has(
        words,
        "good ?bye",
        "bye",
        "bye bye",
        "see you",
        "hang up",
        "end the call",
        "that is all",
        "talk to you later",
    )
    if not parting or has(words, "do not hang up", "spell", "repeat"):
        return None
    call = hang_up_call(asked.tools)
    return Said(GOODBYE, (call,) if call else ())


def _again(asked: Asked, words: str) -> Said | None:
    again = has(
        words, "say (?:that|it) again", "repeat that", "repeat it", "repeat please", "once more", "come again", "pardon",
        "what did you say", "i did not (?:hear|understand|catch|get) (?:you|that|it)", "one more time", "can you repeat",
    )  # fmt: skip
    if not (again or words in ("repeat", "what", "again", "sorry what", "excuse me")):
        return None
    return Said(asked.agent_said or "I have not said anything yet.")


def _digits(asked: Asked, words: str) -> Said | None:
    tail = after(
        words,
        "repeat(?: after me| back)?(?: the)?(?: digits| numbers| number)?",
        "my (?:phone |account |order )?number is",
        "the (?:number|code|pin) is",
        "say after me",
        "read back",
    )
    digits = read_digits(tail, lenient=True) if tail else read_digits(words)
    if digits:
        return Said(f"{say_digits(digits).capitalize()}.")
    if tail and has(words, "repeat after me", "say after me"):
        found = after(asked.text, "after me")
        return Said(f"{found.rstrip('.?!').capitalize()}.") if found else None
    return None


def _arithmetic(_asked: Asked, words: str) -> Said | None:
    return _saying(answer_arithmetic(words))


def _clock(asked: Asked, words: str) -> Said | None:
    return _saying(answer_clock(words, asked.now))


def _hours(asked: Asked, words: str) -> Said | None:
    return _saying(answer_hours(words, asked.instructions, asked.now))


def _spelling(asked: Asked, _words: str) -> Said | None:
    return _saying(answer_spelling(asked.text, tuple(asked.caller_said)))


def _facts(asked: Asked, words: str) -> Said | None:
    return _saying(answer_fact(words, asked.instructions))


def _tool(asked: Asked, words: str) -> Said | None:
    call = matching_call(words, asked.tools) and matching_call(asked.text.lower(), asked.tools)
    if call is None:
        return None
    return Said("", (matching_call(asked.text, asked.tools) or call,))


def _transfer(asked: Asked, words: str) -> Said | None:
    person = has(
        words, "human", "real person", "operator", "representative", "supervisor", "manager", "somebody real"
    )
    moved = has(words, "transfer", "connect me", "put me through", "(?:talk|speak) (?:to|with)")
    if not person and not moved:
        return None
    call = transfer_call(asked.text, asked.tools)
    return (
        Said("One moment, I will connect you.", (call,))
        if call
        else Said("I am sorry, I cannot transfer you from here.")
    )


def _about(asked: Asked, words: str) -> Said | None:
    if has(
        words,
        "what can you do",
        "what do you do",
        "how can you help",
        "help me",
        "can you do",
        "what can i (?:ask|say|do)",
        "help",
    ):
        return Said(CAN_DO)
    if has(
        words,
        "who are you",
        "what are you",
        "your name",
        "who is this",
        "am i (?:talking|speaking) (?:to|with)",
        "are you (?:a|an) .*",
    ):
        name = company(asked.instructions)
        return Said(
            f"I am the voice agent{f' of {name}' if name else ''}. I am a computer, and I run right here, without any cloud."
        )
    if has(words, "how are you", "how do you do"):
        return Said("I am fine, thank you. How can I help you?")
    return None


def _small_talk(_asked: Asked, words: str) -> Said | None:
    for patterns, said in _SMALL_TALK:
        if has(words, *patterns):
            return Said(said)
    return None


_SMALL_TALK = (
    (("thank you", "thanks", "thank", "cheers"), "You are welcome. Is there anything else?"),
    (("hello", "hi", "hey", "good morning", "good afternoon", "good evening", "is anybody there", "anyone there"), "Hello! How can I help you?"),
    (("can you hear me", "do you hear me", "are you there", "testing"), "Yes, I can hear you well."),
    (("stop", "be quiet", "shut up", "wait", "hold on", "one moment", "just a moment", "just a second"), "Of course. I am listening."),
    (("sorry", "never mind", "nevermind", "forget it"), "No problem. How can I help you?"),
    (("yes", "yeah", "yep", "yup", "sure", "ok", "right", "correct", "exactly", "please do"), "All right. What can I do for you?"),
    (("no", "nope", "nothing", "not really", "no thanks"), "All right. Just say goodbye when you are done."),
    (("great", "good", "nice", "perfect", "wonderful", "cool"), "I am glad to hear that."),
)  # fmt: skip


def _saying(text: str | None) -> Said | None:
    return Said(text) if text else None


RULES: tuple[Rule, ...] = (
    _key, _again, _digits, _goodbye, _tool, _arithmetic, _clock, _hours, _spelling, _transfer, _about, _facts, _small_talk,
)  # fmt: skip
"""In order: what is certain first, small talk last."""
