"""From the usage that a response reports to the tokens that are billed."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.call import Usage
from gateway.realtime.events import response as wire


def usage_of(reported: wire.Usage | None) -> Usage | None:
    """Sort tokens by kind. None when nothing was reported, or not by kind: nothing is guessed."""
    if reported is None:
        return None
    read, written = reported.input_token_details, reported.output_token_details
    if (read is None and reported.input_tokens) or (written is None and reported.output_tokens):
        return None
    read = read or wire.InputTokenDetails()
    written = written or wire.OutputTokenDetails()
    cached = read.cached_tokens_details or _spread(read)
    return Usage(
        input_text=read.text_tokens,
        input_audio=read.audio_tokens,
        input_image=read.image_tokens,
        cached_text=cached.text_tokens,
        cached_audio=cached.audio_tokens,
        cached_image=cached.image_tokens,
        output_text=written.text_tokens,
        output_audio=written.audio_tokens,
    )


def _spread(read: wire.InputTokenDetails) -> wire.TokenDetails:
    """Spread a bare count of cached tokens: text comes first in what is cached, instructions and tools."""
    text = min(read.cached_tokens, read.text_tokens)
    return wire.TokenDetails(text_tokens=text, audio_tokens=min(read.cached_tokens - text, read.audio_tokens))


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What the transcription of the caller used up: some models count seconds, others tokens."""

    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Transcribed) -> Transcribed:
        return Transcribed(
            self.seconds + other.seconds,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )

    def __bool__(self) -> bool:
        return self != Transcribed()


def transcribed_of(reported: wire.TranscriptionUsage | None) -> Transcribed:
    """Read what one transcription used up."""
    if reported is None:
        return Transcribed()
    return Transcribed(reported.seconds or 0.0, reported.input_tokens or 0, reported.output_tokens or 0)
