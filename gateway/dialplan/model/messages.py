"""Messages that callers leave, where the plan wants them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from gateway.dialplan.model.section import Section
from gateway.dialplan.values import Duration

LONGEST = timedelta(minutes=10)


def _folder(value: object, info: ValidationInfo) -> object:
    # Not looked at here: it is made when the first message is left.
    folder: Path = (info.context or {}).get("folder", Path())
    return str(folder / value) if isinstance(value, str) and value else value


class Messages(Section):
    """Where messages are kept, and when one is over; `#` and hanging up end it in any case."""

    folder: Annotated[str, BeforeValidator(_folder), WithJsonSchema({"type": "string"})] = Field(min_length=1)
    """Folder for the sound files (WAV, the caller alone); a path relative to the plan's file. Made if it is
    not there. Required.
    """

    longest: Duration = timedelta(minutes=2)
    """How long a message may be, 5s to 10m. Default: 2m."""

    silence: Duration = timedelta(seconds=4)
    """Silence that ends it, 1s to 30s. Default: 4s."""

    @field_validator("longest")
    @classmethod
    def _some(cls, span: timedelta) -> timedelta:
        if not timedelta(seconds=5) <= span <= LONGEST:
            raise ValueError("write 5s to 10m")
        return span

    @field_validator("silence")
    @classmethod
    def _patient(cls, span: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= span <= timedelta(seconds=30):
            raise ValueError("write 1s to 30s")
        return span
