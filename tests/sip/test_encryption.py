"""SRTP and TLS on the wire: what is offered, what is taken, and that both sides hear each other."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.call import Answer, HangUp
from gateway.sip.endings import CALLER_HUNG_UP
from gateway.sip.stack import TlsListener
from tests.equipment import patience, ports, tone
from tests.equipment.certificates import Authority, Identity
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.equipment.wire_srtp import Sdes
from tests.sip.conftest import Exchange, Listening, exchange, needs_guard

pytestmark = needs_guard


async def encrypted(running: Exchange, phone: Phone) -> tuple[Call, Listening]:
    """Have a phone offer SRTP alone, and be answered."""
    keys = Sdes()
    call = phone.call("100", invite=False)
    call.media.cipher = keys
    call.invite(profile="RTP/SAVP", extra=(keys.line,))
    leg = await running.leg()
    leg.leg.execute(Answer())
    keys.agree((await call.final()).body)
    await call.answered()
    await leg.fact()
    return call, leg


async def hear_each_other(call: Call, leg: Listening) -> None:
    """The phone hears a tone, and so does the leg."""
    pcm = tone.sine(440, 400)
    call.media.say(pcm)
    await call.hears(lambda: any(leg.heard), "its own tone at the other side")
    assert call.media.packets


async def ended(leg: Listening) -> Any:
    """Hang up, and return what was counted of the media."""
    leg.leg.execute(HangUp(CALLER_HUNG_UP))
    return (await leg.ended()).media


@pytest.mark.parametrize("encryption", ["optional", "required"])
async def test_encrypted_audio_is_spoken_both_ways(pump: Pump, encryption: str) -> None:
    """By keys in the offer and the answer; the leg says so in the end."""
    async with exchange(encryption=encryption) as running, Phone(running.address, pump) as phone:
        call, leg = await encrypted(running, phone)
        await hear_each_other(call, leg)
        assert (await ended(leg)).encryption == "sdes"


async def test_plain_audio_is_said_to_be_plain(pump: Pump) -> None:
    """Where encryption is optional, a phone need not have it."""
    async with exchange(encryption="optional") as running, Phone(running.address, pump) as phone:
        call, leg = await running.answered(phone)
        await hear_each_other(call, leg)
        assert (await ended(leg)).encryption == "off"


@pytest.mark.parametrize(
    ("encryption", "profile", "warning"),
    [("off", "RTP/SAVP", "is not taken"), ("required", "RTP/AVP", "calls are encrypted")],
)
async def test_what_does_not_fit_is_refused(pump: Pump, encryption: str, profile: str, warning: str) -> None:
    """488, with a reason."""
    async with exchange(encryption=encryption) as running, Phone(running.address, pump) as phone:
        answer = await phone.call("100", profile=profile, extra=(Sdes().line,)).final()
        assert answer.status == 488
        assert warning in answer.header("Warning")


async def test_of_two_streams_the_encrypted_one_is_taken(pump: Pump) -> None:
    """Although the plain one comes first."""
    keys = Sdes()
    async with exchange(encryption="optional") as running, Phone(running.address, pump) as phone:
        plain = "m=audio 6000 RTP/AVP 0"
        call = phone.call("100", before=(plain,), profile="RTP/SAVP", extra=(keys.line,))
        (await running.leg()).leg.execute(Answer())
        answer = (await call.final()).body.decode()
    streams = [line.split()[1:3] for line in answer.splitlines() if line.startswith("m=")]
    assert [profile for port, profile in streams if port != "0"] == ["RTP/SAVP"]


PLAIN = "m=audio {port} RTP/AVP 0"
UNKNOWN = "a=crypto:1 AEAD_AES_256_GCM inline:" + "A" * 60
NAMED = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40 + "|2^20|1:4"
SHORT = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 20
BARE = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40 + " UNENCRYPTED_SRTP"
BROKEN = "a=crypto:x"
GOOD = "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40 + "|2^31 WSH=1024 -TRY"
SAVP = "m=audio {port} RTP/SAVP 0"
VIDEO, OFF = "m=video {port} RTP/AVP 96\r\na=rtpmap:96 H264/90000", "m=audio 0 RTP/SAVP 0"

OFFERS: dict[str, tuple[tuple[str, ...], dict[str, int | None]]] = {
    # m-lines, each with its attributes; the index of the one that is taken by each setting, None: 488
    "plain": ((PLAIN,), {"off": 0, "optional": 0, "required": None}),
    "keys": ((f"{SAVP}\r\n{GOOD}",), {"off": None, "optional": 0, "required": 0}),
    "keys before plain": ((f"{SAVP}\r\n{GOOD}", PLAIN), {"off": 1, "optional": 0, "required": 0}),
    "plain before keys": ((PLAIN, f"{SAVP}\r\n{GOOD}"), {"off": 0, "optional": 1, "required": 1}),
    "unknown suite": ((f"{SAVP}\r\n{UNKNOWN}",), {"off": None, "optional": None, "required": None}),
    "unknown suite before plain": (
        (f"{SAVP}\r\n{UNKNOWN}", PLAIN),
        {"off": 1, "optional": 1, "required": None},
    ),
    "unknown suite before keys": (
        (f"{SAVP}\r\n{UNKNOWN}", f"{SAVP}\r\n{GOOD}"),
        {"off": None, "optional": 1, "required": 1},
    ),
    "an unknown suite beside a known one": (
        (f"{SAVP}\r\n{UNKNOWN}\r\n{GOOD}", PLAIN),
        {"off": 1, "optional": 0, "required": 0},
    ),
    "one tag twice": ((f"{SAVP}\r\n{GOOD}\r\n{GOOD}",), {"off": None, "optional": 0, "required": 0}),
    "a key that cannot be read": (
        (f"{SAVP}\r\n{BROKEN}\r\n{GOOD}",),
        {"off": None, "optional": 0, "required": 0},
    ),
    "a key with a name before plain": (
        (f"{SAVP}\r\n{NAMED}", PLAIN),
        {"off": 1, "optional": 1, "required": None},
    ),
    "a key too short before plain": (
        (f"{SAVP}\r\n{SHORT}", PLAIN),
        {"off": 1, "optional": 1, "required": None},
    ),
    "keys that encrypt nothing": ((f"{SAVP}\r\n{BARE}", PLAIN), {"off": 1, "optional": 1, "required": None}),
    "no key before plain": ((SAVP, PLAIN), {"off": 1, "optional": 1, "required": None}),
    "a stream that is off": ((OFF, PLAIN), {"off": 1, "optional": 1, "required": None}),
    "video between": ((VIDEO, f"{SAVP}\r\n{GOOD}", PLAIN), {"off": 2, "optional": 1, "required": 1}),
    "plain with an unknown suite": ((f"{PLAIN}\r\n{UNKNOWN}",), {"off": 0, "optional": 0, "required": None}),
}


async def answered(running: Exchange, call: Call) -> Message | None:
    """Answer a call that is let in; None for one that is refused with 488."""
    async with patience.within(10):
        while running.quiet and not any(message.status >= 300 for message in call.messages):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    if running.quiet:
        assert (await call.final()).status == 488
        return None
    (await running.leg()).leg.execute(Answer())
    return await call.answered()


@pytest.mark.parametrize("encryption", ["off", "optional", "required"])
async def test_of_an_offer_the_best_stream_that_fits_is_taken(pump: Pump, encryption: str) -> None:
    """Whatever stands before it, and whatever is wrong with that; where none fits, it is 488."""
    taken: dict[str, int | None] = {}
    async with exchange(encryption=encryption) as running, Phone(running.address, pump) as phone:
        for name, (streams, _) in OFFERS.items():
            head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            lines = [stream.format(port=6000 + 2 * n) for n, stream in enumerate(streams)]
            call = phone.call("100", sdp=(head + "\r\n".join(lines) + "\r\n").encode())
            if (answer := await answered(running, call)) is None:
                taken[name] = None
                continue
            ports_of = [
                line.split()[1] for line in answer.body.decode().splitlines() if line.startswith("m=")
            ]
            (taken[name],) = [n for n, port in enumerate(ports_of) if port != "0"]
            await call.hang_up()
    assert taken == {name: by[encryption] for name, (_, by) in OFFERS.items()}


async def test_fresh_keys_of_a_new_offer_are_taken(pump: Pump) -> None:
    """A re-INVITE with another key: the call goes on, encrypted by it."""
    async with exchange(encryption="required") as running, Phone(running.address, pump) as phone:
        call, leg = await encrypted(running, phone)
        await hear_each_other(call, leg)
        keys = Sdes()
        assert call.local_sdp is not None
        answer = await call.reinvite(extra=(keys.line,))
        keys.agree(answer.body)
        call.media.cipher, leg.heard = keys, b""
        await hear_each_other(call, leg)


# --- TLS ---------------------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority of the test's own."""
    return Authority(tmp_path)


