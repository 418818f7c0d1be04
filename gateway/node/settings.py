"""Settings of one gateway process: command line over environment over `gateway.yaml` over the defaults.

Every key can be given as `GATEWAY_<NAME>` in the environment. What concerns one number is not here but in
its dialplan.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from gateway.dialplan.values import Secretive
from gateway.errors import BadInput
from gateway.node import layers
from gateway.node.settings_keys import SPREAD, SettingsKeys
from gateway.validation_words import plain_words

NAMED = frozenset({"providers", "trunks"})
"""Mappings by names of one's own, which are no sections: see `settings_file.read_providers`."""


class _Environment(EnvSettingsSource):
    """The environment; a text with `${NAME}` in it is written as it is, and not as JSON."""

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        """Return what a variable says."""
        if field is not None and _is_text(field.annotation):
            return value
        return super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type] # as it is called


def _is_text(annotation: Any) -> bool:
    """Return whether this is `Secretive`, which the library takes for an object, with or without more."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return any(map(_is_text, get_args(annotation)))
    return annotation is Secretive


class Settings(SettingsKeys, BaseSettings):
    """What a process needs to know before the first call. `providers` are `CustomProvider`s by name."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", env_nested_delimiter="__")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say where settings come from, the strongest first."""
        return init_settings, _Environment(settings_cls)


def load(path: Path | None = None, **given: Any) -> Settings:
    """Read the settings; `given` are the command line's, None meaning not given.

    Without `path`, `gateway.yaml` in the working directory is used if it exists.
    Raises BadInput naming the place, the key, the value and the cure; BadSettings with all of a file.
    """
    file = path or Path("gateway.yaml")
    values: dict[str, Any] = {}
    variables = _variables()
    if path is not None or file.exists():
        # Here and not above: reading a file strictly takes what plans take, 0.3 s of imports.
        from gateway.node import settings_file  # noqa: PLC0415

        values = settings_file.read(file, {name: variables[name] for name in variables.keys() - NAMED})
    environment = _from_environment(variables, values)
    if environment.get("trunks"):
        raise BadInput("environment", "GATEWAY_TRUNKS", None, "trunks are written in gateway.yaml")
    if own := environment.get("providers"):
        from gateway.node import settings_file  # noqa: PLC0415

        environment["providers"] = settings_file.read_providers(own, values.get("providers", {}))
    spoken = {key: value for key, value in given.items() if value is not None}
    try:
        return Settings(**layers.over(values, environment) | spoken)
    except ValidationError as error:  # file and environment were looked at before
        problem = error.errors()[0]
        key = ".".join(map(str, problem["loc"]))
        raise BadInput("command line", key, problem.get("input"), plain_words(problem)) from None


def _variables() -> dict[str, Any]:
    """Return what the environment says, as it is written. Raises BadInput for what cannot be right.

    A section may be completed by the file: what it lacks by itself is not told here.
    """
    try:
        variables = dict(_Environment(Settings)())
        for name, spread in SPREAD.items():
            if name in variables:
                variables[name] = spread(variables[name])
        Settings()
    except ValidationError as error:
        wrong = [problem for problem in error.errors() if problem["type"] != "missing"]
        if wrong:
            raise _of_variable(wrong[0]) from None
    except SettingsError as error:  # it is no JSON; the name of the field is in the message alone
        field = re.search(r'"(\w+)"', str(error))
        key = "GATEWAY_" + (field[1] if field else "").upper()
        raise BadInput("environment", key, os.environ.get(key, ""), "write it as JSON") from None
    return variables


def _from_environment(variables: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return only what the environment really says, so that it can stand between file and command line.

    `values` are the file's: they complete its sections. Raises BadInput.
    """
    filled = layers.within_sections(variables, {name: values[name] for name in values.keys() - NAMED})
    try:
        return layers.only(Settings(**filled).model_dump(exclude_unset=True), variables)
    except ValidationError as error:
        raise _of_variable(error.errors()[0]) from None


def _of_variable(problem: ErrorDetails) -> BadInput:
    key = "GATEWAY_" + "__".join(map(str, problem["loc"])).upper()
    return BadInput("environment", key, problem.get("input"), plain_words(problem))
