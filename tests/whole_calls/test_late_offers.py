"""INVITE without a session description: our 200 offers, the caller's ACK answers (RFC 3261 13.2.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.equipment.model import Model
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import Message, Sdp


async def offered(phone: Phone) -> tuple[Call, Message]:
    """Ask a number for its offer, and do not acknowledge it yet."""
    call = phone.call("200", invite=False)
    call.acks = False
    call.invite(sdp=None)
    return call, await call.final()


ANSWERS: dict[str, Callable[[tuple[str, int]], object]] = {
    "none": lambda _: None,
    "audio that is off": lambda at: Sdp(at[0], 0, (0,)),
    "another codec": lambda at: Sdp(*at, (18,)),
    "keys alone": lambda at: Sdp(*at, (101,)),
    "an address of IPv6": lambda at: Sdp("::1", at[1]).write().replace(b"IP4", b"IP6"),
    "nonsense": lambda _: b"v=0\r\nnonsense",
}


@pytest.mark.parametrize("what", ANSWERS)
async def test_an_ack_without_a_useful_answer_ends_the_call(
    phone: Phone, gateway: Gateway, model: Model, what: str
) -> None:
    """Nobody could ever be heard: one BYE within a few seconds, and no session of a model was opened."""
    call, answer = await offered(phone)
    call.acknowledge(answer, body=ANSWERS[what](call.media.local))
    bye = await call.ended(5)
    assert (bye.method, bye.header("Retry-After")) == ("BYE", "")
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"], line["session_ms"]) == ("failed", "no_media", None)
    assert model.sessions == []
    assert len([message for message in call.messages if message.method == "BYE" and not message.status]) == 1


async def test_nothing_is_opened_before_there_is_media(phone: Phone, gateway: Gateway, model: Model) -> None:
    """The model's session is opened with the ACK; then the caller is greeted like any other."""
    call, answer = await offered(phone)
    await asyncio.sleep(1)
    assert model.sessions == []
    call.acks = True
    call.heard_response(answer)
    await model.session()
    await call.hears_sound()
    assert (await call.hang_up()).status == 200


async def test_a_caller_who_never_acknowledges(phone: Phone, gateway: Gateway, model: Model) -> None:
    """The offer is held for as long as an ACK may take, and no session."""
    call, _ = await offered(phone)
    line = await gateway.said("call.ended", 36, sip_call_id=call.call_id)
    assert (line["reason"], line["status"]) == ("signalling_failed", 408)
    assert model.sessions == []
