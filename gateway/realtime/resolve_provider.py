"""From a plan's words (provider, URL, key) to a provider ready to be connected to.

A key from the environment goes only to the provider that it belongs to: a plan that names another host has
to name its key as well.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.dialplan.values import Secretive
from gateway.errors import BadInput
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.providers import AZURE, COMPATIBLE, LOCAL, OPENAI, SHIPPED, Provider, Secret

_KEYS = {
    OPENAI.name: "OPENAI_API_KEY",
    AZURE.name: "AZURE_OPENAI_API_KEY",
    LOCAL.name: "GATEWAY_LOCAL_API_KEY",
}
_AZURE_ENDPOINT = "AZURE_OPENAI_ENDPOINT"


_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?")
_PLAIN = ("dialect", "key_header", "key_prefix", "model", "voice", "transcription_model", "max_sessions")
"""Keys that are a provider's field of the same name."""
_CAPABILITIES = (
    "truncate",
    "idle_timeout",
    "g711",
    "input_rate",
    "output_rate",
    "native_mcp",
    "retrieve",
    "safety_identifier",
    "max_session_minutes",
    "voices",
    "reasoning_models",
)


def choose(
    name: str,
    *,
    url: str | None = None,
    api_key: str | None = None,
    custom: Mapping[str, CustomProvider] | None = None,
    environment: Mapping[str, str] = os.environ,
    local_url: str | None = None,
) -> Provider:
    """Find the provider that a plan names; `url` and `api_key` are the plan's own.

    `local_url` is where the embedded agent listens. Raises BadInput naming what is missing and its cure.
    """
    kind = name
    if custom and name in custom:
        found, kind = _own(name, custom[name], environment), custom[name].like
    elif name in SHIPPED:
        found = SHIPPED[name]
    elif url is not None and name == COMPATIBLE.name:
        found = COMPATIBLE
    else:
        names = ", ".join([*SHIPPED, *(custom or {})])
        raise BadInput("plan", "provider", name, f"there is no such provider; there are {names}")
    if name == LOCAL.name and local_url is not None and (not custom or name not in custom):
        found = dataclasses.replace(found, url=local_url)
    if url is not None:
        found = _elsewhere(found, url)
    return _with_key(_with_host(found, environment), kind, api_key, environment)


def _own(name: str, own: CustomProvider, environment: Mapping[str, str]) -> Provider:
    base = SHIPPED.get(own.like, COMPATIBLE)
    given = {key: getattr(own, key) for key in own.model_fields_set}
    given = {key: value for key, value in given.items() if value is not None}
    capabilities = {key: given[key] for key in _CAPABILITIES if key in given}
    plain = {key: given[key] for key in _PLAIN if key in given}
    provider = dataclasses.replace(
        base,
        name=name,
        **plain,
        headers={
            key: _revealed(name, f"headers.{key}", value, environment) for key, value in own.headers.items()
        },
        capabilities=dataclasses.replace(base.capabilities, **capabilities),
        tls=own.tls.files() if own.tls is not None else None,
        deployments=own.deployments,
    )
    if own.url is not None:
        provider = _elsewhere(provider, _revealed(name, "url", own.url, environment))
    if own.api_key is not None:
        provider = dataclasses.replace(
            provider, key=Secret(_revealed(name, "api_key", own.api_key, environment))
        )
    return provider


def _revealed(name: str, key: str, text: Secretive, environment: Mapping[str, str]) -> str:
    if missing := text.missing(environment):
        raise BadInput("gateway.yaml", f"providers.{name}.{key}", text.text, "; ".join(missing))
    return text.reveal(environment)


def _elsewhere(provider: Provider, url: str) -> Provider:
    if not url.startswith(("ws://", "wss://")):
        raise BadInput("plan", "url", None, "write an address that begins with ws:// or wss://")
    return dataclasses.replace(provider, url=url)


def _with_host(provider: Provider, environment: Mapping[str, str]) -> Provider:
    if "{host}" not in provider.url:
        return provider
    endpoint = environment.get(_AZURE_ENDPOINT, "").strip()
    host = urlsplit(endpoint).netloc or endpoint.strip("/")
    cure = "to your resource, such as https://NAME.openai.azure.com, or give url:"
    if not host:
        raise BadInput("environment", _AZURE_ENDPOINT, None, f"no address: set {_AZURE_ENDPOINT} {cure}")
    if not _HOST.fullmatch(host):
        raise BadInput("environment", _AZURE_ENDPOINT, endpoint, f"not a host: set it {cure}")
    return dataclasses.replace(provider, url=provider.url.replace("{host}", host))


def _with_key(provider: Provider, kind: str, api_key: str | None, environment: Mapping[str, str]) -> Provider:
    """Give it the key: the plan's, its own, or that of the environment if it is at home there."""
    if api_key is not None:
        return dataclasses.replace(provider, key=Secret(api_key))
    variable = _KEYS.get(kind)
    if provider.key is not None or variable is None or not _at_home(provider, kind):
        return provider
    if key := environment.get(variable, "").strip():
        return dataclasses.replace(provider, key=Secret(key))
    if kind == LOCAL.name:
        return provider  # it asks for none unless it was started with one
    raise BadInput("environment", variable, None, f"no key: set {variable} to yours, or give api_key:")


def _at_home(provider: Provider, kind: str) -> bool:
    """Return whether the address is that of its kind itself, so that its key may go there."""
    address = urlsplit(provider.url)
    host = address.hostname or ""
    match kind:
        case OPENAI.name:
            return address.scheme == "wss" and f".{host}".endswith(".api.openai.com")
        case AZURE.name:
            return address.scheme == "wss" and host.endswith(".azure.com")
        case _:
            return host in ("127.0.0.1", "localhost", "::1")
