"""What a call costs."""

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.call import Usage
from gateway.errors import BadInput
from gateway.records.cost import load

PRICES = load()


def test_a_minute_each_way_costs_what_the_page_says() -> None:
    """600 tokens of caller and 1200 of agent audio: 1.92 and 7.68 cents on gpt-realtime-2.1."""
    usage = Usage(input_audio=600, output_audio=1200)
    assert PRICES.cost("gpt-realtime-2.1", usage) == Decimal("0.0192") + Decimal("0.0768")


def test_cached_tokens_are_a_part_that_costs_less() -> None:
    """They are counted once."""
    usage = Usage(input_text=1000, cached_text=900, input_image=100, cached_image=100)
    assert (
        PRICES.cost("gpt-realtime-1.5", usage) == (100 * Decimal(4) + 900 * Decimal("0.4") + 50) / 1_000_000
    )


def test_an_unknown_model_has_no_cost() -> None:
    """None, not zero; nor has usage that was not told."""
    assert PRICES.cost("gpt-9", Usage(output_audio=1)) is None
    assert PRICES.cost("gpt-realtime-2.1", None) is None


def test_a_dated_model_costs_what_its_family_does() -> None:
    """But a mini is not the full model."""
    usage = Usage(output_audio=1_000_000)
    assert PRICES.cost("gpt-realtime-2.1-2026-08-01", usage) == 64
    assert PRICES.cost("gpt-realtime-2.1-mini", usage) == 20
    assert PRICES.cost("gpt-realtime-2.1-maxi", usage) is None


def test_the_embedded_agent_is_free() -> None:
    """Known to cost nothing."""
    assert PRICES.cost("local", Usage(input_audio=600, output_audio=1200)) == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [("models: {a: {text: [1, 2], audio: [1, 2, 3]}}", "text"), ("models: 3", "models"), ("{", "models")],
)
def test_a_bad_file_is_named_with_its_key(tmp_path: Path, text: str, key: str) -> None:
    """With what to write instead."""
    file = tmp_path / "prices.yaml"
    file.write_text(text)
    with pytest.raises(BadInput) as raised:
        load(file)
    assert raised.value.where == str(file)
    assert key in raised.value.key
