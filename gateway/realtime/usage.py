"""From the usage that a response reports to the tokens that are billed."""

from __future__ import annotations

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
