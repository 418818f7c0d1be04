from __future__ import annotations

from decimal import Decimal

from gateway.call import Usage
from gateway.realtime.meter import Cost, Meter
from gateway.realtime.price_book import PriceBook
from gateway.realtime.prices import Prices
from gateway.realtime.usage import Transcribed

PRICES = PriceBook(Prices.read())


def test_a_call_adds_up() -> None:
    """By provider and model, responses and transcriptions."""
    meter = Meter()
    meter.response("openai", "gpt-realtime-2.1", Usage(output_text=500_000))
    meter.response("openai", "gpt-realtime-2.1", Usage(output_text=500_000))
    meter.response("azure", "gpt-realtime-1.5", Usage(output_text=1_000_000))
    meter.transcription("openai", "gpt-transcribe", Transcribed(seconds=60))
    assert meter.responses[("openai", "gpt-realtime-2.1")] == Usage(output_text=1_000_000)
    assert meter.cost(PRICES) == Cost(Decimal("40.0045"))


def test_the_embedded_agent_is_free() -> None:
    """Its tokens are counted, and cost nothing."""
    meter = Meter()
    assert meter.cost(PRICES) == Cost(Decimal(0))
    meter.response("local", "local", Usage(output_text=5))
    meter.transcription("local", "x", Transcribed(seconds=5))
    assert meter.cost(PRICES) == Cost(Decimal(0))


def test_an_unknown_part_leaves_the_rest_known() -> None:
    """What the call has cost at least, and what of it has no price."""
    meter = Meter()
    meter.response("openai", "gpt-realtime-2.1", Usage(output_text=1_000_000))
    meter.response("xai", "grok-voice", Usage(output_text=5))
    meter.transcription("openai", "their-ears", Transcribed(seconds=5))
    unknown = {("xai", "grok-voice"), ("openai", "their-ears")}
    assert meter.cost(PRICES) == Cost(Decimal(24), frozenset(unknown))


def test_what_nobody_told_is_counted() -> None:
    """A response that was broken off does not make a cost unknown; a provider that never tells does."""
    meter = Meter()
    meter.response("openai", "gpt-realtime-2.1", None)
    place = ("openai", "gpt-realtime-2.1")
    assert (meter.unreported, meter.cost(PRICES)) == (1, Cost(Decimal(0), frozenset({place})))
    meter.response(*place, Usage(output_text=1_000_000))
    assert meter.cost(PRICES) == Cost(Decimal(24))
    meter.response("local", "local", None)
    assert (meter.unreported, meter.cost(PRICES)) == (2, Cost(Decimal(24)))
