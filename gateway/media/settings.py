"""How callers' audio is treated: `media` of `gateway.yaml`."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SPAN_MS = 40
"""Between the least and the most that packets wait: with less there is no room to follow a line."""


class JitterSettings(BaseModel):
    """How long a caller's packets wait for those that come later, in ms. Native mode."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: int = Field(default=12, ge=0, le=200)
    """Milliseconds that packets of a good line wait at least, and 4 more before it is known to be good: what
    comes later than that is heard late, once, and from then on all wait longer."""

    max: int = Field(default=300, ge=40, le=500)
    """Milliseconds that packets wait at most: what would have them wait longer is left out instead."""

    @model_validator(mode="after")
    def _leave_room(self) -> Self:
        if self.max < self.min + SPAN_MS:
            raise ValueError(
                f"max is at least {SPAN_MS} more than min: the wait follows the line between them"
            )
        return self


class MediaSettings(BaseModel):
    """How callers' audio is treated on its way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jitter: JitterSettings = JitterSettings()
    """How long packets wait for their turn."""
