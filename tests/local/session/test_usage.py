from __future__ import annotations

from gateway.local.session import usage
from gateway.realtime.events.codec import plain
from tests.local.session.test_items import speech, text


def test_text() -> None:
    """About four letters a token, rounded up."""
    assert [usage.text_tokens(words) for words in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def test_caller() -> None:
    """Ten tokens a second."""
    assert [usage.caller_tokens(ms) for ms in (0, 1, 100, 1000)] == [0, 1, 1, 10]


def test_response() -> None:
    """Everything is read again; what was read before is cached; speech written costs 20 tokens a second."""
    read = [text("a", words="abcd"), speech("s", 2)]
    first = plain(usage.of_response(read, "12345678", spoken_ms=1000, written="hello"))
    assert first == {
        "total_tokens": 2 + 1 + 40 + 20 + 2,
        "input_tokens": 43,
        "output_tokens": 22,
        "input_token_details": {
            "text_tokens": 3,
            "audio_tokens": 40,
            "image_tokens": 0,
            "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": 2, "audio_tokens": 20},
    }
    again = usage.of_response([*read, text("b", words="abcd")], "", spoken_ms=0, written="")
    assert again.input_tokens == 42
    assert again.input_token_details is not None
    assert again.input_token_details.cached_tokens == 41


def test_pictures_and_calls() -> None:
    """Pictures have a price of their own, calls and results are text."""
    picture = text("p")
    picture.wire["content"] = [{"type": "input_image", "image_url": "data:,"}]
    call = text("c")
    call.wire = {"type": "function_call", "name": "x", "arguments": "{}{}"}
    counted = usage.of_response([picture, call], "", spoken_ms=0, written="")
    assert counted.input_token_details is not None
    assert (counted.input_token_details.image_tokens, counted.input_token_details.text_tokens) == (85, 1)
