"""A plan: what happens when a number is dialled. Every key of a plan file is described here, once.

The descriptions are also the JSON Schema that editors show (`gateway schema`) and the reference in the
documentation. Models are immutable; a running call keeps the plan it started with.
"""

from gateway.dialplan.model.actions import Action, Announce, Inline, Menu, Redirect, Reject
from gateway.dialplan.model.agent import (
    Agent,
    EarlierCalls,
    HistoryItem,
    ModelRoute,
    NoDetection,
    PushToTalk,
    SemanticVad,
    ServerVad,
)
from gateway.dialplan.model.conduct import Answer, BargeIn, DayLimits, EarlyWords, Limits, OnHold, OnTool
from gateway.dialplan.model.fields import PLAN_NAME
from gateway.dialplan.model.matching import NEXT, Callers, Hours, LookUp
from gateway.dialplan.model.mcp import McpServer
from gateway.dialplan.model.messages import Messages
from gateway.dialplan.model.outbound import Outbound
from gateway.dialplan.model.plan import ACTIONS, Plan
from gateway.dialplan.model.prompt import SORRY, OnFailure, Prompt
from gateway.dialplan.model.record import Record
from gateway.dialplan.model.session_keys import StoredPrompt, Truncation
from gateway.dialplan.model.targets import TransferTarget
from gateway.dialplan.model.webhook import ToolArgument, Webhook

__all__ = [
    "ACTIONS",
    "NEXT",
    "PLAN_NAME",
    "SORRY",
    "Action",
    "Agent",
    "Announce",
    "Answer",
    "BargeIn",
    "Callers",
    "DayLimits",
    "EarlierCalls",
    "EarlyWords",
    "HistoryItem",
    "Hours",
    "Inline",
    "Limits",
    "LookUp",
    "McpServer",
    "Menu",
    "Messages",
    "ModelRoute",
    "NoDetection",
    "OnFailure",
    "OnHold",
    "OnTool",
    "Outbound",
    "Plan",
    "Prompt",
    "PushToTalk",
    "Record",
    "Redirect",
    "Reject",
    "SemanticVad",
    "ServerVad",
    "StoredPrompt",
    "ToolArgument",
    "TransferTarget",
    "Truncation",
    "Webhook",
]
