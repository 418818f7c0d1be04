"""The caller's transcript on the wire: deltas by word, and what it would have cost."""

from __future__ import annotations

import re
from typing import Any

from gateway.local.session.usage import caller_tokens, text_tokens
from gateway.local.vocabulary import Recognised

NO_WORDS = -0.44
"""Confidence of a short clip below which its words are made up: a laugh is "That's a success" at -0.45 to
-1.0, what people say in a second is heard at -0.4 and more.
"""
SHORT_MS = 1900
"""A clip of a second, and what is around it: the padding before, the silence after."""

BY_DURATION = ("whisper-1", "gpt-realtime-whisper", "gpt-live-transcribe", "gpt-transcribe")
"""Transcription models billed by the second; the others are billed by token."""


def words_of(heard: Recognised, audio_ms: int) -> str:
    """Return the words of a clip: none of a short one that has none."""
    return "" if audio_ms <= SHORT_MS and heard.confidence < NO_WORDS else heard.text


def word_deltas(text: str) -> list[str]:
    """Cut a transcript into words, spaces kept, as deltas carry it."""
    return re.findall(r"\s*\S+", text)


def completed_usage(model: str | None, audio_ms: int, text: str) -> dict[str, Any]:
    """Return the `usage` of a completed transcription."""
    if model in BY_DURATION:
        return {"type": "duration", "seconds": audio_ms / 1000}
    audio, written = caller_tokens(audio_ms), text_tokens(text)
    return {
        "type": "tokens",
        "input_tokens": audio,
        "input_token_details": {"audio_tokens": audio, "text_tokens": 0},
        "output_tokens": written,
        "total_tokens": audio + written,
    }
