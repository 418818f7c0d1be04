"""Nothing left for a call: it is refused with 503, the log says what to do, and the calls there are go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.call import Answer, Ending, LegEnded, Reason, Result, Ring
from gateway.sip import user_agent
from gateway.sip.shortage import Shortage
from tests.equipment import ports
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip import scarce
from tests.sip.conftest import Exchange, exchange

native = pytest.mark.usefixtures("guard")


@pytest.fixture
def guard() -> None:
    """Skip where there is none."""
    pytest.importorskip("gateway.sip._guard", reason="the guard is not built: `make native`")


@pytest.fixture
async def two_calls() -> AsyncIterator[Exchange]:
    """An agent with RTP ports for two."""
    low, high = ports.free_range(4)
    async with exchange(rtp_low=low, rtp_high=high) as running:
        yield running


async def told(call: Call) -> tuple[int, str]:
    """Wait for the refusal; return its status and when to come back."""
    response = await call.final()
    return response.status, response.header("Retry-After")


@pytest.mark.parametrize("spare", [0, 1, 2, 3, 4])
@native
async def test_a_call_without_descriptors(sip: Exchange, phone: Phone, spare: int) -> None:
    """Nobody is rung in; whoever talks goes on, and all is well as soon as there are some again."""
    talking, leg = await sip.answered(phone)
    late, early = phone.call("100", invite=False), phone.call("100", invite=False)
    with scarce.descriptors(spare):
        assert spare <= scarce.are_left() < 8
        early.invite()
        assert await told(early) == (503, "5")
        assert (await phone.ask("OPTIONS")).status == 503
        assert (await talking.request("OPTIONS")).status == 200
        heard = len(talking.media.packets)
        await talking.hears(lambda: len(talking.media.packets) > heard + 5, "sound as before")
    assert sip.quiet
    assert leg.silent
    late.invite()
    (await sip.leg()).leg.execute(Answer())
    assert (await late.answered()).status == 200
    assert (await phone.ask("OPTIONS")).status == 200


@native
async def test_a_call_without_a_port(two_calls: Exchange, pump: Pump) -> None:
    """503, not 500: another gateway has some. It is over when a call is."""
    async with Phone(two_calls.address, pump) as phone:
        first, _ = await two_calls.answered(phone)
        await two_calls.answered(phone)
        assert await told(phone.call("100")) == (503, "5")
        assert two_calls.quiet
        await first.hang_up()
        await two_calls.answered(phone)


@native
async def test_a_call_without_an_offer_and_without_a_port(two_calls: Exchange, pump: Pump) -> None:
    """It is noticed when it is answered: refused then, instead of left to ring for ever."""
    async with Phone(two_calls.address, pump) as phone:
        for _ in range(2):
            await two_calls.answered(phone)
        call = phone.call("100", sdp=None)
        leg = await two_calls.leg()
        leg.leg.execute(Ring())
        leg.leg.execute(Answer())
        assert await told(call) == (503, "5")
        assert await leg.fact() == LegEnded(Ending(Result.REJECTED, Reason.OVERLOADED, 503))


@native
async def test_the_log_says_what_to_do(monkeypatch: pytest.MonkeyPatch, pump: Pump) -> None:
    """At once, with the limit, and once a minute however many they are."""
    monkeypatch.setattr(user_agent, "SWEEP_S", 0.05)
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        calls = [phone.call("100", invite=False) for _ in range(8)]
        with capture_logs() as logs, scarce.descriptors(3):
            for call in calls:
                call.invite()
                assert await told(call) == (503, "5")
                await call.listens(60)
    (line,) = (line for line in logs if "descriptors" in line["event"])
    assert "raise the open-files limit" in line["cure"]


# --- the log by itself -------------------------------------------------------------------------------------


def lines(*looks: tuple[float, int, int], late: int = 0, revived: bool = False) -> list[Any]:
    """Look at those times and find so many refused; return what was logged."""
    found = [(descriptors, media, late) for _, descriptors, media in looks]
    shortage = Shortage(lambda: found.pop(0), lambda: revived)
    with capture_logs() as logs:
        for now, *_ in looks:
            shortage.look(now)
    return logs


def test_a_want_is_said_once_a_minute() -> None:
    """With all that were refused since; each want by itself."""
    logs = lines((0, 0, 0), (2, 3, 0), (4, 4, 1), (60, 0, 0), (63, 0, 0), (100, 0, 0), (200, 0, 2))
    assert [(line["event"].split(",")[0], line["calls"]) for line in logs] == [
        ("descriptors.exhausted", 3),
        ("rtp.exhausted", 1),
        ("descriptors.exhausted", 4),
        ("rtp.exhausted", 2),
    ]


def test_want_of_time_is_said() -> None:
    """As any other."""
    (line,) = lines((0, 0, 0), late=2)
    assert (line["event"], line["calls"]) == ("sip.read_late", 2)


def test_nothing_lacks_and_nothing_is_said() -> None:
    """As long as everybody has what he needs."""
    assert lines((0, 0, 0), (100, 0, 0)) == []


def test_a_listener_that_was_opened_again_is_said() -> None:
    """Its callers had to come again."""
    assert [line["log_level"] for line in lines((0, 0, 0), revived=True)] == ["warning"]
