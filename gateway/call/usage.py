"""What a call uses up at its models, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens billed for a response or transcription (`usage` of the wire); cached counts are subsets."""

    input_text: int = 0
    input_audio: int = 0
    input_image: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    cached_image: int = 0
    output_text: int = 0
    output_audio: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_text + other.input_text,
            self.input_audio + other.input_audio,
            self.input_image + other.input_image,
            self.cached_text + other.cached_text,
            self.cached_audio + other.cached_audio,
            self.cached_image + other.cached_image,
            self.output_text + other.output_text,
            self.output_audio + other.output_audio,
        )

    @property
    def tokens_in(self) -> int:
        """Tokens that the model was given, cached or not."""
        return self.input_text + self.input_audio + self.input_image

    @property
    def tokens_out(self) -> int:
        """Tokens that the model gave."""
        return self.output_text + self.output_audio


@dataclass(frozen=True, slots=True)
class CostUpdated:
    """What the call has cost so far at its models, in US dollars; None: there are no prices at all."""

    usd: Decimal | None
    complete: bool = True
    """False: a part of it has no known price, and is not in it."""
    tokens_in: int = 0
    tokens_out: int = 0
    """What the models were given and gave, as they have told; what only transcribed is not in it."""

    def __add__(self, other: CostUpdated) -> CostUpdated:
        return CostUpdated(
            None if self.usd is None or other.usd is None else self.usd + other.usd,
            self.complete and other.complete,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
        )
