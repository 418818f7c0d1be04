"""The keys of a webhook."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from gateway.dialplan.model import Agent, ToolArgument, Webhook

HOOK: dict[str, Any] = {"description": "Find an order.", "url": "https://shop.example/"}


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"url": "ftp://shop.example"}, "http"),
        ({"url": "https://a:b@shop.example"}, "secret"),
        ({"headers": {"X-Token": "abc"}}, "secret"),
        ({"timeout": "3m"}, "100ms to 2m"),
        ({"retries": 4}, "3"),
        ({"retries": 1}, "idempotency_key"),
        ({"method": "GET", "body": {}}, "body"),
        ({"method": "get"}, "GET"),
        ({"description": None}, "string"),
        ({"arguments": {"a-b": {}}}, "name"),
        ({"arguments": {"a": {"pattern": "("}}}, "regular"),
        ({"arguments": {"a": {"type": "integer", "pattern": "x"}}}, "pattern"),
        ({"arguments": {"a": {"minimum": 1}}}, "minimum"),
        ({"arguments": {"a": {"type": "object"}}}, "string"),
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any], why: str) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError, match=why):
        Webhook.model_validate({**HOOK, **keys})


@pytest.mark.parametrize("name", ["", "1a", "a b", "a.b", "x" * 65])
def test_a_name_is_one_that_models_take(name: str) -> None:
    """Letters, digits, _ and -."""
    with pytest.raises(pydantic.ValidationError, match="64 letters"):
        Agent.model_validate({"webhooks": {name: HOOK}})


def test_few_keys_are_needed() -> None:
    """The rest is what most have."""
    hook = Agent.model_validate({"webhooks": {"order_status": HOOK}}).webhooks["order_status"]
    assert (hook.method, hook.timeout.total_seconds(), hook.retries) == ("POST", 5.0, 0)
    assert ToolArgument() == ToolArgument(type="string", required=True)
