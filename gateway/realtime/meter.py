"""What one call has used up so far, by provider and model, and what that costs."""

from __future__ import annotations

from decimal import Decimal

from gateway.call import Usage
from gateway.realtime.prices import Prices
from gateway.realtime.providers import LOCAL
from gateway.realtime.usage import Transcribed

Place = tuple[str, str]
"""Provider and model."""


class Meter:
    """Adds up; a call may go from one provider to the next."""

    def __init__(self) -> None:
        self.responses: dict[Place, Usage] = {}
        self.transcriptions: dict[Place, Transcribed] = {}
        self.unreported = 0
        """Responses whose usage nobody told: cancelled early, or at a provider that never tells."""

    def response(self, provider: str, model: str, usage: Usage | None) -> None:
        """A response is over, heard or not: what was generated is billed."""
        if usage is None:
            self.unreported += 1
        else:
            place = provider, model
            self.responses[place] = self.responses.get(place, Usage()) + usage

    def transcription(self, provider: str, model: str, transcribed: Transcribed) -> None:
        """A turn of the caller was transcribed."""
        place = provider, model
        self.transcriptions[place] = self.transcriptions.get(place, Transcribed()) + transcribed

    def cost(self, prices: Prices) -> Decimal | None:
        """Return the cost so far; None if any part of it is not in the list. The embedded agent is free."""
        parts = [
            prices.of_usage(model, usage)
            for (provider, model), usage in self.responses.items()
            if provider != LOCAL.name
        ]
        parts += [
            prices.of_transcription(model, transcribed)
            for (provider, model), transcribed in self.transcriptions.items()
            if provider != LOCAL.name
        ]
        known = [part for part in parts if part is not None]
        return sum(known, Decimal(0)) if len(known) == len(parts) else None