def listener(us: Identity, **more: Any) -> TlsListener:
    """Where TLS is taken."""
    return TlsListener("127.0.0.1", ports.free_port(), us.certificate, us.key, **more)


@pytest.fixture
async def secured(authority: Authority) -> AsyncIterator[Exchange]:
    """An agent that takes TLS."""
    async with exchange(tls=listener(authority.gives("gateway")), encryption="optional") as running:
        yield running


def trusting(authority: Authority) -> ssl.SSLContext:
    """A phone that trusts this authority alone."""
    return ssl.create_default_context(cafile=str(authority.file))


def tls_address(running: Exchange) -> tuple[str, int]:
    """Where it is rung by TLS."""
    assert running.agent.settings.tls is not None
    return "127.0.0.1", running.agent.settings.tls.port


async def test_call_over_tls_is_encrypted_whole(secured: Exchange, authority: Authority, pump: Pump) -> None:
    """TLS 1.3, SRTP with keys that nobody on the way has read; the leg knows how it was rung."""
    context = trusting(authority)
    async with Phone(tls_address(secured), pump, transport="tls", tls=context) as phone:
        call, leg = await encrypted(secured, phone)
        assert leg.leg.info.transport == "tls"
        await hear_each_other(call, leg)
        await call.hang_up()


async def test_a_burst_is_taken_while_the_gateway_is_busy(secured: Exchange) -> None:
    """A hundred that come at once wait in the kernel; none has to ask again, a second later or a minute."""
    busy, waiting = threading.Event(), [socket.socket() for _ in range(100)]

    def be_busy() -> None:
        busy.wait(30)

    secured.agent._submit(be_busy)
    try:
        for one in waiting:
            one.settimeout(patience.seconds(0.5))
            one.connect(tls_address(secured))
    finally:
        busy.set()
        for one in waiting:
            one.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_both_versions_are_spoken(
    secured: Exchange, authority: Authority, pump: Pump, version: ssl.TLSVersion
) -> None:
    """PJSIP's own setting stops at 1.2."""
    context = trusting(authority)
    context.minimum_version = context.maximum_version = version
    async with Phone(tls_address(secured), pump, transport="tls", tls=context) as phone:
        assert (await phone.ask("OPTIONS")).status == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_older_version_is_not_spoken(secured: Exchange, authority: Authority, pump: Pump) -> None:
    """TLS 1.1 is refused."""
    context = trusting(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        async with Phone(tls_address(secured), pump, transport="tls", tls=context):
            pass


@pytest.mark.parametrize("asks", [False, True])
async def test_clients_are_asked_for_a_certificate_only_where_they_need_one(
    authority: Authority, asks: bool
) -> None:
    """The question has the names of all authorities that we know: more than all else in a handshake."""
    tls = listener(authority.gives("gateway"), ca=authority.file, asks=asks)
    async with exchange(tls=tls):
        client = ("openssl", "s_client", "-connect", f"127.0.0.1:{tls.port}", "-CAfile", str(authority.file))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*client, stdin=pipe, stdout=pipe, stderr=pipe)
        told, _ = await asyncio.wait_for(process.communicate(b""), patience.seconds(10))
    assert (b"Acceptable client certificate CA names" in told) is asks


async def test_client_without_a_certificate_is_shut_out(authority: Authority, pump: Pump) -> None:
    """Where one is asked for; one that the authority gave opens."""
    tls = listener(authority.gives("gateway"), ca=authority.file, asks=True)
    async with exchange(tls=tls) as running:
        context = trusting(authority)
        client = authority.gives("client")
        context.load_cert_chain(client.certificate, client.key)
        async with Phone(tls_address(running), pump, transport="tls", tls=context) as phone:
            assert (await phone.ask("OPTIONS")).status == 200
