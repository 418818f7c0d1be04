"""What the agent is told to say: the first words of a call, announcements, instructions for one response.

The convention: text within double quotes in a response's instructions is said as it stands. Without quotes,
an instruction that asks for a greeting gives the session's own (quoted in its instructions after "greet" or
"answer with"), or a friendly default; anything else is answered as if the caller had said it.
"""

from __future__ import annotations

import re

from gateway.local.reply.speakable import speakable

DEFAULT = "Hello! How can I help you?"
_QUOTED = re.compile(r"[\"“”]([^\"“”]{2,})[\"“”]")
_GREETS = re.compile(
    r"\b(?:greet\w*|welcome|say hello|introduce yourself|answer (?:the call )?with|open with)\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"(?:say|announce|tell (?:the caller|them|him|her)|inform the caller)(?: that)?[\s:,]+(?!hello)(.+)",
    re.IGNORECASE | re.DOTALL,
)
_COMPANY = re.compile(
    r"\b(?:agent|assistant|receptionist|operator|voice|desk|line|hotline)\s+(?:of|at|for|from)\s+"
    r"((?:[A-Z][\w&'-]*\s?){1,4})"
)


def quoted(instructions: str) -> str | None:
    """Return the words within double quotes, joined if there are several."""
    found = [one.strip() for one in _QUOTED.findall(instructions)]
    return " ".join(found) if found else None


def company(instructions: str) -> str | None:
    """Find whose agent this is: "You are the phone agent of Acme Bikes"."""
    found = _COMPANY.search(instructions)
    return found[1].strip(" .,") if found else None


def greeting(instructions: str) -> str:
    """Return the session's first words."""
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])|\n+", instructions):
        if _GREETS.search(sentence) and (words := _from(sentence, instructions)):
            return words
    name = company(instructions)
    return f"Hello, this is {name}. How can I help you?" if name else DEFAULT


def _from(sentence: str, instructions: str) -> str | None:
    # A quotation may hold several sentences, so it is looked for from the sentence's beginning onwards.
    return quoted(instructions[instructions.find(sentence) :].split("\n", maxsplit=1)[0])


def words_told(told: str, instructions: str) -> str | None:
    """Return what a response's instructions say word for word, or None if they say something else."""
    verbatim = quoted(told)
    if verbatim:
        return verbatim
    announced = _ANNOUNCES.match(told.strip())
    if announced:
        words = speakable(announced[1].strip().rstrip("."))
        return f"{words[:1].upper()}{words[1:]}."
    return greeting(instructions) if _GREETS.search(told) else None
