from __future__ import annotations

import re

import numpy as np
import pytest

from gateway.local.engines import stt
from gateway.local.reply.digits import read_digits
from gateway.local.vocabulary import Clip
from tests.equipment import tone
from tests.local import speech

pytestmark = pytest.mark.speech
speech.engines_or_skip()


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower().replace("-", " ")))


@pytest.mark.parametrize(
    "text",
    [
        "What time is it?",
        "How much is twelve times seven?",
        "What are your opening hours on Saturday?",
        "My name is Peter Smith.",
        "I would like to talk to a human.",
        "Thank you very much.",
    ],
)
def test_synthetic_callers(text: str) -> None:
    """Sentences over a telephone line are understood word for word, and surely."""
    heard, confidence = stt.transcribe(speech.caller_8k(text).tobytes(), 8000)
    assert words(heard) == words(text)
    assert confidence > -0.4


RECORDED = {
    "vm-goodbye": "goodbye",
    "auth-thankyou": "thank you",
    "pbx-invalid": "i am sorry that's not a valid extension please try again",
    "conf-getpin": "please enter the conference pin number",
    "all-circuits-busy-now": "all circuits are busy now",
    "cannot-complete-as-dialed": "your call cannot be completed as dialed",
    "check-number-dial-again": "please check the number and dial again",
    "conf-onlyperson": "you are currently the only person in this conference",
    "conf-kicked": "you have been kicked from this conference",
    "conf-locked": "this conference is locked",
    "conf-invalid": "that is not a valid conference number please try again",
    "agent-incorrect": "login incorrect please enter your agent number followed by the pound key",
}


@speech.needs_recordings
def test_recorded_people() -> None:
    """So is a real person: nine words in ten at least, in short prompts without context."""
    wrong = total = 0
    for name, text in RECORDED.items():
        heard, _ = stt.transcribe(speech.recorded_8k(name).tobytes(), 8000)
        wrong += distance(words(heard).replace("good by", "goodbye").split(), text.split())
        total += len(text.split())
    assert wrong / total < 0.1


def distance(heard: list[str], said: list[str]) -> int:
    """Count the words that are wrong, missing or too many (Levenshtein)."""
    row = list(range(len(said) + 1))
    for at, word in enumerate(heard, 1):
        before, row[0] = row[0], at
        for place, other in enumerate(said, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]


@speech.needs_recordings
def test_recorded_digits() -> None:
    """Digits said one by one by a person come out as digits, nine times in ten at least."""
    gap = tone.silence(120)
    right = 0
    for number in range(10):
        digits = f"{number}{(number + 3) % 10}{(number + 7) % 10}{(number + 1) % 10}"
        line = tone.join([part for digit in digits for part in (speech.recorded_8k(f"digits/{digit}"), gap)])
        heard, _ = stt.transcribe(line.tobytes(), 8000)
        right += read_digits(heard, lenient=True) == digits
    assert right >= 7


def test_long_turns_are_cut_where_it_is_quiet() -> None:
    """More than fifteen seconds are recognised in pieces, without a word lost."""
    sentence = np.concatenate(
        [speech.caller_8k("What are your opening hours on Saturday?"), tone.silence(400)]
    )
    heard, _ = stt.transcribe(np.tile(sentence, 7).tobytes(), 8000)
    assert words(heard) == " ".join(["what are your opening hours on saturday"] * 7)


@pytest.mark.parametrize(("lead", "tail"), [(0, 0), (300, 250), (300, 1500), (1000, 0)])
def test_silence_around_speech_does_not_matter(lead: int, tail: int) -> None:
    """Too little of it makes the model stutter, too much makes it invent: it gets what it likes."""
    for text in ("Hello.", "Four two.", "Goodbye."):
        line = np.concatenate([tone.silence(lead), speech.caller_8k(text), tone.silence(tail)])
        heard, _ = stt.transcribe(line.tobytes(), 8000)
        assert words(heard).replace("good by", "goodbye").replace("goodbyee", "goodbye") == words(text)


def test_framing() -> None:
    """Silence is cut to 100 ms in front and 250 ms behind, or filled up."""
    voice = tone.sine(300, 500, rate=stt.RATE).astype(np.float32) / 32768
    silence = np.zeros(stt.RATE, np.float32)
    for line in (voice, np.concatenate([silence, voice, silence])):
        assert len(stt._framed(line)) == pytest.approx(850 * 16, abs=2 * stt.WINDOW)
    assert len(stt._framed(silence)) == 0
    assert len(stt._framed(silence[:10])) == 0


def test_nothing() -> None:
    """Nothing is heard in nothing."""
    assert stt.transcribe(b"", 8000) == ("", float("-inf"))
    assert stt.transcribe(bytes(1000), 8000) == ("", float("-inf"))


@pytest.mark.parametrize("ms", [100, 101, 130, 400, 1000, 5000, 16_000])
def test_noise(ms: int) -> None:
    """Noise of any length harms nobody: no notes, no endless repetition."""
    noise = np.random.default_rng(ms).normal(0, 3000, 8 * ms).astype(np.int16)
    text, _ = stt.transcribe(noise.tobytes(), 8000)
    assert not set(text) & set("\u266a\ufffd")
    assert len(text) < 200


def test_going_round() -> None:
    """Four times the same is enough."""
    assert stt._goes_round([5, 5, 5], 5)
    assert stt._goes_round([1, 2, 1, 2, 1, 2, 1], 2)
    assert not stt._goes_round([1, 2, 1, 2, 1, 2], 3)
    assert not stt._goes_round([5, 5], 5)


def test_every_rate() -> None:
    """Recognition takes the session's rate as well."""
    heard = stt.recogniser().hear(Clip(speech.caller("What time is it?"), 24_000))
    assert heard.text == "What time is it?"


def test_vocabulary() -> None:
    """A length of 128 and more takes two bytes."""
    assert stt._tokens(bytes([2]) + b"ab" + bytes([130, 1]) + b"x" * 130) == [b"ab", b"x" * 130]
