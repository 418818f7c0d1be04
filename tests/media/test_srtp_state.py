"""Audio whose keys are agreed upon by DTLS (RFC 5763): when it begins, with whom, and what it is without."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from gateway.call import Answer, Answered, Hold, Play, Resume
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import patience, tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_dtls import PROFILE, Dtls, fingerprint
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.sip.conftest import Exchange, Listening, exchange, needs_guard

pytestmark = needs_guard

SAID_MS = 400


@pytest.fixture
async def encrypting() -> AsyncIterator[Exchange]:
    """An agent that takes encrypted calls alone."""
    async with exchange(encryption="required") as running:
        yield running


@pytest.fixture
async def phone(encrypting: Exchange, pump: Pump) -> AsyncIterator[Phone]:
    """A phone that knows it."""
    async with Phone(encrypting.address, pump) as ready:
        yield ready


async def offered(running: Exchange, phone: Phone, **side: str) -> tuple[Call, Dtls, Listening, str]:
    """Have a phone call, and be answered; return its SDP, too."""
    call = phone.call("100", invite=False)
    keys = Dtls(call.media.send_bytes, **side)
    call.media.cipher = keys
    call.invite(profile=PROFILE, extra=keys.lines)
    leg = await running.leg()
    leg.leg.execute(Play("greeting", tone.sine(440, SAID_MS, rate=24_000).tobytes()))
    leg.leg.execute(Answer())
    answer = (await call.answered()).body.decode()
    await leg.fact()
    return call, keys, leg, answer


async def hears_all(call: Call) -> None:
    """The phone hears all that the agent has said since the answer, from its first packet on."""
    await call.hears(lambda: call.media.quiet_ms() > 60 and call.media.loud(), "the end of the greeting")
    heard = call.media.heard()
    loud = np.flatnonzero(np.abs(heard.astype(int)) > 300)
    assert (loud[-1] - loud[0]) / 8 > SAID_MS - 25


async def is_heard(call: Call, leg: Listening) -> None:
    """And the agent hears the phone."""
    leg.heard = b""
    call.media.say(tone.sine(1000, 200))
    await call.hears(lambda: np.any(np.frombuffer(leg.heard, "<i2") > 3000), "the phone, at the agent")


async def test_caller_shakes_hands_and_both_are_heard(encrypting: Exchange, phone: Phone) -> None:
    """A phone that leaves to us who begins, begins with our answer; nothing of the greeting is lost."""
    call, keys, leg, answer = await offered(encrypting, phone)
    assert "a=setup:passive" in answer
    assert f" {PROFILE} " in answer
    await asyncio.sleep(0.5)
    assert not call.media.packets
    keys.begin()
    await hears_all(call)
    await is_heard(call, leg)
    await call.hang_up()
    assert (await leg.ended()).media.encryption == "dtls"  # type: ignore[union-attr]


async def test_we_begin_where_the_caller_waits(encrypting: Exchange, phone: Phone) -> None:
    """And soon again when nothing comes back: not after a second."""
    call = phone.call("100", invite=False)
    keys = Dtls(call.media.send_bytes, setup="passive")
    call.media.cipher, keys.deaf = keys, 2
    call.invite(profile=PROFILE, extra=keys.lines)
    leg = await encrypting.leg()
    await call.progress(100)
    assert not keys.flights  # nobody is spoken to before the answer
    leg.leg.execute(Play("greeting", tone.sine(440, SAID_MS, rate=24_000).tobytes()))
    leg.leg.execute(Answer())
    answer = (await call.answered()).body.decode()
    assert "a=setup:active" in answer
    keys.begin(client=False)
    await hears_all(call)
    await is_heard(call, leg)
    again = np.diff(keys.flights[:3]) / MS
    assert (again < 500).all(), again


async def test_strangers_handshake_changes_nothing(encrypting: Exchange, phone: Phone) -> None:
    """Who is not where the caller said is not answered, and the caller's own handshake goes well after it."""
    call, keys, leg, _ = await offered(encrypting, phone)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.setblocking(False)
        assert call.media.remote is not None
        Dtls(lambda data: stranger.sendto(data, call.media.remote)).begin()  # type: ignore[arg-type]
        keys.begin()
        await hears_all(call)
        await is_heard(call, leg)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)


async def test_another_certificate_ends_the_call(encrypting: Exchange, phone: Phone) -> None:
    """Than the one whose fingerprint came in the signalling: somebody is between."""
    call = phone.call("100", invite=False)
    keys = Dtls(call.media.send_bytes)
    call.media.cipher = keys
    wrong = fingerprint().translate(str.maketrans("0123456789ABCDEF", "123456789ABCDEF0"))
    call.invite(profile=PROFILE, extra=(f"a=fingerprint:sha-256 {wrong}", "a=setup:actpass"))
    leg = await encrypting.leg()
    leg.leg.execute(Play("greeting", tone.sine(440, SAID_MS, rate=24_000).tobytes()))
    leg.leg.execute(Answer())
    await call.answered()
    keys.begin()
    await call.ended()
    assert (await leg.ended()).ending.reason == "no_media"
    assert not call.media.loud()


async def test_hold_keeps_the_keys(encrypting: Exchange, phone: Phone) -> None:
    """Held by the phone and by us, and taken up again, without another handshake."""
    call, keys, leg, _ = await offered(encrypting, phone)
    keys.begin()
    await hears_all(call)
    agreed = len(keys.flights)
    for direction in ("sendonly", "sendrecv"):
        await call.reinvite(direction=direction)
        await leg.fact()
    await is_heard(call, leg)
    call.answers_with = {"profile": PROFILE, "extra": (keys.lines[0], "a=setup:active")}
    leg.leg.execute(Hold())
    await call.hears(lambda: call.local_sdp and call.local_sdp.direction == "recvonly", "our hold")
    leg.leg.execute(Resume())
    await call.hears(lambda: call.local_sdp and call.local_sdp.direction == "sendrecv", "its end")
    await is_heard(call, leg)
    assert len(keys.flights) == agreed


@pytest.mark.parametrize("early", [False, True])
async def test_whom_we_call_shakes_hands(pump: Pump, tmp_path: Path, early: bool) -> None:
    """Over a trunk with `keys: dtls`; also one whose handshake overtakes its answer."""
    keys = TrunkKeys.model_validate(
        {"peers": ["127.0.0.1"], "encryption": "required", "keys": "dtls", "keepalive": "off"},
        context={"folder": tmp_path},
    )
    async with exchange(trunks={"carrier": keys}) as running, Phone(running.address, pump) as phone:
        host, port = phone.local
        leg = Listening(running.agent.dial(f"sip:100@{host}:{port}", trunk="carrier"))
        leg.leg.execute(Play("greeting", tone.sine(440, SAID_MS, rate=24_000).tobytes()))
        call = await phone.incoming()
        assert f" {PROFILE} " in call.messages[0].body.decode()
        theirs = Dtls(call.media.send_bytes, setup="active")
        call.media.cipher = theirs
        call.answers_with = {"profile": PROFILE, "extra": theirs.lines}
        if early:
            offer = next(one for one in call.messages[0].body.decode().splitlines() if one.startswith("m="))
            call.media.remote = (host, int(offer.split()[1]))
            theirs.begin()
            await asyncio.sleep(0.2)
        await call.accept()
        if not early:
            theirs.begin()
        async with patience.within(10):
            while not isinstance(await leg.fact(), Answered):
                pass
        await hears_all(call)
        await is_heard(call, leg)
