"""What a caller may write into a session description: packet lengths, other streams, their order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.equipment import tone
from tests.equipment.model import Model
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import PCMU, Sdp, read_sdp, streams
from tests.whole_calls.test_signalling import echoes

TEXT = ("m=text 6000 RTP/AVP 98 100", "a=rtpmap:98 t140/1000", "a=rtpmap:100 red/1000", "a=fmtp:100 98/98")
VIDEO = ("m=video 6002 RTP/AVP 96", "a=rtpmap:96 H264/90000")
FAX = ("m=image 6004 udptl t38", "a=T38FaxVersion:0")
KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
ENCRYPTED = ("m=audio 6006 RTP/SAVP 0 8", KEY)
DATA = ("m=application 9 UDP/DTLS/SCTP 5000", "a=max-message-size:1024")
OTHER_CODECS = ("m=audio 6008 RTP/AVP 18 3",)
NAMELESS = ("m=video 6002 RTP/AVP 97 98",)
"""Payload numbers without a name (rtpmap), which RFC 8866 section 6.6 asks for: PJSIP takes no such offer."""


async def refused(call: Call) -> int:
    """Return the status of a refusal."""
    with pytest.raises(Rejected) as told:
        await call.answered()
    return told.value.status


def udp_sockets(gateway: Gateway) -> int:
    """Count the UDP sockets that a gateway holds."""
    held = {str(file.readlink()) for file in Path(f"/proc/{gateway.pid}/fd").iterdir()}
    table = Path(f"/proc/{gateway.pid}/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return sum(f"socket:[{line.split()[9]}]" in held for line in table)


# --- packets ---


@pytest.mark.native
@pytest.mark.parametrize(
    ("asked", "ms"),
    [
        ({"ptime": 10}, 10),
        ({"ptime": 20}, 20),
        ({"ptime": 30}, 30),
        ({"ptime": 40}, 40),
        ({"ptime": 60}, 60),
        ({"ptime": None}, 20),
        ({"ptime": None, "extra": ("a=maxptime:10",)}, 10),
        ({"ptime": 60, "extra": ("a=maxptime:40",)}, 40),
        ({"ptime": 200}, 60),
        ({"ptime": 2560}, 60),
        ({"ptime": 1}, 10),
    ],
)
async def test_packets_are_as_long_as_asked(phone: Phone, asked: dict[str, object], ms: int) -> None:
    """`ptime` of the offer is kept from 10 to 60 ms, `maxptime` never passed, and our answer names it."""
    call = phone.call("101", **asked)
    call.media.ptime = 20
    await call.answered()
    assert call.remote_sdp
    assert call.remote_sdp.ptime == ms
    call.media.ptime = ms
    await echoes(call, 600)
    assert {len(packet.payload) for packet in call.media.audio()} == {8 * ms}
    assert tone.clicks(call.media.heard()) == []


@pytest.mark.native
async def test_a_reinvite_changes_the_packets(phone: Phone) -> None:
    """A new offer with another `ptime` counts from its answer on."""
    call = phone.call("101", ptime=20)
    await call.answered()
    await echoes(call, 600)
    answer = await call.reinvite(ptime=40)
    assert read_sdp(answer.body).ptime == 40
    heard = len(call.media.packets)
    await echoes(call, 800)
    assert len(call.media.audio()[-1].payload) == 320
    assert len(call.media.packets) > heard


# --- streams ---


@pytest.mark.native
@pytest.mark.parametrize(
    ("offer", "kinds", "at"),
    [
        ({"extra": TEXT}, ["audio", "text"], 0),
        ({"before": TEXT}, ["text", "audio"], 1),
        ({"before": VIDEO}, ["video", "audio"], 1),
        ({"before": VIDEO, "extra": TEXT}, ["video", "audio", "text"], 1),
        ({"before": FAX}, ["image", "audio"], 1),
        ({"before": OTHER_CODECS}, ["audio", "audio"], 1),
        ({"before": ("m=audio 6010 RTP/AVP 0", "c=IN IP6 ::1")}, ["audio", "audio"], 1),
        ({"before": ("m=audio 0 RTP/AVP 0",)}, ["audio", "audio"], 1),
        ({"extra": ("m=audio 6010 RTP/AVP 0",)}, ["audio", "audio"], 0),
        ({"extra": DATA}, ["audio", "application"], 0),
        ({"before": NAMELESS}, ["video", "audio"], 1),
    ],
)
async def test_audio_is_taken_wherever_it_stands(
    phone: Phone, gateway: Gateway, offer: dict[str, tuple[str, ...]], kinds: list[str], at: int
) -> None:
    """The one stream of audio is taken, all others get port 0, and no port is opened for them."""
    before = udp_sockets(gateway)
    call = phone.call("101", **offer)
    answer = await call.answered()
    told = streams(answer.body)
    assert [kind for kind, _ in told] == kinds
    assert [number for number, (_, port) in enumerate(told) if port] == [at]
    assert udp_sockets(gateway) == before + 2
    await echoes(call, 600)


@pytest.mark.native
@pytest.mark.parametrize(
    ("formats", "extra", "before"),
    [
        ((101,), (), ()),
        ((18, 101), (), ()),
        ((0, 101), ("c=IN IP6 ::1",), ()),
        (None, TEXT, ()),
        (None, VIDEO, TEXT),
    ],
)
async def test_an_offer_without_audio_for_us_is_refused(
    phone: Phone,
    model: Model,
    formats: tuple[int, ...] | None,
    extra: tuple[str, ...],
    before: tuple[str, ...],
) -> None:
    """Keys, text or video alone, IPv6: 488, no session opened, and the next call is taken."""
    port = 7000 if formats else 0
    offer = Sdp("127.0.0.1", port, formats or (PCMU,), extra=extra, before=before)
    assert await refused(phone.call("200", sdp=offer)) == 488
    assert model.sessions == []
    await phone.call("100").answered()


@pytest.mark.native
async def test_our_offer_is_audio_alone(phone: Phone, gateway: Gateway) -> None:
    """An INVITE without SDP is offered one stream, and two ports are held for it: RTP and RTCP."""
    before = udp_sockets(gateway)
    call = phone.call("101", sdp=None)
    answer = await call.answered()
    assert [kind for kind, _ in streams(answer.body)] == ["audio"]
    assert read_sdp(answer.body).ptime == 20
    assert udp_sockets(gateway) == before + 2
    await echoes(call, 600)
