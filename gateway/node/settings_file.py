"""`gateway.yaml`, checked as strictly as a plan: every mistake at once, with line, column, value and cure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from gateway.dialplan import faults, source
from gateway.dialplan.problems import BadFiles
from gateway.errors import BadInput
from gateway.node import layers
from gateway.node.settings_keys import SettingsKeys
from gateway.realtime.custom_provider import IN_FILE, CustomProvider
from gateway.sip.trunk_keys import NAME, TrunkKeys
from gateway.validation_words import plain_words


def _trunk_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError("a trunk's name is letters, digits, _ and -, 32 at most, such as carrier")
    return name


class SettingsFileKeys(SettingsKeys):
    """The keys of the file, with those of each provider."""

    providers: dict[str, CustomProvider] = Field(default_factory=dict)
    trunks: dict[Annotated[str, AfterValidator(_trunk_name)], TrunkKeys] = Field(default_factory=dict)


class BadSettings(BadFiles):
    """`gateway.yaml` cannot be used."""


def read(file: Path, variables: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """Return what the file says, as it was understood: files that it names lie beside it.

    `variables`, as the environment has them, complete its sections. Raises BadSettings.
    """
    written = source.read(file, "a settings file", may_be_empty=True)
    if written.problems:
        raise BadSettings(written.problems)
    try:
        # What the environment has besides was looked at there; here it only has to be there.
        whole = layers.within_sections(written.data, variables)
        keys = SettingsFileKeys.model_validate(whole, context={"folder": file.parent, IN_FILE: True})
    except ValidationError as error:
        raise BadSettings(faults.explain(error, written, SettingsFileKeys)) from None
    return _said(keys)


def _said(section: BaseModel) -> dict[str, Any]:
    """Return the keys that were written, so that others can be laid over them; values stay what they are."""
    values = {name: getattr(section, name) for name in section.model_fields_set}
    return {name: _said(one) if isinstance(one, BaseModel) else one for name, one in values.items()}


def read_providers(
    raw: Mapping[str, Any], in_file: Mapping[str, CustomProvider]
) -> dict[str, CustomProvider]:
    """Read the providers of the environment; one that is in the file, too, is filled in. Raises BadInput."""
    written = {name: one.model_dump(exclude_unset=True) for name, one in in_file.items()}
    both = {**written, **raw}
    for name in written.keys() & raw.keys():
        if isinstance(raw[name], Mapping):
            both[name] = written[name] | dict(raw[name])
    try:
        return TypeAdapter(dict[str, CustomProvider]).validate_python(both)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = "__".join(("GATEWAY_PROVIDERS", *map(str, problem["loc"]))).upper()
        raise BadInput("environment", key, None, plain_words(problem)) from None  # its value may be a key
