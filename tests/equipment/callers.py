"""What callers say to an agent, for proofs of how it listens: made by a seed, 8 kHz, through G.711.

The embedded voice speaks, higher and lower than it would, espeak-ng with several accents, and the person of
Debian's prompts. Half of the sentences, voices and noises are put aside: what was tuned is tuned by the other
half, and no voice is in both but the one of the prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import soxr

from gateway.local.engines import tts
from gateway.rehearsal import accents
from tests.equipment import tone
from tests.equipment.line_noises import Wave, at_level, noises
from tests.equipment.tone import Pcm
from tests.local.speech import recorded_8k

One = TypeVar("One")
SEED = 12


@dataclass(frozen=True)
class Speaker:
    """A voice: the embedded one so much faster, with its pitch, or one of espeak-ng's with its accent."""

    speed: float = 1.0
    accent: accents.Accent | None = None
    espeak: accents.VoiceName = "man"

    def say(self, text: str) -> Wave:
        """Return a sentence at 8 kHz."""
        pcm = accents.say(text, self.espeak, self.accent) if self.accent else tts.synthesize(text)
        said = np.frombuffer(pcm, np.int16).astype(np.float64)
        return np.asarray(soxr.resample(said, 24_000 * self.speed, 8_000))


HEART = Speaker()
TUNED_BY = (HEART, Speaker(accent="american"), Speaker(0.86), Speaker(accent="british", espeak="woman"))
PUT_ASIDE = (
    Speaker(1.14),
    Speaker(accent="scottish"),
    Speaker(0.93),
    Speaker(accent="new york", espeak="woman"),
)

HUMS = ("Mm-hmm.", "Uh-huh.", "Mhm.", "Hmm.")
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
    "I want something else.",
    "One moment, I did not get that.",
    "Is there somebody else?",
)
PROMPTS = (
    "hello",
    "im-sorry",
    "one-moment-please",
    "please-try-again",
    "something-terribly-wrong",
    "sorry-youre-having-problems",
    "cannot-complete-as-dialed",
    "check-number-dial-again",
    "vm-incorrect",
    "conf-invalid",
    "goodbye",
    "vm-tooshort",
    "do-not-disturb",
    "feature-not-avail-line",
    "all-circuits-busy-now",
    "vm-sorry",
    "please-try-call-later",
    "privacy-incorrect",
)
"""Of Debian's, that somebody might say over an agent."""
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
    "I need a taxi.",
    "One two three four.",
    "I would like some information.",
    "My name is Martin Miller.",
    "I am calling about my bill.",
    "The number is five five one two.",
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


def half(all_of_it: Sequence[One], *, aside: bool) -> list[One]:
    """Return every second one, or the others that are put aside."""
    return list(all_of_it[1 if aside else 0 :: 2])


def voices(*, aside: bool) -> tuple[Speaker, ...]:
    """Return the voices of this half."""
    return PUT_ASIDE if aside else TUNED_BY


@cache
def spoken(text: str, voice: Speaker = HEART, level_db: float = -25.0) -> Pcm:
    """Return a sentence and nothing around it."""
    return _alone(voice.say(text), level_db)


def _alone(line: Wave, level_db: float) -> Pcm:
    loud = np.flatnonzero(np.abs(line) > 0.02 * np.abs(line).max())
    return at_level(line[loud[0] : loud[-1] + 1], level_db)


def echoes(*, aside: bool) -> list[tuple[float, float, bool]]:
    """Return 10 of 20 echoes."""
    return half(ECHOES, aside=aside)


def backchannels(*, aside: bool) -> list[tuple[str, Pcm]]:
    """Return 10 of 20: each in two voices, one of them soft; espeak-ng cannot hum."""
    first, second, third, _ = voices(aside=aside)
    return [
        (text, spoken(text, voice, level))
        for text in half(BACKCHANNELS, aside=aside)
        for voice, level in ((first, -25.0), (third if text in HUMS else second, -31.0))
    ]


def pauses(*, aside: bool) -> list[Pause]:
    """Return 20 of 40 sentences with pauses of 0.6 to 1.2 s.

    In embedded voices: of espeak-ng's the embedded recogniser understands half a sentence too badly to tell.
    """
    return [
        Pause(spoken(first, voice), 600 + 100 * ((n * 3) % 7), spoken(second, voice), f"{first} {second}")
        for n, (first, second) in half(list(enumerate(PAUSES)), aside=aside)
        for voice in (voices(aside=aside)[n // 2 % 2 * 2],)
    ]


def interruptions(*, aside: bool) -> list[tuple[str, Pcm]]:
    """Return 25 of 50, in five voices, of levels from -20 to -30 dB; eight or nine are of a person."""
    said = half(INTERRUPTIONS, aside=aside)
    machine = [(f"{said[n % 8]} ({n % 4})", voices(aside=aside)[n % 4].say(said[n % 8])) for n in range(16)]
    person = [(name, recorded_8k(name).astype(np.float64)) for name in half(PROMPTS, aside=aside)]
    return [(what, _alone(line, -20.0 - n % 11)) for n, (what, line) in enumerate([*machine, *person])]


def questions(*, aside: bool) -> list[tuple[str, Pcm]]:
    """Return 15 plain questions."""
    return [(text, spoken(text, voices(aside=aside)[n % 4])) for n, text in enumerate(QUESTIONS)]


def unfinished(*, aside: bool) -> list[tuple[str, Pcm]]:
    """Return 4 of 8 sentences that look unfinished and are not."""
    said = enumerate(half(UNFINISHED, aside=aside))
    return [(text, spoken(text, voices(aside=aside)[n % 4])) for n, text in said]


def monologue(*, aside: bool) -> Pcm:
    """Return some 22 s of speech whose pauses are 0.3 s."""
    voice = voices(aside=aside)[0]
    return tone.join([part for text in MONOLOGUE for part in (spoken(text, voice), tone.silence(300))][:-1])


def television(*, aside: bool) -> list[tuple[str, Pcm]]:
    """Return somebody who talks in the room, at two levels."""
    words = "And now the weather. It will be cloudy in the north, with some rain in the evening."
    return [(f"tv {level:g}", spoken(words, voices(aside=aside)[1], level)) for level in (-38.0, -28.0)]


def all_noises(*, aside: bool) -> list[tuple[str, Pcm]]:
    """Return 25 of 50 noises without words."""
    return noises(25, SEED + aside)
