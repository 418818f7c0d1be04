"""The keys of an agent."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from gateway.dialplan.model.agent import Agent, ServerVad


@pytest.mark.parametrize(
    "keys",
    [
        {"url": "https://x"},
        {"api_key": "sk-123"},
        {"temperatur": 0.8},
        {"extras": {"audio": {"input": {"format": {"type": "audio/pcmu"}}}}},
        {"extras": {"instructions": "x"}},
        {"turn_detection": {"type": "psychic"}},
        {"turn_detection": {"type": "server_vad", "threshold": 2}},
        {"turn_detection": {"type": "none", "silence_duration_ms": 100}},
        {"turn_detection": {"type": "push_to_talk", "key": "A"}},
        {"turn_detection": {"type": "semantic_vad", "threshold": 0.5}},
        {"transcription": {"language": "English"}},
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        Agent.model_validate(keys)


def test_turn_detection_is_the_servers_unless_it_says_otherwise() -> None:
    """Keys without a type are those of the usual one."""
    assert Agent().turn_detection == ServerVad()
    made = Agent.model_validate({"turn_detection": {"silence_duration_ms": 700}})
    assert made.turn_detection == ServerVad(silence_duration_ms=700)


@pytest.mark.parametrize(
    ("item", "cure"), [({}, "text: or image:"), ({"role": "assistant", "image": "a.png"}, "leave role: out")]
)
def test_what_is_remembered_is_a_text_or_an_image(item: dict[str, str], cure: str) -> None:
    """An image is the caller's."""
    with pytest.raises(pydantic.ValidationError, match=cure):
        Agent.model_validate({"history": [item]})
