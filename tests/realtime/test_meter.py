from __future__ import annotations

from decimal import Decimal

from gateway.call import Usage
from gateway.realtime.meter import Meter
from gateway.realtime.prices import Prices
from gateway.realtime.usage import Transcribed

PRICES = Prices.read()


def test_a_call_adds_up() -> None:
    """By provider and model, responses and transcriptions."""
    meter = Meter()
    meter.response("openai", "gpt-realtime-2.1", Usage(output_text=500_000))
    meter.response("openai", "gpt-realtime-2.1", Usage(output_text=500_000))
    meter.response("azure", "gpt-realtime-1.5", Usage(output_text=1_000_000))
    meter.transcription("openai", "gpt-transcribe", Transcribed(seconds=60))
    assert meter.responses[("openai", "gpt-realtime-2.1")] == Usage(output_text=1_000_000)
    assert meter.cost(PRICES) == Decimal("40.0045")


def test_the_embedded_agent_is_free() -> None:
    """Its tokens are counted, and cost nothing."""
    meter = Meter()
    assert meter.cost(PRICES) == 0
    meter.response("local", "local", Usage(output_text=5))
    meter.transcription("local", "x", Transcribed(seconds=5))
    assert meter.cost(PRICES) == 0


def test_one_unknown_part_makes_the_whole_unknown() -> None:
    """A cost that leaves something out would be wrong."""
    meter = Meter()
    meter.response("openai", "gpt-realtime-2.1", Usage(output_text=5))
    meter.response("xai", "grok-voice", Usage(output_text=5))
    assert meter.cost(PRICES) is None


def test_what_nobody_told_is_counted() -> None:
    """The cost is then at least what it says."""
    meter = Meter()
    meter.response("openai", "gpt-realtime-2.1", None)
    assert (meter.unreported, meter.cost(PRICES)) == (1, 0)
