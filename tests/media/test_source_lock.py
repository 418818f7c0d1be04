"""Sound only from where the SDP says it comes from, in real calls with strangers around."""

from __future__ import annotations

import itertools
import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from tests.equipment import tone
from tests.equipment.process import Line, Process
from tests.equipment.wire_call import Call
from tests.equipment.wire_capture import Capture
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump, RtpStream
from tests.equipment.wire_sip import Sdp
from tests.media.conftest import address, echo, frequencies

pytestmark = pytest.mark.native


class Stranger:
    """Somebody who found out where a call's media port is, and shouts 900 Hz at it."""

    def __init__(self, host: str, port: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.payloads = tone.ulaw_encode(tone.sine(900, 1000, level_db=-3))

    def shouts_at(self, call: Call, packets: int = 50, *, through: socket.socket | None = None) -> None:
        """Send well-formed RTP."""
        assert call.media.remote is not None
        for number in range(packets):
            header = struct.pack("!BBHII", 0x80, 0, number, number * 160, 0xBAD)
            part = self.payloads[number % 50 * 160 : number % 50 * 160 + 160]
            (through or self.socket).sendto(header + part, call.media.remote)

    def says_goodbye_to(self, call: Call) -> None:
        """Send an RTCP BYE (RFC 3550 section 6.6) for nobody in particular."""
        assert call.media.remote is not None
        host, port = call.media.remote
        self.socket.sendto(struct.pack("!BBHI", 0x81, 203, 1, 0xBAD), (host, port + 1))


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """On the caller's own host, from another port: a stranger nevertheless."""
    somebody = Stranger("127.0.0.1")
    yield somebody
    somebody.socket.close()


@pytest.fixture
def foreigner() -> Iterator[Stranger]:
    """On another host."""
    somebody = Stranger("127.0.0.2")
    yield somebody
    somebody.socket.close()


def counted(process: Process, wanted: Callable[[Line], object]) -> Line:
    """Wait until the port's counters are as wanted; give them. Only what is reported from now on counts."""
    old, number = len(process.log), itertools.count()

    def new_and_wanted(line: Line) -> bool:
        return next(number) >= old and line.get("rtp_packets") is not None and bool(wanted(line))

    return process.wait_for(new_and_wanted, what="certain counters")


async def spoken(call: Call) -> None:
    """Say half a second of 440 Hz and wait for its echo to end."""
    call.media.say(tone.sine(440, 500, level_db=-10))
    await call.hears_sound()
    await call.hears_silence(200)


async def test_a_stranger_is_not_heard(phone: Phone, echoing_native: Process, stranger: Stranger) -> None:
    """Nothing of it; each of its packets is counted, and where the last came from is known."""
    call = phone.call("echo")
    await call.answered()
    stranger.shouts_at(call)
    await spoken(call)
    assert frequencies(call) == {440}
    counters = counted(echoing_native, lambda line: line["rtp_strangers"] >= 50)
    assert counters["rtp_strangers"] == 50
    assert counters["stranger"] == "{}:{}".format(*stranger.socket.getsockname())
    assert counters["rtp_packets"] > 20


async def test_a_stranger_is_not_heard_while_the_caller_is_silent(
    phone: Phone, echoing_native: Process, stranger: Stranger
) -> None:
    """A muted caller's place is not taken over: there is no second chance to be learned."""
    call = phone.call("echo")
    call.media.speaks_silence = False
    await call.answered()
    stranger.shouts_at(call, 200)
    counted(echoing_native, lambda line: line["rtp_strangers"] == 200 and line["rtp_packets"] == 0)
    await call.listens(300)
    assert frequencies(call) == set()


async def test_what_never_came_is_counted(phone: Phone, echoing_native: Process) -> None:
    """By the packets' numbers; what comes twice makes up for nothing, and a new beginning skips nothing."""
    call = phone.call("echo")
    await call.answered()
    counted(echoing_native, lambda line: line["rtp_packets"] > 5)
    call.media.lose(7)
    packets = counted(echoing_native, lambda line: line["rtp_lost"] == 7)["rtp_packets"]
    counted(echoing_native, lambda line: line["rtp_packets"] > packets + 5)  # the last three of them came
    call.media.lose(-3)
    packets = counted(echoing_native, lambda line: line["rtp_duplicates"] == 3)["rtp_packets"]
    call.media.lose(20_000)
    line = counted(echoing_native, lambda line: line["rtp_packets"] > packets + 10)
    assert line["rtp_lost"] == 7
    assert line["rtp_sent"] >= len(call.media.packets) > 10


async def test_what_is_no_rtp_is_neither_counted_nor_heard(phone: Phone, echoing_native: Process) -> None:
    """RTCP and STUN to the port of RTP, and packets that only keep a router's memory fresh."""
    call = phone.call("echo")
    await call.answered()
    said = call.media.say(tone.sine(600, 1000))
    while not said.done:
        call.media.report(muxed=True)
        call.media.send_bytes(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12))
        call.media.send_bytes(b"\r\n")
        await call.listens(50)
    await call.hears(lambda: tone.sound_ms(call.media.heard()) > 900, "the tone come back")
    line = counted(echoing_native, lambda line: line["rtp_packets"] > 50)
    assert line["rtp_packets"] <= call.media.sent
    assert line["rtp_lost"] == 0
    assert frequencies(call) == {600}


