"""Functions that the model's provider calls itself: it tells of them, and is given nothing."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.call.approval import ApprovalRequested


@dataclass(frozen=True, slots=True)
class ProviderToolCalled:
    """The provider calls a function of a tool server; `item_id` is that of the call."""

    item_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ProviderToolReturned:
    """It has the function's result, or knows that there is none; it may speak of it by itself, or not."""

    item_id: str


ProviderToolFact = ApprovalRequested | ProviderToolCalled | ProviderToolReturned
