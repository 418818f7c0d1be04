from __future__ import annotations

import concurrent.futures
import re

import numpy as np
import pytest

from gateway.errors import SpeechError
from gateway.local.engines import stt, tts
from gateway.local.reply.words import word_list
from tests.equipment import tone
from tests.local import speech

pytestmark = pytest.mark.speech
speech.engines_or_skip()


def test_it_speaks() -> None:
    """What it says can be understood; there is hardly any silence in front, a short pause behind."""
    wave = np.frombuffer(tts.synthesize("We are open on Saturday."), np.int16)
    found = tone.spans(wave, rate=24_000)
    assert found[0].start_ms <= 60
    assert len(wave) / 24 - found[-1].end_ms == pytest.approx(180, abs=80)
    assert stt.transcribe(wave.tobytes(), 24_000)[0] == "We are open on Saturday."


def test_nothing_is_said_twice() -> None:
    """A sentence said before is remembered, and sounds the same."""
    voice = tts.synthesiser()
    assert voice.remembered("This is new.") is None
    first = voice.say("This is new.")
    assert voice.remembered("This is new.") == first
    assert voice.say("This is new.") is first
    assert voice.remembered("This is new.", 1.2) is None


def test_speed() -> None:
    """Faster is shorter."""
    assert len(tts.synthesize("How can I help you?", speed=1.5)) < 0.8 * len(
        tts.synthesize("How can I help you?")
    )


def written(text: str) -> list[str]:
    """Return what is synthesised at once, as it is written."""
    return [piece.written for piece in tts.synthesiser().pieces(text)]


def test_sentences() -> None:
    """Sentences are synthesised one by one; titles, numbers and addresses do not end one."""
    assert written("Hello! This is Dr. Smith. How are you?") == [
        "Hello!",
        "This is Dr. Smith.",
        "How are you?",
    ]
    assert written("Room No. 5 is free. Write to john.smith@example.co.uk. Thanks.") == [
        "Room No. 5 is free.",
        "Write to john.smith@example.co.uk.",
        "Thanks.",
    ]
    assert tts.synthesize("") == b""


def test_long_sentences_are_cut() -> None:
    """Nobody waits for a paragraph without a full stop: it is cut at commas, else between words."""
    text = "We have red bikes, blue bikes, and green ones " * 12
    parts = written(text)
    assert max(map(len, parts)) <= tts.LONGEST
    assert " ".join(parts) == text.strip()
    assert max(map(len, written("x" * 1000))) <= tts.LONGEST + 1
    number = "4" * 300
    pieces = tts.synthesiser().pieces(f"Call {number}.")
    assert [piece.written for piece in pieces if piece.written] == [f"Call {number}."]
    assert max(len(piece.spoken) for piece in pieces) <= tts.LONGEST + 1


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Call +442079460123.", "442079460123"),
        ("Your code is AB12CD.", "ab12cd"),
        ("The ticket is A17B.", "a17b"),
        ("The PIN is 4729.", "4729"),
        ("Order 1234567.", "1234567"),
        ("Open 24/7.", "247"),
    ],
)
def test_numbers_and_codes_are_said_one_by_one(text: str, heard: str) -> None:
    """A listener writes down the same letters and digits; the transcript has them as they were written."""
    told = stt.transcribe(tts.synthesize(text), 24_000)[0].lower()
    for value, word in enumerate(word_list("zero one two three four five six seven eight nine")):
        told = re.sub(rf"\b{word}\b", str(value), told)
    told = told.replace("twenty 4 7", "247")
    assert heard in re.sub(r"[^a-z0-9]", "", told), told
    assert written(text) == [text]


@pytest.mark.parametrize(
    "text",
    ["...", "!", "(((", "--- ---", "\U0001f600 hi", "\x00\x01 hello", "\u4f60\u597d", "C++ & C# @ 50%"],
)
def test_odd_texts(text: str) -> None:
    """Whatever is to be said, something comes back."""
    assert isinstance(tts.synthesize(text), bytes)


def test_what_it_cannot_say() -> None:
    """What the package trips over is a SpeechError, by name."""
    with pytest.raises(SpeechError, match="cannot say '111"):
        tts.synthesiser().say("1" * 60)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest sentences go."""
    monkeypatch.setattr(tts, "CACHE_BYTES", 200_000)
    voice = tts.Hibari()
    for number in range(8):
        voice.say(f"Sentence number {number}.")
    assert voice.remembered("Sentence number 0.") is None
    assert voice.remembered("Sentence number 7.") is not None


def test_threads() -> None:
    """Several threads may speak at once."""
    texts = [f"Line {number} is open." for number in range(8)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(tts.synthesize, texts))
    assert spoken == [tts.synthesize(text) for text in texts]
