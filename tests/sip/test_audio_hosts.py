"""Audio over IPv4 and over IPv6: where a caller wants it, and where we offer it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.call import Answer, Answered, Ending, HangUp, Reason, Result
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import ports, tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Sdp, read_sdp
from tests.sip.conftest import Exchange, Listening, exchange, needs_guard

pytestmark = [
    *needs_guard,
    pytest.mark.skipif(not ports.has_ipv6(), reason="no IPv6 on this machine"),
]

DONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
FOUR, SIX = "127.0.0.1", "::1"


class Both(Exchange):
    """An agent at an address of either family."""

    def __init__(self, **more: Any) -> None:
        self.six = ports.free_port(SIX)
        super().__init__(further=((SIX, self.six),), **more)

    def at(self, host: str) -> tuple[str, int]:
        """Return where it is rung from there."""
        return host, self.six if host == SIX else self.port


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    """One on both."""
    running = Both()
    running.port = await running.agent.start()
    try:
        yield running
    finally:
        await running.agent.stop()


async def talk(call: Call, leg: Listening) -> None:
    """Hear each other."""
    call.media.say(tone.sine(440, 400))
    await call.hears(lambda: any(leg.heard), "its own tone at the other side")
    assert call.media.packets


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("host", [FOUR, SIX])
async def test_a_caller_over_either_is_heard(both: Both, pump: Pump, host: str, transport: str) -> None:
    """And hung up: the way back leads there, too."""
    async with Phone(both.at(host), pump, host=host, transport=transport) as phone:
        call, leg = await both.answered(phone)
        assert call.remote_sdp
        assert call.remote_sdp.host == host
        await talk(call, leg)
        leg.leg.execute(HangUp(DONE))
        await call.ended(5)


@pytest.mark.parametrize(("rings", "talks"), [(FOUR, SIX), (SIX, FOUR)])
async def test_signalling_and_audio_may_differ(both: Both, pump: Pump, rings: str, talks: str) -> None:
    """Rung over one, spoken over the other, as behind a proxy of both."""
    async with Phone(both.at(rings), pump, host=rings) as phone:
        call = phone.call("100", invite=False)
        call.media = other = type(call.media)(talks)
        pump.listen(other)
        call.invite(host=talks, port=other.local[1])
        leg = await both.leg()
        leg.leg.execute(Answer())
        await call.answered()
        assert call.remote_sdp
        assert call.remote_sdp.host == talks
        await talk(call, leg)
        await call.hang_up()


@pytest.mark.parametrize("host", [FOUR, SIX])
async def test_an_offer_of_ours_is_where_the_caller_is(both: Both, pump: Pump, host: str) -> None:
    """One who sends none with his INVITE."""
    async with Phone(both.at(host), pump, host=host) as phone:
        call = phone.call("100", sdp=None)
        (await both.leg()).leg.execute(Answer())
        answer = await call.final()
        assert read_sdp(answer.body).host == host


@pytest.mark.parametrize("host", [FOUR, SIX])
async def test_a_call_of_ours_is_where_it_goes(both: Both, pump: Pump, host: str) -> None:
    """Over either, by turns: one does not decide for the next."""
    async with Phone(both.at(host), pump, host=host) as phone:
        place = f"[{host}]" if host == SIX else host
        leg = Listening(both.agent.dial(f"sip:desk@{place}:{phone.local[1]}"))
        call = await phone.incoming()
        await call.accept()
        while not isinstance(await leg.fact(), Answered):
            pass
        assert call.remote_sdp
        assert call.remote_sdp.host == host
        await talk(call, leg)
        leg.leg.execute(HangUp(DONE))


async def test_calls_of_both_at_once_do_not_disturb_each_other(both: Both, pump: Pump) -> None:
    """Four of them."""
    async with Phone(both.at(FOUR), pump) as four, Phone(both.at(SIX), pump, host=SIX) as six:
        pairs = [await both.answered(phone) for phone in (four, six, four, six)]
        for call, leg in pairs:
            await talk(call, leg)
        for call, _ in pairs:
            await call.hang_up()


async def test_a_call_does_not_change_from_one_to_the_other(both: Both, pump: Pump) -> None:
    """A new offer at an address of the other kind is refused, and the call goes on."""
    async with Phone(both.at(FOUR), pump) as phone:
        call, leg = await both.answered(phone)
        other = Sdp(SIX, 40000).write()
        answer = await call.request("INVITE", body=other)
        assert answer.status == 488
        assert "IPv4 address is needed" in answer.header("Warning")
        leg.heard = b""
        await talk(call, leg)


@pytest.mark.parametrize("address", ["ff02::1", "::ffff:127.0.0.1"])
async def test_audio_goes_to_one_host_of_ipv6(both: Both, pump: Pump, address: str) -> None:
    """To no group, and to no address of IPv4 in disguise."""
    async with Phone(both.at(SIX), pump, host=SIX) as phone:
        answer = await phone.call("100", host=address).final()
        assert answer.status == 488
        assert both.quiet


async def test_audio_does_not_go_to_a_port_of_our_own_over_ipv6(both: Both, pump: Pump) -> None:
    """Calls would hear each other."""
    low = both.agent.settings.rtp_low
    async with Phone(both.at(SIX), pump, host=SIX) as phone:
        assert (await phone.call("100", host=SIX, port=low).final()).status == 488
        await asyncio.sleep(0)
        assert both.quiet


async def test_one_without_ipv6_says_so(pump: Pump) -> None:
    """488 with a Warning: audio over IPv4 is needed."""
    async with exchange() as running, Phone(running.address, pump) as phone:
        answer = await phone.call("100", host=SIX).final()
        assert (answer.status, answer.header("Warning").split()[0]) == (488, "301")


# --- several addresses of one family ------------------------------------------------------------------

SECOND = "127.0.0.3"


def at_second(transport: str, port: int) -> TrunkKeys:
    """A trunk whose host is the phone, at the second of our addresses."""
    more = {"large_messages": "udp"} if transport == "udp" else {}
    given = {"peers": ["127.0.0.9"], "local_address": f"{SECOND}:{port}", "transport": transport}
    return TrunkKeys.model_validate({"keepalive": "off", **given, **more})


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_trunk_is_at_one_of_several_addresses(pump: Pump, transport: str) -> None:
    """Its calls and ours: what is sent, Contact, and the audio; others are at the first."""
    port = ports.free_port(SECOND)
    settings = {"further": ((SECOND, port),), "trunks": {"carrier": at_second(transport, port)}}
    async with (
        exchange(**settings) as running,
        Phone((SECOND, port), pump, host="127.0.0.9", transport=transport) as carrier,
        Phone(running.address, pump) as phone,
    ):
        call, _ = await running.answered(phone)
        assert call.remote_sdp
        assert call.remote_sdp.host == FOUR
        call, leg = await running.answered(carrier)
        assert call.remote_sdp
        assert call.remote_sdp.host == SECOND
        assert SECOND in call.target_uri
        await talk(call, leg)
        leg.leg.execute(HangUp(DONE))
        await call.ended(5)
    if transport == "udp":
        async with (
            exchange(**settings) as running,
            Phone((SECOND, port), pump, host="127.0.0.9") as carrier,
        ):
            Listening(running.agent.dial(f"sip:100@127.0.0.9:{carrier.local[1]}", trunk="carrier"))
            call = await carrier.incoming()
            assert call.messages[0].source == (SECOND, port)
            assert f"@{SECOND}:{port}" in call.messages[0].header("Contact")
            assert read_sdp(call.messages[0].body).host == SECOND


async def test_public_address_is_that_of_the_first(pump: Pump) -> None:
    """A line of another address of ours is told that address: the world does not see it."""
    port = ports.free_port(SECOND)
    settings = {"further": ((SECOND, port),), "trunks": {"carrier": at_second("udp", port)}}
    async with (
        exchange(public_address="203.0.113.5", **settings) as running,
        Phone((SECOND, port), pump, host="127.0.0.9") as carrier,
        Phone(running.address, pump) as phone,
    ):
        for who, host in ((phone, "203.0.113.5"), (carrier, SECOND)):
            call = who.call("100")
            (await running.leg()).leg.execute(Answer())
            answer = await call.final()
            assert host in answer.header("Contact")
            assert read_sdp(answer.body).host == host
