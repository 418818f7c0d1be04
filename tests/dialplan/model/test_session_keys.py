"""Settings of a session as a plan writes them."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from gateway.dialplan.model.session_keys import SessionKeys, touches


@pytest.mark.parametrize(
    "keys",
    [
        {"speed": 2},
        {"speed": 0.1},
        {"max_output_tokens": 0},
        {"max_output_tokens": 5000},
        {"max_output_tokens": "all"},
        {"temperature": 3},
        {"noise_reduction": "loud"},
        {"reasoning": "hard"},
        {"truncation": "never"},
        {"truncation": {"retention_ratio": 1.5}},
        {"truncation": {"post_instructions_tokens": 100}},
        {"prompt": {"version": "2"}},
        {"transcription": {"language": "English"}},
        {"transcription": {"language": "en", "languages": ["de"]}},
        {"transcription": {"languages": []}},
        {"transcription": {"keywords": []}},
        {"transcription": {"delay": "long"}},
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        SessionKeys.model_validate(keys)


def test_what_is_not_said_is_left_to_the_provider() -> None:
    """But for the transcription, which is on."""
    said = SessionKeys().model_dump()
    assert {name for name, value in said.items() if value is not None} == {"transcription"}


def test_numbers_are_taken_for_texts_where_texts_are_wanted() -> None:
    """A version or an account number has no quotes in YAML."""
    keys = SessionKeys.model_validate({"prompt": {"id": "p", "variables": {"account": 12}}})
    assert keys.prompt is not None
    assert keys.prompt.variables == {"account": "12"}


@pytest.mark.parametrize(
    ("extras", "what"),
    [
        ({"instructions": "x"}, "instructions"),
        ({"audio": {"output": {"format": {"type": "audio/pcmu"}}}}, "audio.output.format"),
        ({"audio": {"input": {"turn_detection": {"type": "mine"}}}}, "audio.input.turn_detection"),
        ({"audio": {"output": {"style": "calm"}}, "include": ["x"]}, ""),
        ({"audio": "x"}, ""),
    ],
)
def test_what_the_conversation_goes_by_is_not_for_extras(extras: dict[str, Any], what: str) -> None:
    """Anything else is."""
    assert touches(extras) == what