async def test_a_strangers_rtcp_is_dropped_too(
    phone: Phone, echoing_native: Process, stranger: Stranger, foreigner: Stranger
) -> None:
    """From another host, that is; the port of RTCP is not always the negotiated one."""
    call = phone.call("echo")
    await call.answered()
    foreigner.says_goodbye_to(call)
    assert counted(echoing_native, lambda line: line["rtp_strangers"] == 1)
    stranger.says_goodbye_to(call)
    await spoken(call)
    assert counted(echoing_native, lambda _: True)["rtp_strangers"] == 1


async def test_a_new_media_address_is_the_only_one_accepted(
    phone: Phone, echoing_native: Process, stranger: Stranger
) -> None:
    """After a re-INVITE with another port the old one is a stranger."""
    call = phone.call("echo")
    await call.answered()
    old = call.media.socket.dup()
    await call.reinvite(new_port=True)
    before = counted(echoing_native, lambda _: True)
    stranger.shouts_at(call, 20, through=old)
    await spoken(call)
    old.close()
    assert frequencies(call) == {440}
    assert counted(echoing_native, lambda _: True)["rtp_strangers"] >= before["rtp_strangers"] + 20


async def test_on_hold_without_an_address_nothing_is_accepted(
    phone: Phone, echoing_native: Process, stranger: Stranger
) -> None:
    """c=0.0.0.0 (RFC 3264 section 8.4) names no source; after the hold the old one is right again."""
    call = phone.call("echo")
    await call.answered()
    host, port = call.media.local
    await call.reinvite(host="0.0.0.0")
    stranger.shouts_at(call, 20)
    await call.listens(100)
    await call.reinvite(host=host, port=port)
    await spoken(call)
    assert frequencies(call) == {440}


async def test_a_caller_that_vanished_is_seen(
    phone: Phone, echoing_native: Process, stranger: Stranger
) -> None:
    """The time since the last packet grows, strangers or not, and is near zero when packets come."""
    call = phone.call("echo")
    await call.answered()
    counted(echoing_native, lambda line: line["rtp_packets"] > 5 and line["rtp_idle_ms"] < 100)
    call.media.speaks_silence = False
    stranger.shouts_at(call, 10)
    counted(echoing_native, lambda line: line["rtp_idle_ms"] > 500)
    call.media.speaks_silence = True
    counted(echoing_native, lambda line: line["rtp_idle_ms"] < 100)


# --- other addresses of the caller's host --------------------------------------------------------------


def softphone(phone: Phone, announced: str) -> Call:
    """Call as linphonec does: with the address of an interface, on a socket of all interfaces.

    What it sends to 127.0.0.1 comes from 127.0.0.1, as the system chooses.
    """
    call = phone.call("echo", invite=False)
    phone.pump.forget(call.media)
    call.media = RtpStream("0.0.0.0")
    phone.pump.listen(call.media)
    call.invite(sdp=Sdp(announced, call.media.local[1]))
    return call


