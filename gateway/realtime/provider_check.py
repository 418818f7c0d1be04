"""What an agent needs of its provider, looked at before a caller does: address, key, certificates."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from gateway.dialplan import Agent, Plan
from gateway.dialplan.model import ModelRoute
from gateway.dialplan.problems import Remark
from gateway.dialplan.source import Path_
from gateway.errors import BadInput
from gateway.realtime import tls
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.providers import AZURE, OPENAI, SHIPPED, Provider
from gateway.realtime.resolve_provider import choose

_STANDS_IN = "set-later"
"""In place of a secret that is not there: that was told already."""


class ProviderCheck:
    """Looks at one agent after the other; reads certificates, so it is not for the event loop."""

    def __init__(
        self, custom: Mapping[str, CustomProvider], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._custom = custom
        self._environment = environment

    def __call__(self, _plan: Plan, agent: Agent) -> Iterator[Remark]:
        """Tell what is missing or wrong, for the agent and for each provider that it falls back to."""
        for path, stage in stages(agent):
            if stage.provider in {*SHIPPED, *self._custom} or stage.url is not None:
                yield from self._stage(stage, path)

    def _stage(self, stage: ModelRoute, path: Path_) -> Iterator[Remark]:
        if stage.url is not None and stage.url.missing(self._environment):
            return
        try:
            provider = self.provider(stage)
        except BadInput as error:
            place = "provider" if error.where != "plan" or error.key == "provider" else error.key
            value = stage.provider if place == "provider" else None
            yield Remark((*path, place), value, _told(error), unready=error.where != "plan")
            return
        yield from (
            Remark((*path, "provider"), stage.provider, cure, unready=True) for cure in _lacks(provider)
        )
        if provider.key is None and stage.provider in (OPENAI.name, AZURE.name):
            host = urlsplit(provider.url).hostname
            cure = f"{host} is sent no key, {stage.provider}'s stays there: give api_key: if it wants one"
            yield Remark((*path, "url"), None, cure, warning=True)

    def provider(self, stage: ModelRoute) -> Provider:
        """Return the provider of a stage, as a call would have it. Raises BadInput."""
        key = stage.api_key
        if key is not None:
            revealed = _STANDS_IN if key.missing(self._environment) else key.reveal(self._environment)
        return choose(
            stage.provider,
            url=stage.url.reveal(self._environment) if stage.url else None,
            api_key=revealed if key is not None else None,
            custom=self._custom,
            environment=self._environment,
        )


def stages(agent: Agent) -> Iterator[tuple[Path_, ModelRoute]]:
    """All providers of an agent, each with its place under it."""
    yield (), agent
    for index, stage in enumerate(agent.fallback):
        yield ("fallback", index), stage


def _told(error: BadInput) -> str:
    return (
        error.cure if error.where in ("environment", "plan") else f"{error.where}: {error.key}: {error.cure}"
    )


def _lacks(provider: Provider) -> Iterator[str]:
    try:
        parts = urlsplit(provider.url)
        if not parts.hostname or parts.port == 0:
            raise ValueError("the host is missing")
    except ValueError as error:
        yield f"its address is none: {error}"
    if provider.key is not None and (fault := _key_fault(provider.key.reveal(), provider.key_prefix)):
        yield fault
    if provider.tls is not None:
        try:
            tls.context(provider.tls)
        except BadInput as error:
            yield f"{error.where}: providers.{provider.name}.{error.key}: {error.cure}"


def _key_fault(key: str, prefix: str) -> str:
    """Say what is wrong with the form of a key; empty if nothing is. It is never shown."""
    if not (key.isascii() and key.isprintable()):
        return "its key has characters that no key has, such as a line break: is it the right one?"
    if key[0] in "\"'" and key[-1] == key[0]:
        return "its key has quotes around it: take them off where it is set"
    if prefix and key.startswith(prefix):
        return f"its key begins with {prefix.strip()!r}, which is put before it (key_prefix): take it off"
    return ""
