"""Those to whom callers are put through."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.call import Answer, Answered, CallInfo, FinishItem, HangUp, LegFact, Party, Play, Ring
from gateway.dialplan import Plan
from gateway.rehearsal.target_phones import BUSY, Behaviour, StandIn, TargetPhones, names_of

GATEWAY = "127.0.0.1:5099"


class _Leg:
    """Notes what it is told to do."""

    def __init__(self, user: str, source: str = GATEWAY) -> None:
        self.info = CallInfo("c1", "x@y", Party("caller"), Party(user), source=source)
        self.orders: list[Any] = []

    def listen(self, on_fact: Any, _on_audio: Any) -> None:
        self.tell = on_fact

    def execute(self, order: Any) -> None:
        self.orders.append(order)

    def answered(self) -> None:
        fact: LegFact = Answered()
        self.tell(fact)


def _phones(behaviour: Behaviour = "answers") -> TargetPhones:
    phones = TargetPhones()
    phones.stand_in(
        GATEWAY, {"200": StandIn("sales", behaviour, b"hello"), "": StandIn("extension", "silent")}
    )
    return phones


def test_whoever_answers_says_whom_it_is() -> None:
    leg = _Leg("200")
    _phones().ring_in(leg)  # type: ignore[arg-type] # all that it needs
    assert leg.orders == [Ring(), Answer()]
    leg.answered()
    assert leg.orders[2:] == [Play("greeting", b"hello"), FinishItem("greeting", awaited=True)]


@pytest.mark.parametrize(
    ("leg", "behaviour", "orders"),
    [
        (_Leg("200"), "busy", [HangUp(BUSY)]),
        (_Leg("200"), "silent", [Ring()]),
        (_Leg("4711"), "answers", [Ring()]),
        (_Leg("200", source="10.0.0.1:5060"), "answers", [HangUp(BUSY)]),
    ],
)
def test_others(leg: _Leg, behaviour: Behaviour, orders: list[Any]) -> None:
    """Busy, ringing for ever, reached by digits, and called by a stranger."""
    _phones(behaviour).ring_in(leg)  # type: ignore[arg-type]
    assert leg.orders == orders


def test_names_by_what_is_dialled() -> None:
    targets = {
        "sales": {"to": "sip:200@pbx.example.com"},
        "extension": {"to": "sip:{digits}@pbx.example.com", "digits": ["3XX"]},
    }
    plan = Plan.model_validate({"name": "front", "numbers": ["1"], "agent": {}, "targets": targets})
    assert names_of({"front": plan}) == {"200": "sales", "": "extension"}


async def test_a_call_that_was_asked_for_is_whose_it_is() -> None:
    """The next one to that user, from that gateway; others are as ever, and nobody waits who has left."""
    phones = _phones()
    left, coming = phones.expects(GATEWAY, "+1555"), phones.expects(GATEWAY, "+1555")
    left.cancel()
    stranger, wanted, one_more = _Leg("+1555", source="10.0.0.1:5060"), _Leg("+1555"), _Leg("+1555")
    for leg in (stranger, wanted, one_more):
        phones.ring_in(leg)  # type: ignore[arg-type] # all that it needs
    assert coming.result() is wanted
    assert wanted.orders == []
    assert stranger.orders == [HangUp(BUSY)]
    assert one_more.orders == [Ring()]
