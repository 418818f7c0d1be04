"""INFO inside a call gets the answer that RFC 6086 names, and a key in it is told."""

from __future__ import annotations

import pytest

from gateway.call import Digit
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange

pytestmark = pytest.mark.native

pytest.importorskip("gateway.sip._guard", reason="the guard is not built: `make native`")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"5", "5"),
        (b"0\r\n", "0"),
        (b" # ", "#"),
        (b"*", "*"),
        (b"D", "D"),
        (b"10", "*"),
        (b"11\r\n", "#"),
        (b"15", "D"),
    ],
)
async def test_a_key(sip: Exchange, phone: Phone, body: bytes, key: str) -> None:
    """application/dtmf holds the key, or its number as an event (RFC 4733 section 3.2)."""
    call, leg = await sip.answered(phone)
    kind = [("Content-Type", "application/dtmf")]
    assert (await call.request("INFO", headers=kind, body=body)).status == 200
    assert await leg.fact() == Digit(key)


@pytest.mark.parametrize("body", [b"16", b"-1", b"x", b"5 5", b"\r\n", b"5x", b"\xff\x00", b"9" * 3000])
async def test_a_body_that_is_no_key(sip: Exchange, phone: Phone, body: bytes) -> None:
    """400, and nothing is told: a hook flash (16) is no key either."""
    call, leg = await sip.answered(phone)
    kind = [("Content-Type", "application/dtmf")]
    assert (await call.request("INFO", headers=kind, body=body)).status == 400
    assert leg.silent


async def test_without_a_body(sip: Exchange, phone: Phone) -> None:
    """Some ask that way whether the call is still there."""
    call, leg = await sip.answered(phone)
    assert (await call.request("INFO")).status == 200
    assert leg.silent


async def test_a_body_that_nobody_reads(sip: Exchange, phone: Phone) -> None:
    """415, and Accept tells what would be read (RFC 3261 section 21.4.13); the call goes on."""
    call, leg = await sip.answered(phone)
    answer = await call.request("INFO", headers=[("Content-Type", "application/xml")], body=b"<a/>")
    assert answer.status == 415
    assert answer.header("Accept") == "application/dtmf, application/dtmf-relay"
    assert leg.silent
    assert (await call.hang_up()).status == 200


async def test_a_package_that_was_not_agreed_upon(sip: Exchange, phone: Phone) -> None:
    """469, whatever the body is (RFC 6086 section 4.2.2); there is no package that we would take."""
    call, leg = await sip.answered(phone)
    headers = [("Info-Package", "conference"), ("Content-Type", "application/dtmf")]
    answer = await call.request("INFO", headers=headers, body=b"5")
    assert answer.status == 469
    assert answer.all("Recv-Info") == [""]
    assert leg.silent


async def test_what_pjsua_reads_itself(sip: Exchange, phone: Phone) -> None:
    """application/dtmf-relay is pjsua's, and so is the refusal of one that it cannot read."""
    call, leg = await sip.answered(phone)
    kind = [("Content-Type", "application/dtmf-relay")]
    assert (await call.request("INFO", headers=kind, body=b"Signal=7\r\nDuration=100\r\n")).status == 200
    assert await leg.fact() == Digit("7")
    assert (await call.request("INFO", headers=kind, body=b"Nonsense\r\n")).status == 400
    assert leg.silent
