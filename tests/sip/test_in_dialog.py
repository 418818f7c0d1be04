"""Each method inside a call, ringing or answered, gets the status that the RFCs name; the call goes on."""

from __future__ import annotations

import pytest

from gateway.call import Answer, Ring
from tests.equipment import wire_sip
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange, needs_guard

pytestmark = needs_guard

Headers = tuple[tuple[str, str], ...]

TARGET = "<sip:victim@127.0.0.1>"
ASKED: dict[tuple[str, Headers], int] = {
    ("OPTIONS", ()): 200,
    ("INFO", ()): 200,
    ("UPDATE", ()): 200,
    ("PRACK", (("RAck", "1 1 INVITE"),)): 481,
    ("PRACK", ()): 481,
    ("REFER", (("Refer-To", TARGET),)): 603,
    ("REFER", (("r", TARGET),)): 603,
    ("REFER", (("refer-to", TARGET), ("b", "<sip:me@127.0.0.1>"))): 603,
    ("REFER", ()): 400,
    ("REFER", (("Refer-To", TARGET), ("r", TARGET))): 400,
    ("SUBSCRIBE", (("Event", "presence"), ("Expires", "60"))): 489,
    ("SUBSCRIBE", (("o", "refer"),)): 489,
    ("SUBSCRIBE", ()): 489,
    ("NOTIFY", (("Event", "presence"), ("Subscription-State", "active"))): 481,
    ("NOTIFY", (("Event", "refer"), ("Subscription-State", "terminated"))): 481,
    ("NOTIFY", ()): 481,
    ("PUBLISH", (("Event", "presence"),)): 405,
    ("MESSAGE", (("Content-Type", "text/plain"),)): 405,
    ("REGISTER", ()): 405,
    ("NEWMETHOD", ()): 501,
    ("!interesting-Method0123456789_*+`.%indeed'~", ()): 501,
    ("UPDATE", (("Require", "nothingSupportsThis"),)): 420,
    ("OPTIONS", (("Require", "timer, nothingSupportsThis"),)): 420,
    ("NEWMETHOD", (("Require", "nothingSupportsThis"),)): 420,
}
"""What is asked, and the answer."""


async def answers(phone: Phone, call: Call) -> dict[tuple[str, Headers], int]:
    """Ask everything in a call."""
    target = phone.target if phone.wire.reliable else wire_sip.address(call.target_uri)
    return {
        (method, headers): (await phone.transact(call.make(method, headers=headers), target).final()).status
        for method, headers in ASKED
    }


async def test_every_method_in_a_call(sip: Exchange, phone: Phone) -> None:
    """None is 500, none is left without an answer, and none ends the call."""
    call, leg = await sip.answered(phone)
    assert await answers(phone, call) == ASKED
    assert leg.silent
    assert (await call.hang_up()).status == 200


async def test_every_method_while_it_rings(sip: Exchange, phone: Phone) -> None:
    """An early dialog is one (RFC 3261 section 12.1): the same answers, and the call can still be taken."""
    call = phone.call("100")
    leg = await sip.leg()
    leg.leg.execute(Ring())
    ringing = await call.progress(180)
    call.remote_tag = wire_sip.parameter(ringing.header("To"), "tag")
    call.target_uri = wire_sip.uri(ringing.header("Contact"))
    assert await answers(phone, call) == ASKED
    leg.leg.execute(Answer())
    assert (await call.answered()).status == 200


async def test_a_refer_of_any_form_places_no_call(sip: Exchange, phone: Phone) -> None:
    """Nobody is rung, and there is no subscription that would be told."""
    call, _ = await sip.answered(phone)
    target = f"<sip:x@{phone.host}:{phone.local[1]}>"
    for name in ("Refer-To", "r"):
        assert (await call.request("REFER", headers=[(name, target)])).status == 603
    assert (await call.request("OPTIONS")).status == 200
    assert [message.method for message in phone.received if not message.status] == []


async def test_what_a_refused_method_is_told(sip: Exchange, phone: Phone) -> None:
    """405 and 501 with the methods that are served (RFC 3261 section 21.4.6), 420 with what is missing."""
    call, _ = await sip.answered(phone)
    for method in ("PUBLISH", "NEWMETHOD"):
        allowed = set((await call.request(method)).header("Allow").replace(" ", "").split(","))
        assert allowed == {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "PRACK", "UPDATE", "INFO"}
    told = await call.request("UPDATE", headers=[("Require", "one, timer, two")])
    assert (told.status, told.header("Unsupported")) == (420, "one, two")


async def test_a_bye_is_never_refused(sip: Exchange, phone: Phone) -> None:
    """Whatever it requires: the caller is gone."""
    call, leg = await sip.answered(phone)
    assert (await call.request("BYE", headers=[("Require", "nothingSupportsThis")])).status == 200
    await leg.ended()


async def test_only_what_is_done_is_claimed(sip: Exchange, phone: Phone) -> None:
    """PJSIP's modules for presence, transfers and messages are in no Allow, Accept or Supported."""
    call, _ = await sip.answered(phone)
    for answer in (await call.final(), await call.request("OPTIONS"), await phone.ask("OPTIONS")):
        assert not {"REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE"} & set(answer.header("Allow").split(", "))
        assert not {"replaces", "norefersub", "trickle-ice"} & set(answer.header("Supported").split(", "))
    assert (await call.request("OPTIONS")).header("Accept") == "application/sdp"


@pytest.mark.parametrize(
    "method", [*dict.fromkeys(method for method, _ in ASKED if method != "REGISTER"), "INVITE"]
)
async def test_a_call_that_is_gone(sip: Exchange, phone: Phone, method: str) -> None:
    """481, whatever is asked and whatever it carries (RFC 3261 section 12.2.2)."""
    call, leg = await sip.answered(phone)
    await call.hang_up()
    await leg.ended()
    headers = [("Content-Type", "text/plain"), ("Require", "nothingSupportsThis")]
    assert (await call.request(method, headers=headers, body=b"?")).status == 481
