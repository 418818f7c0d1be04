"""What a model gives a function: described to it as JSON Schema, read and checked when it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from pydantic import BaseModel, ValidationError

from gateway.errors import GatewayError
from gateway.tools.signature import given, schema_of

LONGEST_ARGUMENTS = 32_768
"""Characters of JSON; a model that writes more has lost its way."""


class WrongArguments(GatewayError):
    """A function cannot be called with these; the message is for the model."""


class Arguments(Protocol):
    """The arguments of one function."""

    def schema(self) -> dict[str, Any]:
        """Return them as JSON Schema."""

    def read(self, text: str) -> dict[str, Any]:
        """Return what was given as JSON, by name. Raises WrongArguments."""


class ModelArguments:
    """Those of a function whose types we know: each is checked before it runs."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model

    def schema(self) -> dict[str, Any]:
        """See `Arguments`."""
        return schema_of(self.model)

    def read(self, text: str) -> dict[str, Any]:
        """See `Arguments`. A type of somebody's own may raise anything else."""
        _bounded(text)
        try:
            return given(self.model.model_validate_json(text or "{}", strict=False))
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise WrongArguments(f"wrong arguments: {problems}") from None


class ForeignArguments:
    """Those of a function on somebody else's server, as that describes them; it checks them itself."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = dict(schema)

    def schema(self) -> dict[str, Any]:
        """See `Arguments`."""
        return self._schema

    def read(self, text: str) -> dict[str, Any]:
        """See `Arguments`. What is plainly missing needs no journey to be told."""
        _bounded(text)
        try:
            value = orjson.loads(text or "{}")
        except orjson.JSONDecodeError as error:
            raise WrongArguments(f"wrong arguments: not JSON: {error}") from None
        if not isinstance(value, dict):
            raise WrongArguments("wrong arguments: write a JSON object")
        required = self._schema.get("required")
        missing = [name for name in required if name not in value] if isinstance(required, list) else []
        if missing:
            raise WrongArguments(f"wrong arguments: {', '.join(map(str, missing))}: Field required")
        return value


def _bounded(text: str) -> None:
    if len(text) > LONGEST_ARGUMENTS:
        raise WrongArguments(f"wrong arguments: at most {LONGEST_ARGUMENTS} characters")
