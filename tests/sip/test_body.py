"""Bodies of an INVITE, a re-INVITE and an UPDATE: what leads to no call is refused before anybody rings."""

from __future__ import annotations

import re
import socket
import sys

import pytest

from gateway.call import Answer
from tests.equipment import patience
from tests.equipment.process import Process
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message, Sdp
from tests.sip.conftest import Exchange, needs_guard

pytestmark = needs_guard

OFFER = Sdp("127.0.0.1", 4000).write()
SDP = "application/sdp"
PARTS = b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"

UNKNOWN: dict[str, tuple[str, bytes]] = {
    "text": ("text/plain", b"hello"),
    "a long text": ("text/plain", b"h" * 3000),
    "a description of another type": ("application/sdp2", OFFER),
    "where somebody is": ("application/pidf+xml", b"<presence/>"),
    "ISUP": ("application/isup;version=itu-t92+", b"\x01\x11"),
    "parts without a description": ("multipart/mixed;boundary=b", PARTS),
    "parts that are none": ("multipart/mixed;boundary=b", b"hello"),
    "parts without a boundary": ("multipart/mixed", PARTS),
    "no type at all": ("", OFFER),
}
UNREACHABLE: dict[str, bytes] = {
    "IPv6 for all": OFFER.replace(b"c=IN IP4 127.0.0.1", b"c=IN IP6 ::1"),
    "IPv6 everywhere": OFFER.replace(b"IP4 127.0.0.1", b"IP6 2001:db8::1"),
    "IPv6 for the stream": OFFER + b"c=IN IP6 ::1\r\n",
    "IPv6 by name": OFFER.replace(b"c=IN IP4 127.0.0.1", b"c=IN IP6 localhost"),
    "another network": OFFER.replace(b"c=IN IP4 127.0.0.1", b"c=ATM NSAP 47.0091.8100"),
    "no port": OFFER.replace(b"m=audio 4000", b"m=audio 0"),
    "text only, its audio off": OFFER.replace(b"m=audio 4000", b"m=audio 0")
    + b"m=text 4002 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n",
    "no stream": OFFER.partition(b"m=")[0],
    "pictures only": OFFER.replace(b"m=audio", b"m=video"),
    "fax only": OFFER.replace(b"m=audio 4000 RTP/AVP 0 8 101", b"m=image 4000 udptl t38"),
}
UNSPOKEN: dict[str, bytes] = {
    "keys only": OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 101"),
    "other codecs": OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 18 3 101"),
    "a codec of another rate": OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 96")
    + b"a=rtpmap:96 PCMU/16000\r\n",
    "two channels": OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 96") + b"a=rtpmap:96 PCMU/8000/2\r\n",
}
VIDEO = b"m=video 0 RTP/AVP 31\r\n"
TOO_MANY: dict[str, bytes] = {
    "nine streams": OFFER + 8 * VIDEO,
    "hundreds of streams": OFFER + 200 * VIDEO,
    "nine streams, audio last": OFFER.replace(b"m=audio", 8 * VIDEO + b"m=audio"),
    "nine streams, lines ended by one character": (OFFER + 8 * VIDEO).replace(b"\r\n", b"\n"),
}
UNREADABLE: dict[str, bytes] = {
    "no description": b"hello",
    "a port that is none": OFFER.replace(b"m=audio 4000", b"m=audio 99999"),
    "no address": OFFER.replace(b"c=IN IP4 127.0.0.1\r\n", b""),
}


async def asked(phone: Phone, method: str, type_: str, body: bytes, *headers: tuple[str, str]) -> Message:
    """Send a request outside of calls, and give its final response."""
    typed = [("Content-Type", type_)] if type_ else []
    return await phone.ask(method, headers=[*typed, *headers], body=body)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("what", UNKNOWN)
async def test_an_unknown_body(sip: Exchange, pump: Pump, transport: str, what: str) -> None:
    """415 with what is understood (RFC 3261 section 8.2.3); nobody rings."""
    async with Phone(sip.address, pump, transport=transport) as phone:
        told = await asked(phone, "INVITE", *UNKNOWN[what])
    assert (told.status, told.header("Accept")) == (415, SDP)
    assert sip.quiet


@pytest.mark.parametrize("what", UNREACHABLE)
async def test_an_offer_that_cannot_be_reached(sip: Exchange, phone: Phone, what: str) -> None:
    """488 with a Warning (RFC 3261 section 21.4.26), over UDP as over TCP, before anybody rings."""
    told = await asked(phone, "INVITE", SDP, UNREACHABLE[what])
    assert (told.status, told.header("Warning")[:3]) == (488, "301")
    assert sip.quiet


@pytest.mark.parametrize("profile", [b"RTP/SAVP", b"UDP/TLS/RTP/SAVPF", b"udptl"])
async def test_an_offer_of_encrypted_audio_alone(sip: Exchange, phone: Phone, profile: bytes) -> None:
    """488 with the reason, before anybody rings."""
    told = await asked(phone, "INVITE", SDP, OFFER.replace(b"RTP/AVP", profile))
    assert (told.status, told.header("Warning")[:3]) == (488, "302")
    assert sip.quiet


@pytest.mark.parametrize("what", UNSPOKEN)
async def test_an_offer_that_is_not_spoken(sip: Exchange, phone: Phone, what: str) -> None:
    """488 with the codecs that are: keys alone are no call."""
    told = await asked(phone, "INVITE", SDP, UNSPOKEN[what])
    assert (told.status, told.header("Warning")[:3]) == (488, "305")
    assert sip.quiet


