"""An SDP cannot have us send RTP to a group, a broadcast address, or ourselves; seen on the wire."""

from __future__ import annotations

import fcntl
import socket
import time
from collections.abc import AsyncIterator

import pytest

from gateway.call import Answer, Answered, Held, Resumed
from tests.equipment import tone
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_capture import Capture
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Sdp
from tests.sip.conftest import Exchange, Listening, exchange, needs_guard

pytestmark = needs_guard

SIOCGIFBRDADDR = 0x8919  # linux/sockios.h

PORT = 41_000
NOBODY_SENDS_THERE = [
    "224.0.0.1",
    "239.255.255.250/127",
    "232.1.1.1/16/3",
    "255.255.255.255",
    "127.255.255.255",  # the loopback's own
    "0.0.0.1",
    "0.255.255.255",
]
NO_ADDRESS = ["localhost", "sip.example.invalid", "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1.", "::1"]
HARMLESS = ["127.0.0.9", "192.0.2.1", "198.51.100.255", "203.0.113.0", "0.0.0.0"]


def refusal(told: Rejected) -> tuple[int, str]:
    """Return the status of a refusal and the code of its Warning (RFC 3261 section 20.43)."""
    return told.status, told.response.header("Warning")[:3]


async def refused(call: Call) -> tuple[int, str]:
    """Wait for a refusal."""
    with pytest.raises(Rejected) as told:
        await call.answered()
    return refusal(told.value)


# --- the first offer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", NOBODY_SENDS_THERE)
async def test_a_first_offer_of_a_group_or_a_network(sip: Exchange, phone: Phone, host: str) -> None:
    """488, and nobody is bothered with the call."""
    assert await refused(phone.call("100", sdp=Sdp(host, PORT))) == (488, "399")
    assert sip.quiet


async def test_the_broadcast_address_of_a_network_of_ours(sip: Exchange, phone: Phone) -> None:
    """488, whatever the network's size: the system knows it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asking, SIOCGIFBRDADDR, name.encode().ljust(40, b"\0"))
            except OSError:
                continue
            host = socket.inet_ntoa(answer[20:24])
            if host != "0.0.0.0":
                assert await refused(phone.call("100", sdp=Sdp(host, PORT))) == (488, "399")
    assert sip.quiet


@pytest.mark.parametrize("host", NO_ADDRESS)
async def test_an_address_is_written_in_numbers(sip: Exchange, phone: Phone, host: str) -> None:
    """A name would have to be looked up, and what the C library reads as numbers is no address in SDP."""
    assert await refused(phone.call("100", sdp=Sdp(host, PORT))) == (488, "301")
    assert sip.quiet


@pytest.mark.parametrize("host", HARMLESS)
async def test_an_address_of_one_host_is_taken(sip: Exchange, phone: Phone, host: str) -> None:
    """Whether or not there is a way to it, and also where it ends like another network's broadcast."""
    phone.call("100", sdp=Sdp(host, PORT))
    await sip.leg()


async def test_each_stream_is_looked_at(sip: Exchange, phone: Phone) -> None:
    """The address of a stream counts before that of the session; one switched off (port 0) does not."""
    good = Sdp("127.0.0.9", PORT)
    for extra in (
        ("c=IN IP4 224.0.0.1",),
        (f"m=audio {PORT + 2} RTP/AVP 0", "c=IN IP4 224.0.0.1"),
        (f"m=audio {PORT + 2} RTP/AVP 0", "c=IN IP6 ff02::1"),
        (f"m=text {PORT + 2} RTP/AVP 98", "c=IN IP4 255.255.255.255", "a=rtpmap:98 t140/1000"),
        (f"a=rtcp:{PORT + 1} IN IP4 224.0.0.1",),
        (f"a=rtcp:{PORT + 1} IN IP4 a.name.invalid",),
    ):
        # c= comes before the attributes (RFC 8866 section 9), but PJSIP takes it anywhere, as others do.
        told = await refused(phone.call("100", sdp=_with(good, extra)))
        assert told[0] == 488, extra
    phone.call("100", sdp=_with(good, ("m=audio 0 RTP/AVP 0", "c=IN IP4 224.0.0.1")))
    await sip.leg()
    assert sip.quiet


def _with(sdp: Sdp, extra: tuple[str, ...]) -> Sdp:
    return Sdp(sdp.host, sdp.port, extra=extra)


# --- our own ports -----------------------------------------------------------------------------------------


async def test_no_audio_to_our_own_ports(sip: Exchange, phone: Phone) -> None:
    """Not to another call's, for RTP or RTCP, not to one that the next call could get, and not to SIP."""
    call, _ = await sip.answered(phone)
    assert call.media.remote
    host, port = call.media.remote
    for own in (port, port + 1, port - 1, port + 20, sip.port, sip.port - 1):
        told = await refused(phone.call("100", sdp=Sdp(host, own)))
        assert told == (488, "399"), own
    elsewhere = (f"a=rtcp:{port} IN IP4 {host}",)
    assert await refused(phone.call("100", sdp=Sdp("127.0.0.9", PORT, extra=elsewhere))) == (488, "399")
    assert sip.quiet


async def test_the_same_port_of_another_host_is_not_ours(sip: Exchange, phone: Phone) -> None:
    """It is the address and the port."""
    phone.call("100", sdp=Sdp("127.0.0.9", sip.port))
    await sip.leg()


