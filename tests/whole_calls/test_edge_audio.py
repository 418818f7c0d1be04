"""Audio through a real rtpengine beside a real Kamailio: neither side learns where the other one is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.node.control_client import ControlClient
from gateway.node.settings import Settings
from tests.equipment import ports, rtpengine, tone
from tests.equipment.edge import PROGRAM, Kamailio
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.rtpengine import Rtpengine
from tests.equipment.streams import listening
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.equipment.wire_srtp import Sdes
from tests.whole_calls.conftest import hang_up_all

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(PROGRAM is None, reason="there is no Kamailio: apt-get install kamailio"),
    pytest.mark.skipif(rtpengine.PROGRAM is None, reason=rtpengine.MISSING),
]


@pytest.fixture(scope="module")
def relay() -> Iterator[Rtpengine]:
    """An rtpengine between 127.0.0.2 and 127.0.0.3."""
    with Rtpengine() as running:
        yield running


@pytest.fixture(scope="module")
def silent_port() -> int:
    """Where a model says nothing in one of these tests."""
    return ports.free_port()


@pytest.fixture(scope="module")
def gateway(local_server: LocalServer, silent_port: int) -> Iterator[Gateway]:
    """One with an agent that repeats what is said, one that rings long, and a number that is refused."""
    quiet = {"speaks_first": "caller"}
    plans = {
        "echo": agent("101", local_server.url, model="echo", answer=quiet),
        "slow": agent("102", f"ws://127.0.0.1:{silent_port}/v1/realtime"),
        "closed": {"numbers": ["300"], "reject": {"status": 486}},
    }
    with Gateway(plans, "--no-local", env={"GATEWAY_EDGES": '["127.0.0.1"]'}) as running:
        yield running


@pytest.fixture(scope="module")
def edge(gateway: Gateway, relay: Rtpengine) -> Iterator[Kamailio]:
    """A Kamailio that leads audio through it."""
    behind = Settings(sip=f"127.0.0.1:{gateway.sip[1]}")
    with Kamailio(behind, ports.free_port(), rtpengine=relay.section) as running:
        yield running


@pytest.fixture
async def caller(edge: Kamailio, gateway: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    """A phone that calls by the edge."""
    async with Phone(edge.sip, pump) as one:
        yield one
        await hang_up_all(one, gateway)


async def echoed(call: Call, frequency: int) -> None:
    """What the caller says is understood, and comes back."""
    said = await call.said(call.media.say(tone.sine(frequency, 400, fade_ms=5)))
    await call.hears(
        lambda: tone.share(call.media.heard(since=said.started_at)[-800:], frequency) > 0.9, "the echo"
    )
    await call.hears_silence()


async def test_audio_goes_through_it(caller: Phone, relay: Rtpengine) -> None:
    """All of it, both ways and after a hold and a move to another port; its ports are free after BYE."""
    call = caller.call("101")
    answer = await call.answered()
    assert call.remote_sdp is not None
    low, high = map(int, relay.ports.split("-"))
    assert call.remote_sdp.host == relay.PUBLIC
    assert low <= call.remote_sdp.port <= high
    assert b"127.0.0.1" not in answer.body
    assert relay.listed() == [call.call_id]
    await echoed(call, 650)
    assert (await call.reinvite(direction="sendonly")).status == 200
    assert (await call.reinvite(new_port=True, direction="sendrecv")).status == 200
    await echoed(call, 900)
    assert {packet.source for packet in call.media.audio()} == {(relay.PUBLIC, call.remote_sdp.port)}
    await call.hang_up()
    assert relay.listed() == []


async def test_a_late_offer(caller: Phone, relay: Rtpengine) -> None:
    """The gateway's offer and the caller's answer in ACK lead through it, too."""
    call = caller.call("101", sdp=None)
    answer = await call.answered()
    assert b"127.0.0.1" not in answer.body
    await echoed(call, 650)
    assert {packet.source[0] for packet in call.media.audio()} == {relay.PUBLIC}


async def _hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a connection, and say nothing."""
    await reader.read()
    writer.close()


