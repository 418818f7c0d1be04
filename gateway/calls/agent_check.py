"""What a plan's agent would meet at its providers, looked at before a caller does: see `gateway check`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from gateway.calls.policy_of_plan import session_settings
from gateway.dialplan import Agent, Plan
from gateway.dialplan.checks import Remark
from gateway.errors import BadInput
from gateway.realtime.allowed import left_out
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.provider_check import ProviderCheck, stages
from gateway.tools.registry import Toolbox

_PLACES = {"wire": ("wire",)}
"""Settings that belong to a stage; all others are the agent's."""


class AgentChecks:
    """All checks of an agent together; reads files, so it is not for the event loop."""

    def __init__(
        self, custom: Mapping[str, CustomProvider], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._providers = ProviderCheck(custom, environment)

    def __call__(self, plan: Plan, agent: Agent) -> Iterator[Remark]:
        """Tell what is missing, and what a provider or model does not take."""
        yield from self._providers(plan, agent)
        yield from self._not_taken(plan, agent)

    def _not_taken(self, plan: Plan, agent: Agent) -> Iterator[Remark]:
        said: set[str] = set()
        for path, stage in stages(agent):
            try:
                provider = self._providers.provider(stage)
            except BadInput:
                continue  # that was told
            for name, why in left_out(provider, session_settings(plan, agent, stage, Toolbox(()))):
                place = (*path, *_PLACES[name]) if name in _PLACES else tuple(name.split("."))
                if name not in said:
                    yield Remark(place, None, f"not sent: {why}", warning=True)
                said.add(name)
