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
        (b"d", "D"),
        (b"a\r\n", "A"),
        (b"Signal=3\r\nDuration=160\r\n", "3"),
    ],
)
async def test_a_key(sip: Exchange, phone: Phone, body: bytes, key: str) -> None:
    """application/dtmf holds the key, or its number as an event (RFC 4733 section 3.2)."""
    call, leg = await sip.answered(phone)
    kind = [("Content-Type", "application/dtmf")]
    assert (await call.request("INFO", headers=kind, body=body)).status == 200
    assert await leg.fact() == Digit(key)


@pytest.mark.parametrize("body", [b"17", b"-1", b"x", b"5 5", b"\r\n", b"5x", b"\xff\x00", b"9" * 3000])
async def test_a_body_that_is_no_key(sip: Exchange, phone: Phone, body: bytes) -> None:
    """400, and nothing is told."""
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
    assert answer.header("Accept") == "application/dtmf, application/dtmf-relay, audio/telephone-event"
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


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"Signal=7\r\nDuration=100\r\n", "7"),
        (b"Signal=10\r\nDuration=160\r\n", "*"),
        (b"Signal=11\r\nDuration=160\r\n", "#"),
        (b"Signal=12\r\n", "A"),
        (b"Signal=15\r\nDuration=160", "D"),
        (b"Signal=b\r\nDuration=160\r\n", "B"),
        (b"Signal= 5\r\nDuration= 160\r\n", "5"),
        (b"Signal = 5 \r\nDuration = 160\r\n", "5"),
        (b"Duration=160\r\nSignal=*\r\n", "*"),
        (b"signal=#\nduration=160\n", "#"),
        (b"Signal: 9\r\nDuration: 160\r\n", "9"),
        (b"\r\nSignal=0\r\n\r\n", "0"),
        (b"Signal=1", "1"),
        (b"4\r\n", "4"),
    ],
)
async def test_a_key_of_dtmf_relay(sip: Exchange, phone: Phone, body: bytes, key: str) -> None:
    """A letter or a number, in any case, with or without a duration, blanks, and CR."""
    call, leg = await sip.answered(phone)
    kind = [("Content-Type", "application/dtmf-relay")]
    assert (await call.request("INFO", headers=kind, body=body)).status == 200
    assert await leg.fact() == Digit(key)


@pytest.mark.parametrize(
    ("bodies", "keys"),
    [
        ([b"\x05\x80\x03\x20"], "5"),
        ([b"\x05\x0a\x00\xa0"], "5"),
        ([b"\x0a\x0a\x00\xa0", b"\x0a\x8a\x03\x20"], "*"),
        ([b"\x01\x0a\x00\xa0", b"\x01\x8a\x03\x20", b"\x01\x0a\x00\xa0", b"\x01\x8a\x03\x20"], "11"),
        ([b"\x01\x80\x03\x20", b"\x01\x80\x03\x20"], "11"),
        ([b"\x01\x0a\x00\xa0", b"\x02\x8a\x03\x20"], "12"),
        ([b"0B800320"], "#"),
        ([b"0c 80 03 20\r\n"], "A"),
    ],
)
async def test_a_key_as_an_event(sip: Exchange, phone: Phone, bodies: list[bytes], keys: str) -> None:
    """The payload of RFC 4733, once or at both ends of a press, or in hexadecimal digits."""
    call, leg = await sip.answered(phone)
    for body in bodies:
        kind = [("Content-Type", "audio/telephone-event")]
        assert (await call.request("INFO", headers=kind, body=body)).status == 200
    assert [await leg.fact() for _ in keys] == [Digit(key) for key in keys]
    assert leg.silent


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/dtmf-relay", b"Nonsense\r\n", 400),
        ("application/dtmf-relay", b"Signal=\r\n", 400),
        ("application/dtmf-relay", b"Signal=17\r\nDuration=1\r\n", 400),
        ("application/dtmf-relay", b"Signal=5x\r\n", 400),
        ("application/dtmf-relay", b"Signal=16\r\nDuration=100\r\n", 200),
        ("application/dtmf-relay", b"Signal=!\r\n", 200),
        ("application/dtmf", b"16", 200),
        ("audio/telephone-event", b"\x10\x80\x03\x20", 200),
        ("audio/telephone-event", b"\x11\x80\x03\x20", 400),
        ("audio/telephone-event", b"\x05", 400),
    ],
)
async def test_what_is_no_key(sip: Exchange, phone: Phone, kind: str, body: bytes, status: int) -> None:
    """A hook flash (16) is understood, and nothing is to be done; what is nothing at all is refused."""
    call, leg = await sip.answered(phone)
    assert (await call.request("INFO", headers=[("Content-Type", kind)], body=body)).status == status
    assert leg.silent


async def test_a_key_in_the_sound_and_in_info_counts_once(sip: Exchange, phone: Phone) -> None:
    """Some phones send both; pressed twice it is two keys."""
    call, leg = await sip.answered(phone)
    kind = [("Content-Type", "application/dtmf-relay")]
    for _ in range(2):
        pressed = call.media.press("5")
        await call.request("INFO", headers=kind, body=b"Signal=5\r\nDuration=160\r\n")
        await call.hears(lambda pressed=pressed: pressed.done, "the key to be sent")
    call.media.press("6")
    assert [await leg.fact() for _ in "556"] == [Digit("5"), Digit("5"), Digit("6")]
    assert leg.silent
