"""What a plan's agent would meet at its providers, looked at before a caller does: see `gateway check`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from gateway.calls.policy_of_plan import session_settings
from gateway.dialplan import Agent, Plan
from gateway.dialplan.problems import Remark
from gateway.dialplan.source import Path_
from gateway.errors import BadInput
from gateway.realtime.allowed import left_out
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.price_book import PriceBook
from gateway.realtime.provider_check import ProviderCheck, stages
from gateway.realtime.providers import LOCAL, Provider
from gateway.realtime.settings import SessionSettings
from gateway.tools.registry import Toolbox

UNPRICED = "give it one by prices or deployments of its provider in gateway.yaml, or in a price list"
UNTOLD = "its server has not told what a response used up: costs and limits count what it tells"
_PLACES = {"wire": ("wire",)}
"""Settings that belong to a stage; all others are the agent's."""


class AgentChecks:
    """All checks of an agent together; reads files, so it is not for the event loop."""

    def __init__(
        self,
        custom: Mapping[str, CustomProvider],
        prices: PriceBook | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._providers = ProviderCheck(custom, environment)
        self._prices = prices

    def __call__(self, plan: Plan, agent: Agent) -> Iterator[Remark]:
        """Tell what is missing, what a provider or model does not take, and what has no known price."""
        yield from self._providers(plan, agent)
        said: set[str] = set()
        for path, stage in stages(agent):
            try:
                provider = self._providers.provider(stage)
            except BadInput:
                continue  # that was told
            try:
                settings = session_settings(plan, agent, stage, Toolbox())
            except BadInput:
                continue  # a secret is missing, which is told at its own place
            yield from _not_native(agent, provider)
            for name, why in left_out(provider, settings):
                place = (*path, *_PLACES[name]) if name in _PLACES else tuple(name.split("."))
                if name not in said:
                    yield Remark(place, None, f"not sent: {why}", warning=True)
                said.add(name)
            if plan.limits.max_cost_usd is not None and self._prices is not None:
                yield from _unpriced(self._prices, provider, settings, path)


def _not_native(agent: Agent, provider: Provider) -> Iterator[Remark]:
    """Tell of tool servers that a provider is to call and cannot."""
    for label, server in agent.mcp.items():
        if server.mode == "provider" and not provider.capabilities.native_mcp:
            cure = (
                f"{provider.name} is not known to call MCP tools: leave mode: out, or set native_mcp for it"
            )
            yield Remark(("mcp", label, "mode"), "provider", cure, warning=True)


def _unpriced(
    prices: PriceBook, provider: Provider, settings: SessionSettings, path: Path_
) -> Iterator[Remark]:
    """Tell which models a limit of the costs cannot count."""
    if provider.name == LOCAL.name:
        return
    model = settings.model or provider.model
    cure = f"limits.max_cost_usd counts only what has a price; {UNPRICED}"
    if prices.model(provider.name, model) is None:
        place = (*path, "model") if settings.model else (*path, "provider")
        yield Remark(place, model or None, f"no price of this model is known; {cure}", warning=True)
    heard = settings.transcription
    transcriber = (heard.model or provider.transcription_model) if heard is not None else None
    if transcriber and prices.transcriber(provider.name, transcriber) is None:
        place = ("transcription", "model") if heard is not None and heard.model else (*path, "provider")
        yield Remark(
            place, transcriber, f"no price of this transcription model is known; {cure}", warning=True
        )
