"""To whom a plan lets its callers be transferred, as it is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pydantic
import pytest

from gateway.dialplan.model import TransferTarget


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"to": "200"},
        {"to": "tel:+4930123456"},
        {"to": "sip:200@pbx;maddr=192.0.2.1"},
        {"to": "sip:{caller.number}@pbx"},
        {"to": "sip:{digits}@pbx"},
        {"to": "sip:200@pbx", "digits": ["2XX"]},
        {"to": "sip:200@{digits}", "digits": ["2XX"]},
        {"to": "sip:{digits}{digits}@pbx", "digits": ["2XX"]},
        {"to": "sip:200@pbx", "mode": "warm"},
        {"to": "sip:200@pbx", "mode": "blind", "announce": "A call."},
        {"to": "sip:200@pbx", "mode": "attended", "then": "agent"},
        {"to": "sip:200@pbx", "ring": "10m"},
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any]) -> None:
    """At load, not while a caller waits."""
    with pytest.raises(pydantic.ValidationError):
        TransferTarget.model_validate(keys)


def test_what_holds_where_nothing_is_said() -> None:
    """The gateway calls them, for six rings, and joins the two."""
    target = TransferTarget(to="sip:200@pbx")
    assert (target.mode, target.ring, target.waits_with, target.then) == (
        "bridge",
        timedelta(seconds=30),
        "music",
        "hang_up",
    )
