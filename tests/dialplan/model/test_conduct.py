"""How a call is answered, interrupted and bounded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pydantic
import pytest

from gateway.dialplan.model.conduct import Answer, BargeIn, Limits, TurnEnd
from gateway.dialplan.model.section import Section


def test_money_is_exact() -> None:
    """Two dollars are not 1.9999."""
    assert Limits.model_validate({"max_cost_usd": 2.10}).max_cost_usd == Decimal("2.1")


def test_a_call_is_bounded_without_being_asked() -> None:
    """Half an hour, and a minute of silence."""
    assert (Limits().max_duration, Limits().max_silence) == (timedelta(minutes=30), timedelta(seconds=60))


def test_a_vanished_caller_may_be_waited_for() -> None:
    """Longer than the default, or for ever."""
    assert Limits().no_media == timedelta(seconds=15)
    assert Limits.model_validate({"no_media": "2m"}).no_media == timedelta(minutes=2)
    assert Limits.model_validate({"no_media": None}).no_media is None


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        (Limits, {"max_duration": "100ms"}),
        (Limits, {"no_media": "4s"}),
        (Limits, {"max_calls": 0}),
        (Limits, {"max_cost_usd": "inf"}),
        (BargeIn, {"ignore_first_ms": -1}),
        (BargeIn, {"detector": "nobody"}),
        (Answer, {"when": "later"}),
        (TurnEnd, {"patience": "11s"}),
    ],
)
def test_what_makes_no_sense_is_refused(section: type[Section], keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        section.model_validate(keys)
