"""The names of attributes: OpenTelemetry's for generative AI where it has them, ours for all else.

The conventions for generative AI are still in development and being renamed; what changes there changes here.
"""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
MODEL = "gen_ai.request.model"
AGENT = "gen_ai.agent.name"
CONVERSATION = "gen_ai.conversation.id"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
TOOL = "gen_ai.tool.name"
ERROR = "error.type"

CALL = "gateway.call"
SIP_CALL_ID = "gateway.sip_call_id"
PLAN, LAST_PLAN = "gateway.plan", "gateway.last_plan"
RESULT, REASON, STATUS = "gateway.result", "gateway.reason", "gateway.status"
DIRECTION = "gateway.direction"
COST = "gateway.cost_usd"

PROVIDERS = {"azure": "azure.ai.openai"}
"""What the conventions call a provider, where that is not our own name of it."""

INVOKE_AGENT, CHAT, EXECUTE_TOOL = "invoke_agent", "chat", "execute_tool"
"""Operations."""


def own(name: str) -> str:
    """Return the name of an attribute of ours."""
    return f"gateway.{name}"
