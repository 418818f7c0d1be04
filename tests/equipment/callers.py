"""What callers say to an agent, for proofs of how it listens: made by a seed, 8 kHz, through G.711.

The embedded voice speaks, faster and slower than it would: other callers, for a machine. Half of each kind is
put aside (`held_out`): what was tuned is tuned by the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import soxr

from gateway.local.engines import tts
from tests.equipment import tone
from tests.equipment.line_noises import at_level, noises
from tests.equipment.tone import Pcm

One = TypeVar("One")
SEED = 12
VOICES = (1.0, 0.86, 1.14, 0.93)
"""How fast a voice is played: its pitch goes with it."""

BACKCHANNELS = ("Mm-hmm.", "Uh-huh.", "Yeah.", "Right.", "Okay.", "I see.", "Mhm.", "Hmm.", "Yes.", "Sure.")
PAUSES = (
    ("I would like to know,", "whether you are open on Sunday."),
    ("Can you tell me, um,", "what time it is?"),
    ("I am calling about,", "my order from last week."),
    ("My name is,", "Martin Miller."),
    ("I want to book a table for,", "four people on Friday."),
    ("What is the,", "price of a room?"),
    ("If I come on Sunday,", "will you be open?"),
    ("Could you please tell me when,", "you are open tomorrow?"),
    ("The number is two four,", "seven one, nine three."),
    ("One two,", "three four, five six."),
    ("I need help with,", "my telephone bill."),
    ("I would like to,", "speak with somebody in sales."),
    ("I have a question about the,", "opening hours."),
    ("What is twelve times four and,", "what is the date today?"),
    ("Do you know if,", "there is parking?"),
    ("Well, I was wondering if,", "you could help me."),
    ("I want to book a table,", "for two people tonight."),
    ("I would like to order,", "two of the blue ones."),
    ("Because it is raining,", "I will be late."),
    ("Nine eight seven,", "six five four."),
    ("Please send it to,", "my home address."),
    ("I bought a phone from you and,", "it does not work."),
    ("Is it possible to,", "change my booking?"),
    ("Tell me about your,", "company, please."),
    ("I think that,", "there is a mistake in my bill."),
    ("The thing is that I,", "lost my card."),
    ("Four four two,", "zero seven nine."),
    ("I am looking for the,", "person who called me."),
    ("When do you,", "close on Saturdays?"),
    ("My order number is,", "five five one two."),
    ("I would like to cancel my,", "appointment for Monday."),
    ("How much does it cost to,", "send a letter?"),
    ("I need a room for,", "three nights."),
    ("We would like to come on,", "the third of May."),
    ("So I called yesterday, but,", "nobody answered."),
    ("Can I get a,", "receipt for that?"),
    ("It is about the,", "contract that I signed."),
    ("Could you call me back at,", "five in the afternoon?"),
    ("I live in,", "the north of the city."),
    ("One five,", "zero six."),
)
INTERRUPTIONS = (
    "Stop.",
    "Wait a moment.",
    "Excuse me, I have a question.",
    "No, that is wrong.",
    "Hold on, please.",
    "What time is it?",
    "Can I speak to a person?",
    "Sorry, can you repeat that?",
    "That is not what I asked.",
    "Please stop talking.",
    "What are your opening hours?",
    "I know that already.",
    "Hello? Can you hear me?",
)
QUESTIONS = (
    "What are your opening hours?",
    "What time is it?",
    "What is the date today?",
    "What can you do?",
    "What is twelve times four?",
    "Are you open tomorrow?",
    "Who are you?",
    "How are you?",
    "When do you close?",
    "What day is it?",
    "Can you help me?",
    "What is seven plus five?",
    "Are you open on Monday?",
    "Where are you?",
    "Is it Saturday today?",
)
UNFINISHED = (
    "I want to book a table.",
    "I would like to order a pizza.",
    "One two three four.",
    "I need a taxi.",
)
"""Finished, and they do not look so."""
MONOLOGUE = (
    "I bought a telephone from you about three weeks ago.",
    "It worked very well for the first two days and then it began to make a strange sound.",
    "I took it back to the shop and they told me that it had to be sent away.",
    "Nobody has called me since then and I am not very happy about it.",
    "So I am calling to find out what has happened to my telephone.",
    "And one more thing.",
    "What are your opening hours?",
)
ECHOES = tuple(
    (level, delay, distorted)
    for level, distorted in ((-14, False), (-18, True), (-20, False), (-24, False), (-26, True), (-28, False),
                             (-32, False), (-32, True), (-36, False), (-38, False))
    for delay in ((100, 250) if level % 4 else (160, 300))
)  # fmt: skip
"""Level in dB, delay in ms at the phone, and whether its loudspeaker distorts."""


@dataclass(frozen=True)
class Pause:
    """A sentence with a pause for thought."""

    first: Pcm
    ms: float
    second: Pcm
    words: str


def held_out(all_of_it: Sequence[One], *, aside: bool) -> list[One]:
    """Return every second one, or the others that are put aside."""
    return list(all_of_it[1 if aside else 0 :: 2])


@cache
def spoken(text: str, voice: float = 1.0, level_db: float = -25.0) -> Pcm:
    """Return a sentence and nothing around it."""
    said = np.frombuffer(tts.synthesize(text), np.int16)
    line = soxr.resample(said.astype(np.float64), 24_000 * voice, 8_000)
    loud = np.flatnonzero(np.abs(line) > 0.02 * np.abs(line).max())
    return at_level(line[loud[0] : loud[-1] + 1], level_db)


def backchannels() -> list[tuple[str, Pcm]]:
    """Return 20: each in two voices, one of them soft."""
    quiet = {1.0: -25.0, 0.86: -31.0}
    return [(text, spoken(text, voice, level)) for text in BACKCHANNELS for voice, level in quiet.items()]


def pauses() -> list[Pause]:
    """Return 40 sentences with pauses of 0.6 to 1.2 s."""
    return [
        Pause(
            spoken(first, VOICES[n % 4]),
            600 + 100 * ((n * 3) % 7),
            spoken(second, VOICES[n % 4]),
            f"{first} {second}",
        )
        for n, (first, second) in enumerate(PAUSES)
    ]


def interruptions() -> list[tuple[str, Pcm]]:
    """Return 50, in four voices, of levels from -20 to -30 dB."""
    made = [(INTERRUPTIONS[n % len(INTERRUPTIONS)], VOICES[n // len(INTERRUPTIONS)]) for n in range(50)]
    return [(text, spoken(text, voice, -20.0 - n % 11)) for n, (text, voice) in enumerate(made)]


def questions() -> list[tuple[str, Pcm]]:
    """Return 15 plain questions."""
    return [(text, spoken(text, VOICES[n % 3])) for n, text in enumerate(QUESTIONS)]


def monologue() -> Pcm:
    """Return some 22 s of speech whose pauses are 0.3 s."""
    return tone.join([part for text in MONOLOGUE for part in (spoken(text), tone.silence(300))][:-1])


def television(seed: int = SEED) -> list[tuple[str, Pcm]]:
    """Return somebody who talks in the room, at two levels."""
    words = "And now the weather. It will be cloudy in the north, with some rain in the evening."
    return [(f"tv {level}", spoken(words, 0.93 + seed % 2 / 10, level)) for level in (-38.0, -28.0)]


def all_noises() -> list[tuple[str, Pcm]]:
    """Return 48 noises without words."""
    return noises(48, SEED)
