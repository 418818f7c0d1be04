"""Speech synthesis: hibari (24 kHz, one American voice), a sentence at a time, none twice.

A sentence of three seconds takes about 30 ms, so the first one is on its way before the second is begun, and
what is said again and again (greetings, "I did not understand") costs nothing.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gateway.errors import SpeechError
from gateway.local.engines.weights import HINT
from gateway.local.reply.speakable import speakable
from gateway.local.session.sound_codec import Floats
from gateway.local.vocabulary import RATE

CACHE_BYTES = 24 << 20
"""Remembered audio: about eight minutes of sentences."""

SEED = 7
"""Of the voice's noise, so that a sentence always sounds the same."""

LONGEST = 220
"""Letters synthesised at once: about 15 s of speech, made in 150 ms."""

MOST_AT_ONCE = 400
"""Letters of a sentence that are looked at together: what is longer is no sentence, and takes long."""

SILENCE = 0.004
"""Amplitude (-48 dBFS) under which the voice is silent, not soft."""

LEAD_MS = 15
"""Kept in front of a sentence: soft beginnings of "s" and "f" are below the threshold."""

TAIL_MS = 180
"""Kept behind it: the pause between two sentences."""

_NO_END = re.compile(r"(?:\b(?:No|Nr|ext|approx|e\.\s?g|i\.\s?e))\.$")
"""Ends with a point, and not as a sentence does."""

WARM_UP = "Hello, this is 1 test at 9:30."
"""The first sentence loads the lexicon (0.5 s); numbers load the normaliser."""


@dataclass(frozen=True, slots=True)
class SpokenPiece:
    """What is synthesised at once."""

    written: str
    """The words as they stand in the text; empty for a continuation of the piece before."""
    spoken: str
    """What the voice is given."""


class Hibari:
    """The voice. Safe to use from several threads at once."""

    def __init__(self) -> None:
        try:
            import hibari  # noqa: PLC0415 - `tone` and `echo` do without it
        except ImportError:
            raise SpeechError(f"speech synthesis (hibari-tts) is not installed: {HINT}") from None
        self._voice: Any = hibari.Hibari()
        self._lock = threading.Lock()  # guards the memory only; synthesis runs beside it
        self._said: OrderedDict[tuple[str, float], bytes] = OrderedDict()
        self._bytes = 0

    def pieces(self, text: str) -> list[SpokenPiece]:
        """Cut a text into what is synthesised at once, written out as it is said."""
        return [
            piece for sentence in _rejoined(self._voice.split_sentences(text)) for piece in _pieces(sentence)
        ]

    def remembered(self, sentence: str, speed: float = 1.0) -> bytes | None:
        """Return a sentence's audio if it was said before."""
        with self._lock:
            pcm = self._said.get((sentence, speed))
            if pcm is not None:
                self._said.move_to_end((sentence, speed))
            return pcm

    def say(self, sentence: str, speed: float = 1.0) -> bytes:
        """Return a sentence as PCM16LE mono at 24 kHz. Blocks for as long as it takes: use a thread."""
        known = self.remembered(sentence, speed)
        if known is not None:
            return known
        try:
            wave = _trimmed(self._voice(sentence, speed=speed, seed=SEED))
        except Exception as error:
            raise SpeechError(f"cannot say {sentence[:80]!r}: {error!r}") from error
        pcm = bytes((np.clip(wave, -1.0, 1.0) * 32767).astype("<i2").tobytes())
        with self._lock:
            self._said[sentence, speed] = pcm
            self._bytes += len(pcm)
            while self._bytes > CACHE_BYTES:
                self._bytes -= len(self._said.popitem(last=False)[1])
        return pcm


def _rejoined(sentences: Iterable[str]) -> Iterator[str]:
    """Put together what a point has parted that ends no sentence: "No. 5"."""
    held = ""
    for sentence in sentences:
        held = f"{held} {sentence.strip()}".strip()
        if not _NO_END.search(held):
            yield held
            held = ""
    if held:
        yield held


def _pieces(sentence: str) -> Iterator[SpokenPiece]:
    if len(sentence) > MOST_AT_ONCE:
        for part in _breaths(sentence, MOST_AT_ONCE):
            yield from _pieces(part)
        return
    spoken = speakable(sentence)
    if spoken == sentence:
        yield from (SpokenPiece(part, part) for part in _breaths(sentence) if part)
        return
    # Where it was rewritten nobody knows which words are in which part.
    for at, part in enumerate(_breaths(spoken)):
        yield SpokenPiece("" if at else sentence, part)


def _breaths(sentence: str, longest: int = LONGEST) -> list[str]:
    """Cut a sentence too long to wait for, at commas if it has some, else between words."""
    parts: list[str] = []
    while len(sentence) > longest:
        cut = max(sentence.rfind(mark, 0, longest) for mark in (", ", "; ", ": "))
        cut = cut if cut > longest // 3 else sentence.rfind(" ", 0, longest)
        cut = cut if cut > 0 else longest - 1
        parts.append(sentence[: cut + 1].strip())
        sentence = sentence[cut + 1 :].strip()
    return [*parts, sentence]


def _trimmed(wave: Floats) -> Floats:
    """Cut off the silence around a sentence: 300 ms in front, which callers would wait for, 450 ms behind."""
    loud = np.flatnonzero(np.abs(wave) > SILENCE)
    if not len(loud):
        return wave
    first = max(int(loud[0]) - RATE * LEAD_MS // 1000, 0)
    return wave[first : int(loud[-1]) + RATE * TAIL_MS // 1000]


@cache
def synthesiser() -> Hibari:
    """Return the process's one voice, loaded and warmed up at the first use (1 s)."""
    voice = Hibari()
    voice.say(WARM_UP)
    return voice


def synthesize(text: str, voice: str = "", speed: float = 1.0) -> bytes:
    """Say a text as PCM16LE mono at 24 kHz. There is one voice only. Blocks: use a thread."""
    del voice
    speaker = synthesiser()
    return b"".join(speaker.say(piece.spoken, speed) for piece in speaker.pieces(text))