async def test_what_is_not_answered_keeps_no_ports(caller: Phone, relay: Rtpengine, silent_port: int) -> None:
    """Refused, also for the caller's address, or cancelled."""
    with pytest.raises(Rejected, match="486"):
        await caller.call("300").answered()
    with pytest.raises(Rejected, match="488"):
        await caller.call("101", host="224.0.0.5").answered()
    async with listening(_hangs, silent_port):
        ringing = caller.call("102")
        await ringing.progress(180, 20)
        assert relay.listed() == [ringing.call_id]
        await ringing.cancel()
        assert (await ringing.final()).status == 487
    assert relay.listed() == []


async def test_srtp_that_ends_there(gateway: Gateway, relay: Rtpengine, pump: Pump) -> None:
    """The caller encrypts, the gateway need not; what that offers later is encrypted for the caller, too."""
    behind = Settings(sip=f"127.0.0.1:{gateway.sip[1]}")
    section = {**relay.section, "srtp": "ended"}
    keys = Sdes()
    with Kamailio(behind, ports.free_port(), rtpengine=section) as edge:
        async with Phone(edge.sip, pump) as phone:
            call = phone.call("101", invite=False)
            call.media.cipher = keys
            call.invite(profile="RTP/SAVP", extra=(keys.line,))
            answer = await call.answered()
            assert b"RTP/SAVP" in answer.body
            keys.agree(answer.body)
            await echoed(call, 650)
            call.answers_with = {"profile": "RTP/SAVP", "extra": (keys.line,)}
            up = gateway.events("call.started")[-1]
            async with ControlClient.connected(gateway.control) as client:
                await client.ask("hold", call=up["call"])
            await call.hears(lambda: _offers(call), "an offer of the gateway")
            assert b"RTP/SAVP" in _offers(call)[0].body
            await hang_up_all(phone, gateway)


def _offers(call: Call) -> list[Message]:
    return [message for message in call.messages if message.method == "INVITE" and not message.status]


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Write what is read, to its end."""
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_an_answer_that_it_does_not_take(
    caller: Phone, relay: Rtpengine, gateway: Gateway, local_server: LocalServer, silent_port: int
) -> None:
    """The call would be silent: the gateway is told so with the ACK, and ends it."""
    forgotten = asyncio.Event()

    async def answers_then(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await forgotten.wait()
        answers, asks = await asyncio.open_connection(*local_server.address)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_carry(reader, asks))
            tasks.create_task(_carry(answers, writer))

    async with listening(answers_then, silent_port):
        call = caller.call("102")
        await call.progress(180, 20)
        relay.forget(call.call_id)
        forgotten.set()
        await call.answered(20)
        assert (await call.ended(10)).method == "BYE"
    assert gateway.events("audio.not_relayed")
    ended = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (ended["result"], ended["reason"]) == ("failed", "no_media")


async def test_while_it_is_away(
    caller: Phone, edge: Kamailio, relay: Rtpengine, gateway: Gateway, pump: Pump
) -> None:
    """Calls are refused, as by a full gateway, or go straight if wished; all have audio once it is back."""
    relay.stop()
    with pytest.raises(Rejected) as refused:
        await caller.call("101").answered()
    assert (refused.value.response.status, refused.value.response.header("Retry-After")) == (503, "5")
    behind = Settings(sip=f"127.0.0.1:{gateway.sip[1]}")
    section = {**relay.section, "when_away": "straight"}
    with Kamailio(behind, ports.free_port(), rtpengine=section) as other:
        async with Phone(other.sip, pump) as phone:
            call = phone.call("101")
            await call.answered()
            await echoed(call, 650)
            await hang_up_all(phone, gateway)
    with relay.again() as back:
        # Callers speak TCP, gateways UDP: whichever processes of the edge asked in vain, and hear of it only
        # with their next word to rtpengine, some of these answers come to them.
        async with Phone(edge.sip, pump, transport="tcp") as phone:
            calls = [phone.call("101") for _ in range(4)]
            for call in calls:
                await call.answered()
            for call in calls:
                await echoed(call, 650)
            await hang_up_all(phone, gateway)
        assert back.listed() == []