async def test_a_softphone_of_the_same_machine_is_heard(phone: Phone, echoing: Process) -> None:
    """It announces another address than it sends from, and hears its echo all the same."""
    call = softphone(phone, "127.0.0.9")
    await call.answered()
    await spoken(call)
    assert frequencies(call) == {440}
    if echoing.events("counters")[-1]["rtp_packets"] is not None:  # the native plane
        counters = counted(echoing, lambda line: line["rtp_packets"] > 5)
        assert (counters["rtp_strangers"], counters["rtp_learned"]) == (0, False)


async def test_a_softphone_whose_invite_comes_from_the_interface(pump: Pump, echoing_native: Process) -> None:
    """As baresip does it: only its audio comes from 127.0.0.1."""
    async with Phone(address(echoing_native), pump, host="127.0.0.9") as phone:
        call = softphone(phone, "127.0.0.9")
        await call.answered()
        await spoken(call)
        assert frequencies(call) == {440}


async def test_it_is_answered_where_it_says(phone: Phone, echoing_native: Process) -> None:
    """As long as that is an address of this machine: it may have bound that one alone."""
    with Capture() as capture:
        call = softphone(phone, "127.0.0.9")
        await call.answered()
        await spoken(call)
        assert len(capture.rtp_to("127.0.0.9", call.media.local[1])) > 10


async def test_a_caller_with_an_address_of_another_network_is_answered_where_it_sends_from(
    phone: Phone, echoing_native: Process
) -> None:
    """A router may leave ports as they are: the INVITE's host at the announced port is no stranger."""
    call = softphone(phone, "192.0.2.1")
    await call.answered()
    await spoken(call)
    assert frequencies(call) == {440}
    assert counted(echoing_native, lambda line: line["rtp_packets"] > 5)["rtp_learned"]


async def test_the_announced_port_of_a_third_host_is_a_strangers(
    phone: Phone, echoing_native: Process, stranger: Stranger
) -> None:
    """And so is another port of the host that the INVITE came from."""
    call = phone.call("echo", invite=False)
    call.media.speaks_silence = False
    call.invite(sdp=Sdp("192.0.2.1", call.media.local[1]))
    await call.answered()
    elsewhere = Stranger("127.0.0.2", call.media.local[1])
    for somebody in (stranger, elsewhere):
        somebody.shouts_at(call, 20)
    counted(echoing_native, lambda line: line["rtp_strangers"] == 40 and line["rtp_packets"] == 0)
    elsewhere.socket.close()
    stranger.shouts_at(call, 20, through=call.media.socket)
    counted(echoing_native, lambda line: line["rtp_strangers"] == 40 and line["rtp_packets"] == 20)


async def test_who_speaks_at_the_announced_address_is_alone(phone: Phone, echoing_native: Process) -> None:
    """The INVITE's host is a stranger from then on, at whatever port: two streams at once are no caller."""
    call = phone.call("echo", invite=False)
    announced = RtpStream("127.0.0.9")
    phone.pump.forget(call.media)
    call.media = announced
    phone.pump.listen(announced)
    call.invite(sdp=Sdp(*announced.local))
    await call.answered()
    counted(echoing_native, lambda line: line["rtp_packets"] > 5)
    beside = Stranger("127.0.0.1", announced.local[1])
    beside.shouts_at(call, 20)
    counted(echoing_native, lambda line: line["rtp_strangers"] == 20)
    beside.socket.close()


# --- where nothing is sent -----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["224.0.0.1", "255.255.255.255"])
async def test_a_transport_is_not_made_to_send_where_none_may(
    phone: Phone, echoing_native: Process, host: str
) -> None:
    """Whatever has let the address through: this endpoint has nothing that reads SDP."""
    with Capture() as capture:
        call = phone.call("echo", sdp=Sdp(host, 41_000))
        assert (await call.final()).status == 488
        assert capture.udp_to(port=41_000) == []


