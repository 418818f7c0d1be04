"""Tokens as the hosted service counts them: caller audio 10 a second, agent audio 20, text one per 4 letters.

The whole conversation is read again for each response; what an earlier response has read counts as cached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.local.session.items import StoredItem
from gateway.realtime.events import server
from gateway.realtime.events.model import Event
from gateway.realtime.events.response import InputTokenDetails, OutputTokenDetails, TokenDetails, Usage

CALLER_MS_PER_TOKEN = 100
AGENT_MS_PER_TOKEN = 50
IMAGE_TOKENS = 85


def text_tokens(text: str) -> int:
    """Estimate the tokens of a text."""
    return (len(text) + 3) // 4


def caller_tokens(ms: int) -> int:
    """Count the tokens of caller audio."""
    return -(-ms // CALLER_MS_PER_TOKEN)


def _tokens(item: StoredItem) -> tuple[int, int, int]:
    """Text, audio and image tokens of an item as input."""
    wire = item.wire
    agent = wire.get("role") == "assistant"
    audio = -(-item.audio_ms // (AGENT_MS_PER_TOKEN if agent else CALLER_MS_PER_TOKEN))
    parts: list[dict[str, Any]] = wire.get("content", [])
    images = sum(IMAGE_TOKENS for part in parts if part["type"] == "input_image")
    written = "".join(part.get("text") or "" for part in parts)
    written += str(wire.get("arguments", "")) + str(wire.get("output", ""))
    return text_tokens(written), audio, images


def of_response(read: Iterable[StoredItem], instructions: str, *, spoken_ms: int, written: str) -> Usage:
    """Count one response: what it read (and marks it as read), the agent's audio in ms and its text."""
    text, audio, image = text_tokens(instructions), 0, 0
    cached = [0, 0, 0]
    for item in read:
        tokens = _tokens(item)
        text, audio, image = text + tokens[0], audio + tokens[1], image + tokens[2]
        if item.read_before:
            cached = [before + new for before, new in zip(cached, tokens, strict=True)]
        item.read_before = True
    out_audio, out_text = -(-spoken_ms // AGENT_MS_PER_TOKEN), text_tokens(written)
    total_in, total_out = text + audio + image, out_audio + out_text
    return Usage(
        total_tokens=total_in + total_out,
        input_tokens=total_in,
        output_tokens=total_out,
        input_token_details=InputTokenDetails(
            text_tokens=text,
            audio_tokens=audio,
            image_tokens=image,
            cached_tokens=sum(cached),
            cached_tokens_details=TokenDetails(
                text_tokens=cached[0], audio_tokens=cached[1], image_tokens=cached[2]
            ),
        ),
        output_token_details=OutputTokenDetails(text_tokens=out_text, audio_tokens=out_audio),
    )


@dataclass(slots=True)
class UsageTally:
    """All tokens that a session has told its client of; those of the transcription apart."""

    tokens_in: int = 0
    tokens_cached: int = 0
    """Of those: read before, and cheaper."""
    tokens_out: int = 0
    transcribed_in: int = 0
    transcribed_out: int = 0

    @classmethod
    def of(cls, kind: type[Event], fields: Mapping[str, Any]) -> UsageTally | None:
        """Return what an event tells; None for one that tells nothing of usage."""
        if kind is server.ResponseDone:
            used: Usage = fields["response"]["usage"]
            details = used.input_token_details
            cached = (details.cached_tokens or 0) if details is not None else 0
            return cls(used.input_tokens or 0, cached, used.output_tokens or 0)
        if kind is server.TranscriptionCompleted:
            heard, written = (fields["usage"].get(name, 0) for name in ("input_tokens", "output_tokens"))
            return cls(transcribed_in=heard, transcribed_out=written)
        return None

    def add(self, more: UsageTally) -> None:
        """Count that as well."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(more, name))
