from __future__ import annotations

from decimal import Decimal

from gateway.call import Usage
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.price_book import PriceBook
from gateway.realtime.prices import Prices
from gateway.realtime.usage import Transcribed

SPOKEN = Usage(output_audio=1_000_000)
CUSTOM = {
    "azure": CustomProvider.model_validate(
        {
            "like": "azure",
            "deployments": {
                "our-voice": "gpt-realtime-2.1",
                "our-ears": "gpt-transcribe",
                "x": "nobody-knows",
            },
        }
    ),
    "lab": CustomProvider.model_validate(
        {
            "url": "wss://lab.example/v1",
            "prices": {
                "models": {
                    "lab-large": {"text": [1, 0.1, 4], "audio": [8, 0.8, 16]},
                    "gpt-realtime-2.1": {"text": [1, 1, 1], "audio": [1, 1, 2]},
                },
                "transcription": {"lab-ears": {"minute": 0.5}},
            },
        }
    ),
}
BOOK = PriceBook(Prices.read(), CUSTOM)


def test_a_deployment_costs_what_its_model_costs() -> None:
    """Of speech and of transcription; one that stands for nothing known has no price."""
    assert BOOK.of_usage("azure", "our-voice", SPOKEN) == 64
    assert BOOK.of_transcription("azure", "our-ears", Transcribed(seconds=60)) == Decimal("0.0045")
    assert BOOK.of_usage("azure", "x", SPOKEN) is None
    assert BOOK.of_usage("openai", "our-voice", SPOKEN) is None


def test_a_providers_own_prices_come_first() -> None:
    """Of its own models, and of those that cost another price here."""
    assert BOOK.of_usage("lab", "lab-large", SPOKEN) == 16
    assert BOOK.of_usage("lab", "gpt-realtime-2.1", SPOKEN) == 2
    assert BOOK.of_usage("openai", "gpt-realtime-2.1", SPOKEN) == 64
    assert BOOK.of_transcription("lab", "lab-ears", Transcribed(seconds=60)) == Decimal("0.5")
    assert BOOK.of_usage("lab", "gpt-realtime-1.5", SPOKEN) == 64


def test_the_embedded_agent_is_free_and_nothing_is_guessed() -> None:
    """What is in no list is not known; what was told in another unit neither."""
    assert BOOK.of_usage("local", "local", SPOKEN) == 0
    assert BOOK.of_usage("lab", "grok", SPOKEN) is None
    assert BOOK.of_transcription("openai", "gpt-transcribe", Transcribed(input_tokens=5)) is None
    assert BOOK.of_transcription("openai", "nobody", Transcribed()) == 0
