"""A plan's keys: what is refused, what is the default, and that each says so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pydantic
import pytest
from pydantic import BaseModel

from gateway.dialplan import faults
from gateway.dialplan.model import (
    Agent,
    Announce,
    Callers,
    Hours,
    Inline,
    LookUp,
    Menu,
    NoDetection,
    Plan,
    Prompt,
    Redirect,
    Reject,
    SemanticVad,
    ServerVad,
)


def plan(**keys: Any) -> Plan:
    """Make a plan from keys as they stand in a file."""
    return Plan.model_validate({"name": "p", **keys})


def all_models() -> set[type[BaseModel]]:
    """Every mapping that a plan file may have."""
    found: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [Plan, ServerVad, SemanticVad, NoDetection, Inline]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [
                m for field in model.model_fields.values() for m in faults.models_in(field.annotation)
            ]
    return found


@pytest.mark.parametrize("model", sorted(all_models(), key=lambda m: m.__name__))
def test_every_key_is_documented_with_its_default(model: type[BaseModel]) -> None:
    """The model is the one place where a key is described; what is required says so."""
    for name, field in model.model_fields.items():
        if (model, name) == (Plan, "name"):
            continue
        description = " ".join((field.description or "").split())
        assert description.endswith("."), f"{model.__name__}.{name}"
        if field.is_required() and name != "type":
            assert "Required." in description, f"{model.__name__}.{name}"
        elif isinstance(field.default, (int, float)) and field.default is not None:
            shown = str(field.default).lower()
            assert f"Default: {shown}" in description, f"{model.__name__}.{name}"


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


def test_menus_lead_to_names_and_to_actions_in_place() -> None:
    """Keys of the telephone may be written as numbers; a plan's name too."""
    menu = Menu.model_validate(
        {
            "prompt": {"say": "x"},
            "options": {1: "sales", "2": {"announce": {"say": "y"}}, "#": 100, "*": "back"},
        }
    )
    assert menu.options["1"] == "sales"
    assert menu.options["#"] == "100"
    second = menu.options["2"]
    assert isinstance(second, Inline)
    assert second.action == Announce(say="y")


def test_money_is_exact() -> None:
    """Two dollars are not 1.9999."""
    assert plan(agent={}, limits={"max_cost_usd": 2.10}).limits.max_cost_usd == Decimal("2.1")


WRONG: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Prompt, {}),
    (Prompt, {"say": "x", "play": "y.wav"}),
    (Callers, {"otherwise": 200}),
    (Callers, {"otherwise": True}),
    (Callers, {"otherwise": "no such name!"}),
    (Callers, {"allow": ["bob"]}),
    (Hours, {"open": ["always"]}),
    (Hours, {"open": ["daily 00:00-24:00"], "holidays": ["Easter"]}),
    (LookUp, {"url": "ftp://x"}),
    (LookUp, {"url": "https://x", "timeout": "11s"}),
    (LookUp, {"url": "https://x", "headers": {"Authorization": "Bearer abc"}}),
    (LookUp, {"url": "https://user:password@x/"}),
    (LookUp, {"url": "https://x", "headers": {"X Y": "1"}}),
    (Agent, {"url": "https://x"}),
    (Agent, {"api_key": "sk-123"}),
    (Agent, {"temperature": 0.8}),
    (Agent, {"turn_detection": {"type": "psychic"}}),
    (Agent, {"turn_detection": {"type": "server_vad", "threshold": 2}}),
    (Agent, {"turn_detection": {"type": "none", "silence_duration_ms": 100}}),
    (Agent, {"turn_detection": {"type": "push_to_talk", "key": "A"}}),
    (Agent, {"turn_detection": {"type": "semantic_vad", "threshold": 0.5}}),
    (Agent, {"transcription": {"language": "English"}}),
    (Reject, {"status": 302}),
    (Redirect, {"to": "http://x"}),
    (Redirect, {"to": "sip:a@b\r\nX: y"}),
    (Inline, {}),
    (Inline, {"agent": {}, "announce": {"say": "x"}}),
    (Inline, {"redirect": {"to": "sip:a@b"}}),
    (Menu, {"prompt": {"say": "x"}, "options": {}}),
    (Menu, {"prompt": {"say": "x"}, "options": {"12": "a"}}),
    (Menu, {"prompt": {"say": "x"}, "options": {"1": "a"}, "timeout": "10ms"}),
]


@pytest.mark.parametrize(("model", "keys"), WRONG)
def test_what_makes_no_sense_is_refused(model: type[BaseModel], keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        model.model_validate(keys)


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
