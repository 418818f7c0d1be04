"""What a call's tokens cost. The list is a dated file beside this one; a file of one's own may replace it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.call import Usage
from gateway.errors import BadInput
from gateway.realtime.usage import Transcribed
from gateway.validation_words import plain_words
from gateway.yaml_mistakes import load as load_yaml

SHIPPED = Path(__file__).with_name("prices.yaml")
MILLION = Decimal(1_000_000)
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")

# YAML reads 0.40 as a binary fraction; its shortest decimal form is what was written.
Dollars = Annotated[Decimal, BeforeValidator(str), Field(ge=0)]
Read = Dollars
Cached = Dollars
Written = Dollars


class ModelPrice(BaseModel):
    """Of a million tokens: read, read again from the cache, written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: tuple[Read, Cached, Written]
    audio: tuple[Read, Cached, Written]
    image: tuple[Read, Cached] = (Decimal(0), Decimal(0))


class TranscriptionPrice(BaseModel):
    """By the minute, or of a million tokens read and written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minute: Dollars | None = None
    read: Dollars | None = None
    written: Dollars | None = None


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    date: date
    currency: str
    models: Mapping[str, ModelPrice]
    transcription: Mapping[str, TranscriptionPrice] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prices:
    """A price list. Costs are in its `currency`; None where the list does not say."""

    date: date
    currency: str
    _models: Mapping[str, ModelPrice]
    _transcription: Mapping[str, TranscriptionPrice]

    @classmethod
    def read(cls, path: Path = SHIPPED) -> Prices:
        """Read a list. Raises BadInput naming the place and the cure."""
        try:
            found = _List.model_validate(load_yaml(path))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(map(str, first["loc"])) or "file"
            raise BadInput(str(path), key, first.get("input"), plain_words(first)) from None
        return cls(found.date, found.currency, found.models, found.transcription)

    def model(self, name: str) -> ModelPrice | None:
        """Return the price of a model's tokens; a dated snapshot costs what its model costs."""
        return self._models.get(name) or self._models.get(_SNAPSHOT.sub("", name))

    def transcriber(self, name: str) -> TranscriptionPrice | None:
        """Return the price of a transcription model."""
        return self._transcription.get(name) or self._transcription.get(_SNAPSHOT.sub("", name))


def of_usage(price: ModelPrice, usage: Usage) -> Decimal:
    """Price the tokens of responses. Cached tokens are a part of those read, and cheaper."""
    sums = (
        (usage.input_text - usage.cached_text, price.text[0]),
        (usage.cached_text, price.text[1]),
        (usage.output_text, price.text[2]),
        (usage.input_audio - usage.cached_audio, price.audio[0]),
        (usage.cached_audio, price.audio[1]),
        (usage.output_audio, price.audio[2]),
        (usage.input_image - usage.cached_image, price.image[0]),
        (usage.cached_image, price.image[1]),
    )
    return sum((tokens * dollars for tokens, dollars in sums), Decimal(0)) / MILLION


def of_transcription(price: TranscriptionPrice, transcribed: Transcribed) -> Decimal | None:
    """Price what was transcribed; None if it was reported in another unit than it is priced in."""
    if price.minute is not None:
        tokens = transcribed.input_tokens or transcribed.output_tokens
        return None if tokens else Decimal(str(transcribed.seconds)) / 60 * price.minute
    if price.read is None or price.written is None or transcribed.seconds:
        return None
    return (transcribed.input_tokens * price.read + transcribed.output_tokens * price.written) / MILLION
