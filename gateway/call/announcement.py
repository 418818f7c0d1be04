"""A sound that the gateway plays by itself, and the words in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Announcement:
    """A prompt, an apology, an operator's words: PCM16LE mono 24 kHz; false when it is silence."""

    pcm: bytes = b""
    words: str = ""
    """What is said in it, for the transcript; a recording of others' by its name in brackets."""

    def __bool__(self) -> bool:
        return bool(self.pcm)
