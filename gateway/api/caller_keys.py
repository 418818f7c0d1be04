"""Keys as they are asked for and answered over HTTP: to be pressed by us, or by a caller. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.api.shapes import Shape


class KeysPressed(Shape):
    """Keys for a machine at the other end (RFC 4733)."""

    digits: Annotated[str, StringConstraints(pattern="^[0-9*#A-D]{1,64}$")]


class DigitsWanted(Shape):
    """Keys that a caller is to press."""

    count: Annotated[int, Field(ge=1, le=32)] = 32
    """How many at most."""
    ends: Literal["#", "*", ""] = "#"
    """The key that ends them; empty: none does."""
    seconds: Annotated[int, Field(ge=1, le=60)] = 10
    """How long the first one is waited for."""


class DigitsPressed(Shape):
    """What they have pressed until they paused."""

    digits: str
