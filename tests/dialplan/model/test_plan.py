"""One plan file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pydantic
import pytest
from pydantic import BaseModel

from gateway.dialplan.model.actions import Announce, Menu, Redirect, Reject
from gateway.dialplan.model.agent import Agent
from gateway.dialplan.model.plan import Plan


def plan(**keys: Any) -> Plan:
    """Make a plan from keys as they stand in a file."""
    return Plan.model_validate({"name": "p", **keys})


def test_a_number_and_an_agent_make_a_plan() -> None:
    """Everything else has a default."""
    made = plan(numbers=["*"], agent={})
    assert made.action == Agent()
    assert made.agent is not None
    assert made.agent.provider == "local"
    assert made.limits.max_duration == timedelta(minutes=30)
    assert made.barge_in.enabled
    assert made.answer.when == "ready"


def test_a_plan_cannot_be_changed() -> None:
    """A running call keeps what it started with."""
    made = plan(agent={})
    with pytest.raises(pydantic.ValidationError):
        made.order = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ({"agent": {}}, Agent),
        ({"announce": {"say": "x"}}, Announce),
        ({"menu": {"prompt": {"say": "x"}, "options": {"1": "a"}}}, Menu),
        ({"reject": {}}, Reject),
        ({"redirect": {"to": "sip:a@b"}}, Redirect),
    ],
)
def test_a_plan_has_one_action(keys: dict[str, Any], kind: type[BaseModel]) -> None:
    """Whichever it is, it is `action`."""
    assert isinstance(plan(**keys).action, kind)


@pytest.mark.parametrize(
    ("keys", "cure"),
    [
        ({}, "add an action"),
        ({"agent": {}, "reject": {}}, "not agent and reject"),
        ({"template": True, "agent": {}, "numbers": ["1"]}, "remove numbers"),
    ],
)
def test_none_and_two_actions_are_refused(keys: dict[str, Any], cure: str) -> None:
    """The plan would not say what happens."""
    with pytest.raises(pydantic.ValidationError, match=cure):
        plan(**keys)


def test_a_template_needs_no_action() -> None:
    """It is only there to be extended."""
    assert plan(template=True).template


def test_another_action_leaves_the_rest() -> None:
    """As a menu's key or a refused caller has it."""
    made = plan(agent={}, limits={"max_calls": 3})
    refused = made.with_action(Reject(status=480))
    assert refused.action == Reject(status=480)
    assert refused.agent is None
    assert refused.limits == made.limits


@pytest.mark.parametrize(
    "keys",
    [
        {"numbers": ["frontdesk"]},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../etc/passwd"},
        {"headers": {"X-A": "/(/"}},
        {"variables": {"a b": "x"}},
        {"pass_headers": ["X:"]},
        {"limits": {"max_duration": "100ms"}},
        {"limits": {"max_calls": 0}},
        {"limits": {"max_cost_usd": "inf"}},
        {"barge_in": {"ignore_first_ms": -1}},
        {"extends": "a/b"},
        {"greeting": "hi"},
    ],
)
def test_wrong_keys_of_a_plan_are_refused(keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        plan(agent={}, **keys)


def test_numbers_need_no_quotes() -> None:
    """YAML makes a number of 100; it is still an extension."""
    assert plan(agent={}, numbers=[100, 15551230001]).numbers == ("100", "15551230001")
