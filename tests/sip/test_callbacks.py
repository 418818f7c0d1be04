"""Of what PJSIP would report, only what somebody listens to is made into Python."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.call import Answer, Ending, HangUp, LegEnded, Reason, Result, Ring
from gateway.sip.dialog import Dialog
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange

pytestmark = pytest.mark.native

pytest.importorskip("gateway.sip._guard", reason="the guard is not built: `make native`")

OURS = Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, 486)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often PJSIP calls which method of a call."""
    counts: Counter[str] = Counter()

    def counted(name: str) -> Any:
        method = getattr(Dialog, name)

        def call(dialog: Dialog, prm: object) -> None:
            counts[name] += 1
            method(dialog, prm)

        return call

    for name in dir(Dialog):
        if name.startswith("on"):
            monkeypatch.setattr(Dialog, name, counted(name))
    return counts


async def test_a_call_is_told_of_in_few_words(sip: Exchange, phone: Phone, told: Counter[str]) -> None:
    """Its answer was confirmed, its end, and its media: not each transaction, stream and state on the way."""
    call = phone.call("100")
    leg = await sip.leg()
    leg.leg.execute(Ring())
    await call.progress(180)
    leg.leg.execute(Answer())
    await call.answered()
    await leg.fact()
    await call.hang_up()
    await leg.ended()
    assert told["onCallState"] == 2
    assert set(told) <= {"onCallState", "onCallMediaState"}


async def test_an_end_of_our_own_is_told(sip: Exchange, phone: Phone, told: Counter[str]) -> None:
    """A refusal is known before the network has it."""
    call = phone.call("100")
    leg = await sip.leg()
    leg.leg.execute(HangUp(OURS))
    assert (await call.final()).status == 486
    assert await leg.fact() == LegEnded(OURS)
    assert sip.agent.legs == frozenset()
    assert told["onCallState"] == 1
