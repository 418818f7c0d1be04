from __future__ import annotations

from gateway.local.session.transcribing import completed_usage, word_deltas, words_of
from gateway.local.vocabulary import Recognised


def test_deltas_are_words() -> None:
    """Put together again, they are the transcript."""
    assert word_deltas("What time is it?") == ["What", " time", " is", " it?"]
    assert word_deltas("") == []


def test_what_is_made_up_of_a_noise_is_no_transcript() -> None:
    """Of a short clip, where the recogniser is not sure at all."""
    assert words_of(Recognised("That's a success.", -0.6), 1500) == ""
    assert words_of(Recognised("Good-bye.", -0.37), 1500) == "Good-bye."
    assert words_of(Recognised("I would like to book a room.", -0.6), 3000) == "I would like to book a room."


def test_usage() -> None:
    """Some models are billed by the second, the others by token."""
    assert completed_usage("gpt-transcribe", 1500, "x") == {"type": "duration", "seconds": 1.5}
    assert completed_usage("gpt-4o-transcribe", 1500, "abcd") == {
        "type": "tokens",
        "input_tokens": 15,
        "input_token_details": {"audio_tokens": 15, "text_tokens": 0},
        "output_tokens": 1,
        "total_tokens": 16,
    }
    assert completed_usage(None, 0, "")["total_tokens"] == 0
