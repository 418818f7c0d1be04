"""Session descriptions that are written oddly, and mean something: they are taken as they are meant."""

from __future__ import annotations

import pytest

from gateway.call import Answer, Digit
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import Sdp, read_sdp
from tests.sip.conftest import Exchange, Listening, needs_guard

pytestmark = needs_guard


async def answered(sip: Exchange, phone: Phone, formats: str, *lines: str) -> tuple[Call, Listening, Sdp]:
    """Ring with a stream of such formats and attributes; the phone's RTP is up to the test."""
    call = phone.call("100", invite=False)
    host, port = call.media.local
    head = f"v=0\r\no=p 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    offer = "\r\n".join([f"m=audio {port} RTP/AVP {formats}", *lines, ""])
    call.invite(sdp=(head + offer).encode())
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = read_sdp((await call.answered()).body)
    call.media.remote = (answer.host, answer.port)
    phone.pump.start(call.media)
    await leg.fact()
    return call, leg, answer


EVENTS = {
    "two names for a number, ours last": (
        "0 101",
        ["101 telephone-event/16000", "101 telephone-event/8000"],
        101,
    ),
    "two names for a number, ours first": (
        "0 101",
        ["101 telephone-event/8000", "101 telephone-event/16000"],
        101,
    ),
    "two numbers, ours last": ("0 100 101", ["100 telephone-event/16000", "101 telephone-event/8000"], 101),
    "two numbers, ours first": ("0 101 100", ["101 telephone-event/8000", "100 telephone-event/16000"], 101),
    "another rate alone": ("0 101", ["101 telephone-event/16000"], 101),
    "two other rates": ("8 102 103", ["102 telephone-event/48000", "103 telephone-event/16000"], 102),
    "in front of the codec": ("101 0", ["101 telephone-event/8000"], 101),
    "in capitals": ("0 96", ["96 TELEPHONE-EVENT/8000"], 96),
    "with a channel": ("0 96", ["96 telephone-event/8000/1"], 96),
    "a number twice": ("0 0 101 101", ["101 telephone-event/8000"], 101),
    "beside a codec that shares its number": ("0 101", ["101 speex/16000", "101 telephone-event/8000"], 101),
    "under the last number": ("8 127", ["127 telephone-event/8000"], 127),
}


@pytest.mark.parametrize("what", EVENTS)
async def test_keys_are_understood(sip: Exchange, phone: Phone, what: str) -> None:
    """RFC 4733 events arrive under the number that our answer names, whatever else was offered."""
    formats, names, number = EVENTS[what]
    call, leg, answer = await answered(sip, phone, formats, *(f"a=rtpmap:{name}" for name in names))
    assert answer.telephone_event == number
    assert f"{number} {answer.names[number]}".lower() in {name.lower().removesuffix("/1") for name in names}
    call.media.event_type = number
    call.media.press("5#")
    assert [await leg.fact(), await leg.fact()] == [Digit("5"), Digit("#")]


@pytest.mark.parametrize(
    ("formats", "lines", "taken"),
    [
        ("0 101", (), (0,)),
        ("0 *", (), (0,)),
        ("0 200", (), (0,)),
        ("97 8 98", ("a=rtpmap:98 opus/48000/2",), (8,)),
        ("96", ("a=rtpmap:96 PCMU/8000",), (96,)),
        ("96", ("a=rtpmap:96 pcma/8000/1",), (96,)),
        ("96", ("a=rtpmap:96 G729/8000", "a=rtpmap:96 PCMA/8000"), (96,)),
        ("0", ("a=rtpmap:0 PCMU", "a=fmtp:0", "a=fmtp", "a=rtpmap:"), (0,)),
        ("0 101", ("a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15,16,32-49,garbage"), (0, 101)),
    ],
)
async def test_a_call_is_made_of_what_can_be_read(
    sip: Exchange, phone: Phone, formats: str, lines: tuple[str, ...], taken: tuple[int, ...]
) -> None:
    """Numbers without a name, out of range or named twice cost nobody the call."""
    _, _, answer = await answered(sip, phone, formats, *lines)
    assert answer.formats == taken


async def test_keys_change_their_number_in_a_reinvite(sip: Exchange, phone: Phone) -> None:
    """The new number counts from the answer on."""
    call, leg = await sip.answered(phone)
    for number in (96, 110):
        await call.reinvite(formats=(0, number), names={number: "telephone-event/8000"})
        assert call.media.event_type == number
        call.media.press("7")
        assert await leg.fact() == Digit("7")


@pytest.mark.parametrize("profile", ["RTP/SAVP", "UDP/TLS/RTP/SAVPF"])
async def test_a_new_offer_of_encrypted_audio_is_refused(sip: Exchange, phone: Phone, profile: str) -> None:
    """488, not 500, and the call goes on as it was."""
    call, leg = await sip.answered(phone)
    with pytest.raises(Rejected) as told:
        await call.reinvite(profile=profile)
    assert told.value.status == 488
    call.media.press("7")
    assert await leg.fact() == Digit("7")
