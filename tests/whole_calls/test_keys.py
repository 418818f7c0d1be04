"""Keys in all the ways in which phones send them."""

from __future__ import annotations

import pytest

from gateway.media.plane import native_available
from tests.equipment import keys, tone
from tests.equipment.model import Model, Session
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import Sdp

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(not native_available(), reason="portable mode leaves keys to PJSIP: `make native`"),
]


async def keys_told(session: Session, count: int = 1) -> str:
    """Return what the model was told that the caller had keyed in."""
    event = await session.got("conversation.item.create", count)
    return str(event["item"]["content"][0]["text"])


async def info(call: Call, kind: str, body: bytes) -> None:
    """Send a key in INFO."""
    assert (await call.request("INFO", headers=[("Content-Type", kind)], body=body)).status == 200


@pytest.mark.parametrize(
    "names",
    [
        ("101 telephone-event/16000", "101 telephone-event/8000"),
        ("101 telephone-event/16000",),
        ("100 telephone-event/16000", "101 telephone-event/8000"),
    ],
)
async def test_events_of_another_rate(phone: Phone, model: Model, names: tuple[str, ...]) -> None:
    """`telephone-event/16000` in front of `/8000`, under one number or two, or alone."""
    call = phone.call("201", invite=False)
    numbers = tuple(dict.fromkeys(int(name.split()[0]) for name in names))
    lines = tuple(f"a=rtpmap:{name}" for name in names)
    call.invite(sdp=Sdp(*call.media.local, (0, *numbers), {}, extra=lines))
    await call.answered()
    session = await model.session()
    call.media.event_type = 101
    call.media.press("42#")
    assert "pressed 42 on" in await keys_told(session)


async def test_keys_in_info(phone: Phone, model: Model) -> None:
    """As a number, in small letters, as an event, with blanks and without a duration."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await info(call, "application/dtmf-relay", b"Signal=10\r\nDuration=160\r\n")
    await info(call, "application/dtmf-relay", b"Signal= 5\r\n")
    await info(call, "application/dtmf", b"d")
    await info(call, "audio/telephone-event", b"\x07\x0a\x00\xa0")
    await info(call, "audio/telephone-event", b"\x07\x8a\x03\x20")
    await info(call, "application/dtmf-relay", b"Signal=11\r\nDuration=160\r\n")
    assert "pressed *5D7 on" in await keys_told(session)


async def test_a_key_sent_twice_counts_once(phone: Phone, model: Model) -> None:
    """As an event in the sound and as INFO beside it."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    for key in "55":
        pressed = call.media.press(key)
        await info(call, "application/dtmf-relay", f"Signal={key}\r\nDuration=160\r\n".encode())
        await call.hears(lambda pressed=pressed: pressed.done, "the key to be sent")
    call.media.press("#")
    assert "pressed 55 on" in await keys_told(session)


async def test_keys_by_their_tones(phone: Phone, model: Model) -> None:
    """Where the plan says that they count, on a line that brings them in no other way."""
    call = phone.call("204")
    await call.answered()
    session = await model.session()
    await call.said(call.media.say(keys.keys("42#", ms=80, pause_ms=80)))
    assert "pressed 42 on" in await keys_told(session)


async def test_a_key_that_is_heard_and_sent_counts_once(phone: Phone, model: Model) -> None:
    """As a tone, and as INFO after it; or as an event, and as a tone that an exchange plays besides."""
    call = phone.call("204")
    await call.answered()
    session = await model.session()
    await call.said(call.media.say(keys.keys("5", ms=120, pause_ms=0)))
    await info(call, "application/dtmf-relay", b"Signal=5\r\nDuration=120\r\n")
    await call.said(call.media.say(tone.silence(300)))
    await call.said(call.media.press("7"))
    await call.said(call.media.say(keys.keys("7", ms=120, pause_ms=300)))
    call.media.press("#")
    assert "pressed 57 on" in await keys_told(session)


async def test_tones_are_no_keys_unless_the_plan_says_so(phone: Phone, model: Model) -> None:
    """What a caller plays is sound for the model, and nothing else."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await call.said(call.media.say(keys.keys("42", ms=80, pause_ms=80)))
    call.media.press("9#")
    assert "pressed 9 on" in await keys_told(session)