@pytest.mark.parametrize("host", ["127.0.0.77", "203.0.113.5"])
async def test_all_addresses_that_lead_here_are_ours(pump: Pump, host: str) -> None:
    """Listening at all interfaces it is each of them, and the public address, behind a router, is another."""
    settings = {"host": "0.0.0.0", "public_address": "203.0.113.5"}
    async with exchange(**settings) as sip, Phone(sip.address, pump) as phone:
        own = sip.agent.settings.rtp_low + 10
        for port in (own, sip.port):
            assert await refused(phone.call("100", sdp=Sdp(host, port))) == (488, "399")
        assert sip.quiet


async def test_a_port_that_another_program_holds_is_its_own(sip: Exchange, phone: Phone) -> None:
    """A PBX on the same machine may use the same range: what it has opened cannot be ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pbx:
        pbx.bind(("127.0.0.1", sip.agent.settings.rtp_high - 1))
        phone.call("100", sdp=Sdp(*pbx.getsockname()))
        await sip.leg()


# --- in a call ---------------------------------------------------------------------------------------------


@pytest.fixture
async def talking(sip: Exchange, phone: Phone) -> AsyncIterator[tuple[Call, Listening]]:
    """A call; after the test it has to be up and to carry sound to where it did."""
    call, leg = await sip.answered(phone)
    yield call, leg
    assert leg.silent
    leg.leg.port.play(1, tone.sine(440, 300, rate=24_000).tobytes())
    await call.hears_sound(time.monotonic_ns())


async def test_a_new_offer_is_refused_and_the_call_goes_on(
    talking: tuple[Call, Listening], sip: Exchange
) -> None:
    """488 in re-INVITE and UPDATE, however long the offer is; everything stays as it was (RFC 3261 14.2)."""
    call, _ = talking
    assert call.local_sdp
    assert call.media.remote
    own = call.media.remote[1]
    long = tuple(f"a=x-{number}:{'x' * 60}" for number in range(40))
    for changes in (
        {"host": "224.0.0.1"},
        {"host": "255.255.255.255", "extra": long},
        {"host": "a.name.invalid", "extra": long},
        {"host": "127.0.0.1", "port": own},
        {"host": "127.0.0.1", "port": sip.port},
    ):
        offer = call.local_sdp.changed(**changes)
        assert (await call.request("UPDATE", body=offer.write())).status == 488, changes
        call.invite(sdp=offer)
        assert (await refused(call))[0] == 488, changes


# --- answers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["224.0.0.1", "a.name.invalid", "0.0.0.1"])
async def test_an_answer_in_the_ack(sip: Exchange, phone: Phone, host: str) -> None:
    """To an INVITE without an offer we make one; what answers it badly ends the call, without a packet."""
    call = phone.call("100", invite=False)
    call.acks = False
    with Capture() as capture:
        call.invite(sdp=None)
        leg = await sip.leg()
        leg.leg.execute(Answer())
        leg.leg.port.play(1, tone.sine(440, 300, rate=24_000).tobytes())
        offer = await call.final()
        call.acknowledge(offer, body=Sdp(host, PORT).write())
        assert (await call.ended()).method == "BYE"
        assert capture.udp_to(port=PORT) == []
    await leg.ended()


@pytest.mark.parametrize("host", ["224.0.0.1", "a.name.invalid"])
async def test_an_answer_to_our_call(sip: Exchange, phone: Phone, host: str) -> None:
    """Whom we called may not aim us anywhere either."""
    with Capture() as capture:
        leg = Listening(sip.agent.dial(f"sip:phone@127.0.0.1:{phone.local[1]}"))
        leg.leg.port.play(1, tone.sine(440, 300, rate=24_000).tobytes())
        call = await phone.incoming()
        phone.reply(call.messages[0], 200, tag=call.tag, body=Sdp(host, PORT).write())
        await leg.ended()
        assert capture.udp_to(port=PORT) == []


# --- on hold without an address ----------------------------------------------------------------------------


async def test_a_first_offer_on_hold(sip: Exchange, phone: Phone) -> None:
    """The call is up, no packet leaves, and the agent's words wait until a re-INVITE says where to."""
    with Capture() as capture:
        call = phone.call("100", invite=False)
        home = call.media.local
        call.invite(sdp=Sdp("0.0.0.0", home[1]))
        leg = await sip.leg()
        leg.leg.execute(Answer())
        words = tone.sine(440, 400, rate=24_000)
        leg.leg.port.play(1, words.tobytes())
        await call.answered()
        assert await leg.fact() == Answered()
        await call.listens(300)
        assert call.media.remote
        assert [packet for packet in capture.udp_to() if packet.at[1] in (home[1], home[1] + 1)] == []
        await call.reinvite(host=home[0], port=home[1])
        await call.hears_sound()
        await call.hears_silence()
        assert abs(tone.sound_ms(call.media.heard()) - 400) <= 40


async def test_a_hold_without_an_address_stops_rtp_and_rtcp(sip: Exchange, phone: Phone) -> None:
    """0.0.0.0 would be ourselves to the system; what is said meanwhile is heard afterwards."""
    call, leg = await sip.answered(phone)
    home = call.media.local
    await call.hears(lambda: call.media.packets, "audio")
    await call.reinvite(host="0.0.0.0")
    with Capture() as capture:
        leg.leg.port.play(1, tone.sine(440, 400, rate=24_000).tobytes())
        await call.listens(300)
        assert [packet for packet in capture.udp_to() if packet.at[1] in (home[1], home[1] + 1)] == []
    await call.reinvite(host=home[0], port=home[1])
    await call.hears_sound()
    await call.hears_silence()
    assert abs(tone.sound_ms(call.media.heard()) - 400) <= 40
    assert [await leg.fact(), await leg.fact()] == [Held(), Resumed()]
    assert leg.silent