@pytest.mark.parametrize("what", TOO_MANY)
async def test_an_offer_of_more_streams_than_are_taken(sip: Exchange, phone: Phone, what: str) -> None:
    """488 with how many are, before anybody rings: an answer to some of them would be none (RFC 3264)."""
    told = await asked(phone, "INVITE", SDP, TOO_MANY[what])
    assert (told.status, told.header("Warning")) == (488, '399 gateway "No more than 8 streams are taken"')
    assert sip.quiet


async def test_each_of_eight_streams_has_its_answer(sip: Exchange, phone: Phone) -> None:
    """Those that are not wanted get port 0, in the order of the offer (RFC 3264 section 6)."""
    video = VIDEO.replace(b" 0 ", b" 4002 ")
    body = OFFER.replace(b"m=audio", 3 * video + b"m=audio") + 4 * video + b"a=m=video\r\n"
    invite = phone.transact(phone.request("INVITE", headers=[("Content-Type", SDP)], body=body))
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await invite.final()
    streams = re.findall(rb"^m=(\w+) (\d+)", answer.body, re.MULTILINE)
    assert [kind for kind, _ in streams] == [b"video"] * 3 + [b"audio"] + [b"video"] * 4
    assert [port != b"0" for _, port in streams] == [False] * 3 + [True] + [False] * 4


@pytest.mark.parametrize("what", UNREADABLE)
async def test_an_offer_that_cannot_be_read(sip: Exchange, phone: Phone, what: str) -> None:
    """400 (RFC 3261 section 21.4.1)."""
    told = await asked(phone, "INVITE", SDP, UNREADABLE[what])
    assert (told.status, told.header("Warning")[:3]) == (400, "399")
    assert sip.quiet


@pytest.mark.parametrize("name", ["Content-Encoding", "e"])
async def test_a_compressed_body(sip: Exchange, phone: Phone, name: str) -> None:
    """415 with the encoding that is understood (RFC 3261 section 21.4.13)."""
    told = await asked(phone, "INVITE", SDP, OFFER, (name, "gzip"))
    assert (told.status, told.header("Accept-Encoding")) == (415, "identity")
    assert sip.quiet


@pytest.mark.parametrize(
    ("type_", "body", "headers"),
    [
        ("APPLICATION/SDP;charset=utf-8", OFFER, ()),
        (SDP, OFFER, (("Content-Encoding", "identity"),)),
        (SDP, b"", ()),
        (
            "multipart/mixed;boundary=b",
            PARTS.replace(b"text/plain", b"application/sdp").replace(b"hello", OFFER),
            (),
        ),
        ("text/plain", b"hello", (("Content-Disposition", "render ; Handling = optional"),)),
        (SDP, OFFER, (("Content-Encoding", "gzip"), ("Content-Disposition", "session;handling=optional"))),
        ("", b"", ()),
    ],
)
async def test_bodies_that_are_no_hindrance(
    sip: Exchange, phone: Phone, type_: str, body: bytes, headers: tuple[tuple[str, str], ...]
) -> None:
    """What can be read, what may be left out, and none at all: the caller is answered."""
    typed = (("Content-Type", type_),) if type_ else ()
    invite = phone.transact(phone.request("INVITE", headers=[*typed, *headers], body=body))
    leg = await sip.leg()
    leg.leg.execute(Answer())
    assert (await invite.final()).status == 200


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
async def test_a_refused_offer_leaves_the_call_as_it_was(sip: Exchange, phone: Phone, method: str) -> None:
    """Inside a call the statuses are the same (RFC 3261 section 14.2), and everybody goes on talking."""
    call, leg = await sip.answered(phone)
    refused = [(415, *known) for known in UNKNOWN.values()]
    refused += [(488, SDP, body) for body in UNREACHABLE.values()]
    refused += [(488, SDP, body) for body in TOO_MANY.values()]
    refused += [(400, SDP, body) for body in UNREADABLE.values()]
    for status, type_, body in refused:
        bare = call.make(method, headers=[("Content-Type", type_)] if type_ else [])
        request = Message(bare.start, bare.headers, body)
        assert (await phone.transact(request, call._next_hop()).final()).status == status, body
    heard = len(call.media.packets)
    await call.hears(lambda: len(call.media.packets) > heard + 5, "sound as before")
    assert leg.silent
    assert (await call.hang_up()).status == 200


@pytest.mark.parametrize("body", ["\r\n", "\n", "\r", "\r\n\r\n\r\n"])
@pytest.mark.parametrize("next_bytes", ["\r\n\r\n", "\n", "\rINVITE"])
def test_a_body_of_newlines_before_a_newline(body: str, next_bytes: str) -> None:
    """It ends where its length says, and is no description: 400. What comes next is another message's."""
    with Process([sys.executable, "-m", "tests.sip.guarded", "0", "0", "tcp"]) as process:
        port = int(process.wait_for(lambda line: line.get("event") == "listening")["port"])
        with socket.create_connection(("127.0.0.1", port), patience.seconds(5)) as connection:
            head = (
                "INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bK1\r\n"
                "From: <sip:caller@127.0.0.1>;tag=1\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: 1\r\n"
                "CSeq: 1 INVITE\r\nContact: <sip:caller@127.0.0.1:9>\r\nMax-Forwards: 70\r\n"
                "Content-Type: application/sdp\r\n"
            )
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}{next_bytes}".encode())
            assert connection.recv(4096).startswith(b"SIP/2.0 400 ")
        assert process.running
