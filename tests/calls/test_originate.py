"""A call that is to be made, checked before anybody's phone rings."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.call import Destination, Way
from gateway.calls.originate import dial_of, prepared
from gateway.control import Origination
from gateway.errors import BadInput
from tests.equipment.plans import dialplan

PLANS = {
    "reminder": {"agent": {"instructions": "Remind {name}."}, "variables": {"name": "u"}, "outbound": {}},
    "closed": {"reject": {"status": 480}, "numbers": ["480"]},
    "base": {"template": True},
    "derived": {"extends": "base", "agent": {}, "outbound": {}},
}


def test_the_plan_is_filled_with_what_was_given(tmp_path: Path) -> None:
    """Beside its own variables; and it is told whose call it is."""
    ready = prepared(
        Origination("1", "reminder", variables={"name": "Ann"}), dialplan(tmp_path, **PLANS), "ann"
    )
    assert ready.routed.plan.variables == {"name": "Ann"}
    assert ready.routed.why == "reminder: named by ann"
    assert ready.variables == {"name": "Ann"}


@pytest.mark.parametrize(
    ("wanted", "cure"),
    [
        (Origination("1", "nothing"), "there are: closed, derived, reminder"),
        (Origination("1", "base"), "there is no such plan"),
        (Origination("1", "closed"), "it turns calls away"),
        (Origination("1", "reminder", rings_s=0.5), "1 to 180"),
        (Origination("1", "reminder", call_id="mine"), "8 hexadecimal digits"),
        (Origination("1", "reminder", variables={"nam": "Ann"}), "it has: name"),
        (Origination("1", "reminder", variables={"name": "Ann\r\nX: y"}), "one line"),
        (Origination("1", "reminder", variables={"name": "a" * 1001}), "one line"),
    ],
)
def test_a_mistake_is_told_with_its_cure(tmp_path: Path, wanted: Origination, cure: str) -> None:
    """Whoever asked has written it."""
    with pytest.raises(BadInput, match=cure):
        prepared(wanted, dialplan(tmp_path, **PLANS), "ann")


def test_the_order_to_call(tmp_path: Path) -> None:
    """By the way that was found."""
    dial = dial_of(
        Origination("1", "reminder", rings_s=20, call_id="0a0a0a0a"), Way(Destination("1", "pbx"), "t")
    )
    assert (dial.to.uri, dial.trunk, dial.rings_s, dial.call_id) == ("sip:1@pbx", "t", 20, "0a0a0a0a")
    assert not dial.written_out
