"""From a plan's words (provider, URL, key) to a provider ready to be connected to.

A key from the environment goes only to the provider that it belongs to: a plan that names another host has
to name its key as well.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.dialplan.values import Secretive
from gateway.errors import BadInput
from gateway.realtime.providers import AZURE, COMPATIBLE, LOCAL, OPENAI, SHIPPED, Dialect, Provider, Secret

_KEYS = {
    OPENAI.name: "OPENAI_API_KEY",
    AZURE.name: "AZURE_OPENAI_API_KEY",
    LOCAL.name: "GATEWAY_LOCAL_API_KEY",
}
_AZURE_ENDPOINT = "AZURE_OPENAI_ENDPOINT"


class CustomProvider(BaseModel):
    """A provider of one's own under `providers:` of the process' settings. `${NAME}` is the environment's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    like: Literal["openai", "azure", "local", "compatible"] = "compatible"
    """The provider it resembles, whose every other property it has."""
    url: str | None = None
    """`ws://` or `wss://`; `{model}` is replaced, else the model is added as `model=`."""
    api_key: str | None = None
    """As `${NAME}` or `${file:PATH}`."""
    key_header: str | None = None
    """The header that shows the key; Authorization unless `like` has another."""
    key_prefix: str | None = None
    """What stands before the key there, with its blank."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Sent at connect as they are."""
    dialect: Dialect | None = None
    model: str | None = None
    """Used where a plan names none, like the next two."""
    voice: str | None = None
    transcription_model: str | None = None
    truncate: bool | None = None
    """This and the rest: see `Capabilities`."""
    idle_timeout: bool | None = None
    g711: bool | None = None
    input_rate: Literal[8000, 16000, 24000, 48000] | None = None
    output_rate: Literal[8000, 16000, 24000, 48000] | None = None
    native_mcp: bool | None = None
    retrieve: bool | None = None
    max_session_minutes: float | None = Field(default=None, gt=0)
    voices: frozenset[str] | None = None
    reasoning_models: tuple[str, ...] | None = None


_CAPABILITIES = (
    "truncate",
    "idle_timeout",
    "g711",
    "input_rate",
    "output_rate",
    "native_mcp",
    "retrieve",
    "max_session_minutes",
    "voices",
    "reasoning_models",
)


def choose(
    name: str,
    *,
    url: str | None = None,
    api_key: str | None = None,
    custom: Mapping[str, Mapping[str, Any]] | None = None,
    environment: Mapping[str, str] = os.environ,
    local_url: str | None = None,
) -> Provider:
    """Find the provider that a plan names; `url` and `api_key` are the plan's own.

    `local_url` is where the embedded agent listens. Raises BadInput naming what is missing and its cure.
    """
    if custom and name in custom:
        found = _own(name, custom[name], environment)
    elif name in SHIPPED:
        found = SHIPPED[name]
    elif url is not None and name == COMPATIBLE.name:
        found = COMPATIBLE
    else:
        names = ", ".join([*SHIPPED, *(custom or {})])
        raise BadInput("plan", "provider", name, f"there is no such provider; there are {names}")
    if name == LOCAL.name and local_url is not None:
        found = dataclasses.replace(found, url=local_url)
    if url is not None:
        found = _elsewhere(found, url)
    return _with_key(_with_host(found, environment), api_key, environment)


def _own(name: str, written: Mapping[str, Any], environment: Mapping[str, str]) -> Provider:
    where = f"providers.{name}"
    try:
        own = CustomProvider.model_validate(dict(written))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # The value may be a key in the wrong place: it is not repeated.
        raise BadInput(where, ".".join(map(str, first["loc"])), None, first["msg"]) from None
    base = SHIPPED.get(own.like, COMPATIBLE)
    given = own.model_dump(exclude_none=True)
    capabilities = {key: given.pop(key) for key in _CAPABILITIES if key in given}
    for key in ("like", "api_key", "url", "headers"):
        given.pop(key, None)
    provider = dataclasses.replace(
        base,
        name=name,
        **given,
        headers={key: _looked_up(value, environment) for key, value in own.headers.items()},
        capabilities=dataclasses.replace(base.capabilities, **capabilities),
    )
    if own.url is not None:
        provider = _elsewhere(provider, _looked_up(own.url, environment))
    if not provider.url:
        raise BadInput(where, "url", None, "write the WebSocket address, such as wss://host/v1/realtime")
    if own.api_key is not None:
        provider = dataclasses.replace(provider, key=Secret(_looked_up(own.api_key, environment)))
    return provider


def _elsewhere(provider: Provider, url: str) -> Provider:
    if not url.startswith(("ws://", "wss://")):
        raise BadInput("plan", "url", None, "write an address that begins with ws:// or wss://")
    return dataclasses.replace(provider, url=url)


def _with_host(provider: Provider, environment: Mapping[str, str]) -> Provider:
    if "{host}" not in provider.url:
        return provider
    endpoint = environment.get(_AZURE_ENDPOINT, "")
    host = urlsplit(endpoint).netloc or endpoint.strip("/")
    if not host:
        cure = f"set {_AZURE_ENDPOINT} to your resource, such as https://NAME.openai.azure.com, or give url:"
        raise BadInput("environment", _AZURE_ENDPOINT, None, cure)
    return dataclasses.replace(provider, url=provider.url.replace("{host}", host))


def _with_key(provider: Provider, api_key: str | None, environment: Mapping[str, str]) -> Provider:
    if api_key is not None:
        return dataclasses.replace(provider, key=Secret(api_key))
    variable = _KEYS.get(provider.name)
    if provider.key is not None or variable is None or not _at_home(provider):
        return provider
    key = environment.get(variable, "").strip()
    if key:
        return dataclasses.replace(provider, key=Secret(key))
    if provider.name == LOCAL.name:
        return provider  # it asks for none unless it was started with one
    raise BadInput("environment", variable, None, f"set {variable} to your key, or give api_key: in the plan")


def _at_home(provider: Provider) -> bool:
    """Return whether the address is the provider's own, so that its key may go there."""
    address = urlsplit(provider.url)
    host = address.hostname or ""
    match provider.name:
        case OPENAI.name:
            return address.scheme == "wss" and f".{host}".endswith(".api.openai.com")
        case AZURE.name:
            return address.scheme == "wss" and host.endswith(".azure.com")
        case _:
            return host in ("127.0.0.1", "localhost", "::1")


def _looked_up(text: str, environment: Mapping[str, str]) -> str:
    return Secretive.parse(text, Path()).reveal(environment)
