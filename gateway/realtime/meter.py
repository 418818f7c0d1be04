"""What one call has used up so far, by provider and model, and what that costs."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from gateway.call import Usage
from gateway.realtime.price_book import PriceBook
from gateway.realtime.providers import LOCAL
from gateway.realtime.usage import Transcribed

Place = tuple[str, str]
"""Provider and model."""


class Cost(NamedTuple):
    """What a call has cost: `usd` of what has a price, and the places that have none."""

    usd: Decimal
    unknown: frozenset[Place] = frozenset()


class Meter:
    """Adds up; a call may go from one provider to the next."""

    def __init__(self) -> None:
        self.responses: dict[Place, Usage] = {}
        self.transcriptions: dict[Place, Transcribed] = {}
        self._unreported: Counter[Place] = Counter()

    @property
    def unreported(self) -> int:
        """Responses whose usage nobody told: cancelled early, or at a provider that never tells."""
        return self._unreported.total()

    def response(self, provider: str, model: str, usage: Usage | None) -> None:
        """A response is over, heard or not: what was generated is billed."""
        place = provider, model
        if usage is None:
            self._unreported[place] += 1
        else:
            self.responses[place] = self.responses.get(place, Usage()) + usage

    def transcription(self, provider: str, model: str, transcribed: Transcribed) -> None:
        """A turn of the caller was transcribed."""
        place = provider, model
        self.transcriptions[place] = self.transcriptions.get(place, Transcribed()) + transcribed

    def was_told(self, place: Place) -> bool:
        """Return whether anything was told of what was used up there."""
        return place in self.responses or place in self.transcriptions

    @property
    def used(self) -> Usage:
        """Return all that responses have used up."""
        return sum(self.responses.values(), Usage())

    def cost(self, prices: PriceBook) -> Cost:
        """Return the cost so far. Unknown is also a place of which no response told what it used up."""
        usd, unknown = Decimal(0), {place for place in self._unreported if place not in self.responses}
        unknown = {place for place in unknown if place[0] != LOCAL.name}
        parts = [(place, prices.of_usage(*place, usage)) for place, usage in self.responses.items()]
        parts += [(place, prices.of_transcription(*place, one)) for place, one in self.transcriptions.items()]
        for place, part in parts:
            if part is None:
                unknown.add(place)
            else:
                usd += part
        return Cost(usd, frozenset(unknown))
