from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.call import Usage
from gateway.errors import BadInput
from gateway.realtime.prices import SHIPPED, Prices, of_transcription, of_usage
from gateway.realtime.usage import Transcribed

LIST = Prices.read()


def usage_cost(model: str, usage: Usage) -> Decimal | None:
    price = LIST.model(model)
    return None if price is None else of_usage(price, usage)


def transcription_cost(model: str, transcribed: Transcribed) -> Decimal | None:
    price = LIST.transcriber(model)
    return None if price is None else of_transcription(price, transcribed)


def test_the_list_is_dated() -> None:
    """Prices change; whoever reads a cost can know as of when."""
    assert LIST.date.year >= 2026
    assert LIST.currency == "USD"


def test_a_minute_each_way_costs_what_the_provider_says() -> None:
    """600 tokens of the caller at 32 $, 1200 of the agent at 64 $ a million."""
    minute = Usage(input_audio=600, output_audio=1200)
    assert usage_cost("gpt-realtime-2.1", minute) == Decimal("0.0960")


def test_cached_tokens_are_a_part_of_those_read() -> None:
    """They are not paid twice."""
    usage = Usage(input_text=1_000_000, cached_text=400_000, input_audio=1_000_000, cached_audio=1_000_000)
    assert usage_cost("gpt-realtime-2.1", usage) == Decimal("2.4") + Decimal("0.16") + Decimal("0.40")


def test_a_dated_snapshot_costs_what_its_model_costs() -> None:
    """`gpt-realtime-2025-08-28` is `gpt-realtime`."""
    usage = Usage(output_text=1_000_000)
    assert usage_cost("gpt-realtime-2025-08-28", usage) == 16


def test_an_unknown_model_costs_nobody_knows_what() -> None:
    """Never a guess."""
    assert usage_cost("grok-voice", Usage(input_text=1)) is None
    assert transcription_cost("other", Transcribed(seconds=1)) is None


def test_transcription_is_priced_in_its_own_unit() -> None:
    """By the minute or by tokens; reported in the other unit its cost is not known."""
    assert transcription_cost("gpt-transcribe", Transcribed(seconds=120)) == Decimal("0.009")
    assert transcription_cost("gpt-transcribe", Transcribed(input_tokens=5)) is None
    tokens = Transcribed(input_tokens=1_000_000, output_tokens=100_000)
    assert transcription_cost("gpt-4o-transcribe", tokens) == Decimal("3.5")
    assert transcription_cost("gpt-4o-transcribe", Transcribed(seconds=1)) is None


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    """An Azure deployment with a negotiated price."""
    own = tmp_path / "prices.yaml"
    own.write_text(
        "date: 2026-12-01\ncurrency: EUR\nmodels:\n  ours: {text: [1, 0.1, 2], audio: [3, 0.3, 4]}\n"
    )
    price = Prices.read(own).model("ours")
    assert price is not None
    assert of_usage(price, Usage(output_audio=1_000_000, input_image=5)) == 4


HEAD = "date: 2026-01-01\ncurrency: USD\nmodels: "


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("models: [", "syntax"),
        (HEAD + "{x: {text: [1, 2], audio: [1, 2, 3]}}", "models.x.text.2"),
        (HEAD + "{x: {text: [1, 2, -3], audio: [1, 2, 3]}}", "models.x.text.2"),
        (HEAD + "{}\nextra: 1", "extra"),
        ("", "file"),
    ],
)
def test_a_mistake_in_a_list_is_named(tmp_path: Path, text: str, key: str) -> None:
    """The file, the key and the cure."""
    own = tmp_path / "prices.yaml"
    own.write_text(text)
    with pytest.raises(BadInput) as caught:
        Prices.read(own)
    assert caught.value.key == key


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    """Named as well."""
    with pytest.raises(BadInput):
        Prices.read(tmp_path / "none.yaml")
    assert SHIPPED.exists()
