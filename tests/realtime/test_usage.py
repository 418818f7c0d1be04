from __future__ import annotations

from gateway.call import Usage
from gateway.realtime.events import response as wire
from gateway.realtime.usage import Transcribed, transcribed_of, usage_of
from tests.realtime.events.samples import USAGE


def test_tokens_are_sorted_by_kind() -> None:
    """Text, audio and images, read, cached and written."""
    assert usage_of(wire.Usage.model_validate(USAGE)) == Usage(
        input_text=12, input_audio=8, cached_text=4, cached_audio=1, output_text=3, output_audio=7
    )


def test_nothing_reported_is_nothing_known() -> None:
    """Null, as after an early cancellation, is not zero."""
    assert usage_of(None) is None


def test_totals_without_kinds_cannot_be_priced() -> None:
    """Audio costs eight times as much as text: a guess would be wrong by as much."""
    assert usage_of(wire.Usage(input_tokens=5, output_tokens=5)) is None
    assert usage_of(wire.Usage()) == Usage()


def test_a_bare_count_of_cached_tokens_is_spread() -> None:
    """Instructions and tools come first in what is cached: text before audio, never more than was read."""
    read = wire.InputTokenDetails(text_tokens=10, audio_tokens=5, cached_tokens=12)
    found = usage_of(wire.Usage(input_tokens=15, input_token_details=read))
    assert found == Usage(input_text=10, input_audio=5, cached_text=10, cached_audio=2)


def test_transcriptions_add_up() -> None:
    """In seconds or tokens, as their model counts."""
    seconds = transcribed_of(wire.TranscriptionUsage(type="duration", seconds=1.5))
    tokens = transcribed_of(wire.TranscriptionUsage(type="tokens", input_tokens=5, output_tokens=2))
    assert seconds + tokens == Transcribed(1.5, 5, 2)
    assert not transcribed_of(None)
