"""What the models of each provider cost: its own prices come before the list, its own names are looked up.

A deployment has a name of one's own; what it stands for has the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gateway.call import Usage
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.prices import ModelPrice, Prices, TranscriptionPrice, of_transcription, of_usage
from gateway.realtime.providers import LOCAL
from gateway.realtime.usage import Transcribed


class PriceBook:
    """The embedded agent is free; what is not in here has no known cost, and is never guessed."""

    def __init__(self, prices: Prices, custom: Mapping[str, CustomProvider] | None = None) -> None:
        self._prices = prices
        self._custom = custom or {}

    def of_usage(self, provider: str, model: str, usage: Usage) -> Decimal | None:
        """Price the tokens of responses; None where that is not known."""
        if provider == LOCAL.name:
            return Decimal(0)
        price = self.model(provider, model)
        return None if price is None else of_usage(price, usage)

    def of_transcription(self, provider: str, model: str, transcribed: Transcribed) -> Decimal | None:
        """Price what was transcribed; None where that is not known, or was told in another unit."""
        if provider == LOCAL.name or not transcribed:
            return Decimal(0)
        price = self.transcriber(provider, model)
        return None if price is None else of_transcription(price, transcribed)

    def model(self, provider: str, name: str) -> ModelPrice | None:
        """Return what a model's tokens cost at a provider."""
        for one in self._names(provider, name):
            own = self._own(provider)
            if (price := own.model(one) or self._prices.model(one)) is not None:
                return price
        return None

    def transcriber(self, provider: str, name: str) -> TranscriptionPrice | None:
        """Return what a transcription model costs at a provider."""
        for one in self._names(provider, name):
            own = self._own(provider)
            if (price := own.transcriber(one) or self._prices.transcriber(one)) is not None:
                return price
        return None

    def _names(self, provider: str, name: str) -> tuple[str, ...]:
        custom = self._custom.get(provider)
        meant = custom.deployments.get(name, name) if custom is not None else name
        return (name,) if meant == name else (name, meant)

    def _own(self, provider: str) -> Prices:
        custom = self._custom.get(provider)
        keys = custom.prices if custom is not None else None
        models, transcription = (keys.models, keys.transcription) if keys is not None else ({}, {})
        return Prices(self._prices.date, self._prices.currency, models, transcription)
