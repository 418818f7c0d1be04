"""MCP calls that the provider makes itself, as facts of the call. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.call import (
    ApprovalRequested,
    ProviderToolCalled,
    ProviderToolReturned,
    SessionFact,
    approval_question,
)
from gateway.realtime.bounded_dict import BoundedDict
from gateway.realtime.events import server
from gateway.realtime.events.items import Item, McpApprovalRequest, McpCall


class ProviderTools:
    """Reads one session's events; each call is told once to begin, and once to end.

    `questions`: the words of the plan's author for asking the caller, by server and function.
    """

    def __init__(self, questions: Mapping[tuple[str, str], str]) -> None:
        self._questions = questions
        self._names: BoundedDict[str] = BoundedDict(64)
        self._begun: BoundedDict[None] = BoundedDict(64)
        self._ended: BoundedDict[None] = BoundedDict(64)
        self._asked: BoundedDict[None] = BoundedDict(64)

    def item_added(self, item: Item) -> None:
        """An item begins: its name is told here alone."""
        if isinstance(item, McpCall) and item.id:
            self._names[item.id] = item.name

    def in_progress(self, event: server.McpCallInProgress) -> Iterable[SessionFact]:
        """A call is made."""
        return self._begins(event.item_id)

    def ended(self, event: server.McpCallCompleted | server.McpCallFailed) -> Iterable[SessionFact]:
        """It has a result, or none."""
        return self._ends(event.item_id)

    def item_done(self, item: Item) -> Iterable[SessionFact]:
        """An item is complete; some servers tell nothing else of a call."""
        if isinstance(item, McpCall) and item.id:
            self._names[item.id] = item.name
            yield from self._begins(item.id)
            yield from self._ends(item.id)
        elif isinstance(item, McpApprovalRequest) and item.id and self._asked.first_time(item.id, None):
            words = self._questions.get((item.server_label, item.name), "")
            yield ApprovalRequested(item.id, approval_question(item.name, _object(item.arguments), words))

    def _begins(self, item_id: str) -> Iterable[SessionFact]:
        if self._begun.first_time(item_id, None):
            yield ProviderToolCalled(item_id, self._names.get(item_id) or "")

    def _ends(self, item_id: str) -> Iterable[SessionFact]:
        if item_id in self._begun and self._ended.first_time(item_id, None):
            yield ProviderToolReturned(item_id)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
