"""Values that YAML has no type for: durations, and texts that fetch a secret when they are used."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gateway.errors import BadInput

# --- durations ---------------------------------------------------------------------------------------

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")


def parse_duration(text: object) -> timedelta:
    """Return `30m`, `45s`, `500ms`, `1h30m` or `90d` as a time span.

    A bare number is refused with ValueError: its unit would be a guess.
    """
    if isinstance(text, timedelta):
        return text
    if isinstance(text, str) and _DURATION.fullmatch(text):
        with contextlib.suppress(OverflowError):
            return timedelta(seconds=sum(float(n) * _UNITS[unit] for n, unit in _PART.findall(text)))
        raise ValueError("write a shorter time than that")
    raise ValueError("write a duration with its unit, such as 500ms, 45s, 30m or 1h30m")


def format_duration(span: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as the same span."""
    left = round(span.total_seconds() * 1000)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["500ms", "45s", "30m"]}
    ),
]

# --- secrets -----------------------------------------------------------------------------------------

LITERAL_SECRET = "literal_secret"  # noqa: S105 - the name of an error, not a secret
"""The type of the validation error whose input must not be shown."""

_REFERENCE = re.compile(r"\$\{(file:)?([^}]*)\}")
_USER_IN_URL = re.compile(r"[a-z]+://[^@/?#]*@")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Secretive:
    """A text with `${NAME}` or `${file:PATH}` in it. What is printed is always the reference.

    It is looked up at each use, not at load: a plan can be checked on a machine that has no secrets, and
    a rotated secret file is picked up by the next call.
    """

    text: str
    folder: Path = field(default=Path(), compare=False)
    """Relative paths in `${file:...}` start at the folder of the plan."""

    def __str__(self) -> str:
        return self.text

    def references(self) -> Iterator[tuple[str, bool]]:
        """Each reference as (name or path, whether it is a file)."""
        for kind, name in _REFERENCE.findall(self.text):
            yield name, bool(kind)

    @property
    def bare(self) -> str:
        """The text without its references: what may be looked at for anything else in braces."""
        return _REFERENCE.sub("", self.text)

    def missing(self, environment: Mapping[str, str] = os.environ) -> list[str]:
        """What cannot be looked up now, each as it should be told to a person."""
        faults = (
            _file_fault(self.folder / name)
            if is_file
            else ("" if environment.get(name, "").strip() else f"the environment variable {name} is not set")
            for name, is_file in self.references()
        )
        return [fault for fault in faults if fault]

    def reveal(self, environment: Mapping[str, str] = os.environ) -> str:
        """The text with everything looked up; `BadInput` names what is missing, never what was found."""
        return self._revealed(environment, 0)

    def reveal_address(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return the same of `SCHEME://USER:${NAME}@HOST`, whatever letters a password has (RFC 3986)."""
        # A reference may hold any sign itself: `${file:a/b@c}`.
        bare = _REFERENCE.sub(lambda match: "x" * len(match[0]), self.text)
        user = _USER_IN_URL.match(bare)
        return self._revealed(environment, user.end() if user else 0)

    def _revealed(self, environment: Mapping[str, str], encoded_until: int) -> str:
        if missing := self.missing(environment):
            raise BadInput(str(self.folder), self.text, None, "; ".join(missing))

        def look_up(match: re.Match[str]) -> str:
            kind, name = match.groups()
            found = (self.folder / name).read_text(encoding="utf-8").strip() if kind else environment[name]
            return quote(found, safe="") if match.end() <= encoded_until else found

        return _REFERENCE.sub(look_up, self.text)

    @classmethod
    def parse(cls, value: object, folder: Path) -> Secretive:
        """Check the references' form; a text without any is fine."""
        if isinstance(value, Secretive):
            return value
        if not isinstance(value, str):
            raise ValueError("write a text")
        for kind, name in _REFERENCE.findall(value):
            if not (name if kind else _ENV_NAME.fullmatch(name)):
                raise ValueError("a secret is written ${NAME} (environment) or ${file:PATH}")
        return cls(value, folder)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def validate(value: Any, info: core_schema.ValidationInfo[Any]) -> Secretive:
            return cls.parse(value, (info.context or {}).get("folder", Path()))

        return core_schema.with_info_plain_validator_function(
            validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string"}


def _file_fault(file: Path) -> str:
    """Say why a file gives no secret; empty if it gives one."""
    try:
        return "" if file.read_text(encoding="utf-8").strip() else f"the file {file} is empty"
    except OSError as error:
        return f"the file {file} cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return f"the file {file} cannot be read: it is no text"


_SECRET_NAME = re.compile(r"auth|cookie|key|passw|secret|token", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"://[^/@$]*:[^/@$]+@")


def is_secret_name(name: str) -> bool:
    """Whether what stands under this name is likely to be a secret, and must not be shown."""
    return bool(_SECRET_NAME.search(name))


def must_refer(value: object) -> object:
    """Refuse a secret written in clear. The report must not repeat it: it knows this type of error."""
    text = value.text if isinstance(value, Secretive) else value
    if isinstance(text, str) and not _REFERENCE.search(text):
        cure = "a secret does not belong in this file: write ${NAME} (environment) or ${file:PATH}"
        raise PydanticCustomError(LITERAL_SECRET, cure)
    return value


def web_address(url: Secretive, *schemes: str) -> Secretive:
    """Refuse an address of another kind, and one with a password in clear."""
    if not url.text.startswith((*schemes, "${")):
        raise ValueError(f"write an address that begins with {' or '.join(schemes)}")
    if _PASSWORD_IN_URL.search(url.text):
        must_refer("")
    return url


Secret = Annotated[Secretive, BeforeValidator(must_refer)]
"""A text that must not be in the file itself: at least one `${...}` is required."""