# --- learning -----------------------------------------------------------------------------------------

BEHIND_NAT = Sdp("127.0.0.9", 40_000)
"""What a phone behind a NAT offers: an address where nobody sends from and nobody listens."""


async def test_without_learning_a_caller_behind_a_nat_is_a_stranger(
    phone: Phone, echoing_native: Process
) -> None:
    """Its packets come from elsewhere than the SDP says, and count as such."""
    call = phone.call("echo", sdp=BEHIND_NAT)
    await call.answered()
    counted(echoing_native, lambda line: line["rtp_strangers"] > 20 and line["rtp_packets"] == 0)


async def test_a_caller_behind_a_nat_is_learned_and_answered_there(
    phone: Phone, echoing_learner: Process
) -> None:
    """Found by its stream, it hears its echo where it really is."""
    call = phone.call("echo", sdp=BEHIND_NAT)
    await call.answered()
    await spoken(call)
    assert frequencies(call) == {440}
    counters = counted(echoing_learner, lambda _: True)
    assert counters["rtp_strangers"] < 5
    assert counters["rtp_learned"]


async def test_what_was_learned_is_locked(phone: Phone, echoing_learner: Process, stranger: Stranger) -> None:
    """There is one chance: the next stream from elsewhere is a stranger's."""
    call = phone.call("echo", sdp=BEHIND_NAT)
    await call.answered()
    counted(echoing_learner, lambda line: line["rtp_packets"] > 5)
    stranger.shouts_at(call, 100)
    await spoken(call)
    assert frequencies(call) == {440}
    assert counted(echoing_learner, lambda _: True)["rtp_strangers"] >= 100


async def test_a_caller_that_named_its_address_is_never_replaced(
    phone: Phone, echoing_learner: Process, stranger: Stranger
) -> None:
    """One packet from the negotiated address, and nothing is learned any more."""
    call = phone.call("echo")
    await call.answered()
    counted(echoing_learner, lambda line: line["rtp_packets"] > 0)
    call.media.speaks_silence = False
    stranger.shouts_at(call, 100)
    assert counted(echoing_learner, lambda line: line["rtp_strangers"] == 100)


async def test_the_negotiated_address_takes_its_place_back(
    phone: Phone, echoing_learner: Process, stranger: Stranger
) -> None:
    """A stranger that was quicker than a muted caller loses the call with the caller's first packet."""
    call = phone.call("echo")
    call.media.speaks_silence = False
    await call.answered()
    stranger.shouts_at(call, 20)
    counted(echoing_learner, lambda line: line["rtp_packets"] == 16 and line["rtp_learned"])
    call.media.speaks_silence = True
    since = time.monotonic_ns()  # before the stranger's first packet it came here, too
    await call.hears(
        lambda: any(packet.at > since for packet in call.media.packets[-1:]), "audio at its own address again"
    )
    stranger.shouts_at(call, 50)
    assert not counted(echoing_learner, lambda line: line["rtp_strangers"] >= 4 + 50)["rtp_learned"]


async def test_a_few_packets_are_no_stream(
    phone: Phone, echoing_learner: Process, stranger: Stranger
) -> None:
    """Garbage and single packets do not win a call."""
    call = phone.call("echo", sdp=BEHIND_NAT)
    call.media.speaks_silence = False
    await call.answered()
    for _ in range(20):
        stranger.shouts_at(call, 4)
    counted(echoing_learner, lambda line: line["rtp_strangers"] == 80 and line["rtp_packets"] == 0)


# --- SRTP ---------------------------------------------------------------------------------------------


def test_srtp_passes_the_lock() -> None:
    """The lock sits above SRTP: what it counts was authenticated, and sound flows both ways."""
    with echo("native", "srtp") as callee:
        target = "sip:echo@{}:{}".format(*address(callee))
        with echo("native", "srtp", f"call={target}") as caller:
            for process in (callee, caller):
                counters = counted(
                    process, lambda line: line["rtp_packets"] > 20 and line["caller_peak"] > 1000
                )
                assert counters["rtp_strangers"] == 0
