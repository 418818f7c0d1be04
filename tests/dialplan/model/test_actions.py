"""What a plan can do beside talking: refuse, redirect, announce, ask for a key."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from gateway.dialplan.model.actions import Announce, Inline, Menu, Redirect, Reject
from gateway.dialplan.model.section import Section


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        (Reject, {"status": 302}),
        (Redirect, {"to": "http://x"}),
        (Redirect, {"to": "sip:a@b\r\nX: y"}),
        (Inline, {}),
        (Inline, {"agent": {}, "announce": {"say": "x"}}),
        (Inline, {"redirect": {"to": "sip:a@b"}}),
        (Menu, {"prompt": {"say": "x"}, "options": {}}),
        (Menu, {"prompt": {"say": "x"}, "options": {"12": "a"}}),
        (Menu, {"prompt": {"say": "x"}, "options": {"1": "a"}, "timeout": "10ms"}),
    ],
)
def test_what_makes_no_sense_is_refused(section: type[Section], keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        section.model_validate(keys)


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
