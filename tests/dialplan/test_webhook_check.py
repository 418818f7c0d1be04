"""What is wrong with a webhook before it is called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.dialplan import check
from gateway.dialplan.webhook_check import split_address
from gateway.tools.catalog import ToolCatalog
from tests.dialplan.folder import checked, write

HOOK: dict[str, Any] = {
    "description": "Find an order.",
    "url": "https://shop.example/o/{order}?from={caller.number}",
    "arguments": {"order": {}, "count": {"type": "integer", "required": False}},
    "body": {"a": ["{count} of {order} for {NAME}"]},
    "headers": {"X-Caller": "{caller.number}"},
}


def problems(folder: Path, **keys: Any) -> str:
    """Return what a check says of a plan with a webhook."""
    plan = {
        "numbers": ["100"],
        "variables": {"NAME": "Ann"},
        "agent": {"webhooks": {"order_status": {**HOOK, **keys}}},
    }
    return "\n".join(map(str, checked(folder, desk=yaml.safe_dump(plan)).problems))


def test_what_is_right_is_not_remarked_on(tmp_path: Path) -> None:
    """Arguments and variables in all places where they may be."""
    assert problems(tmp_path) == ""


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"url": "https://{order}.example/"}, "a host is written out"),
        ({"url": "https://shop.example:{order}/"}, "a host is written out"),
        ({"url": "https://shop.example/{ordre}"}, "did you mean 'order'"),
        ({"url": "https://2130706433/{order}"}, "four numbers"),
        ({"url": "https://shop.example/{order}/{count}"}, "count.required.*no end without it"),
        ({"headers": {"X-A": "{order}"}}, "comes from the model"),
        ({"headers": {"X-A": "{nobody}"}}, "neither an argument nor a variable"),
        ({"body": {"a": {"b": ["{nobody}"]}}}, r"body\.a\.b\.0.*neither"),
        ({"arguments": {"NAME": {}, "order": {}, "count": {}}}, "a variable has this name"),
        ({"plans": ["nowhere"]}, "no such plan"),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(tmp_path: Path, keys: dict[str, Any], why: str) -> None:
    """With its place."""
    found = problems(tmp_path, **keys)
    assert "agent.webhooks.order_status" in found
    assert re.search(why, found), found


def test_two_functions_have_two_names(tmp_path: Path) -> None:
    """A webhook is not called like another function."""
    plan = {"numbers": ["1"], "variables": {"NAME": "x"}}
    plan["agent"] = {"tools": ["hang_up"], "webhooks": {"hang_up": HOOK}}
    (problem,) = check(write(tmp_path, desk=yaml.safe_dump(plan)), tools=ToolCatalog).problems
    assert "both are 'hang_up' to the model" in str(problem)


def test_references_to_secrets_are_no_variables(tmp_path: Path) -> None:
    """They are filled in when the request is made."""
    assert "neither" not in problems(tmp_path, url="${SHOP}/{order}", headers={"X-Key": "Bearer ${TOKEN}"})


def test_an_address_is_split_behind_its_host() -> None:
    """Whatever follows it."""
    assert split_address("https://a.example:8/x?y") == ("https://a.example:8", "/x?y")
    assert split_address("https://a.example?y/z") == ("https://a.example", "?y/z")
    assert split_address("${SHOP}/x") == ("${SHOP}", "/x")
    assert split_address("https://a.example") == ("https://a.example", "")
