"""Behind an edge of ours a call comes from where that says, on the wire; nobody else is believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, exchange, needs_guard
from tests.sip.test_trunk_group import CARRIER, HOME, STRANGER, rung, trunk

pytestmark = needs_guard

EDGE = "127.0.0.99"


def behind(place: str) -> dict[str, Any]:
    """What an edge adds to an INVITE from there."""
    return {"headers": [("X-Edge-Source", f"udp:{place}:5060")]}


@pytest.fixture
async def guarded() -> AsyncIterator[Exchange]:
    """An agent with one trunk and one edge, to whom only 127.0.0.1 is its own machine."""
    trunks = {"carrier": trunk(peers=[CARRIER, "2001:db8::/64"], trusted=True)}
    async with exchange(home=HOME, trunks=trunks, edges=(ip_network(EDGE),)) as running:
        yield running


async def test_a_trunk_behind_it(guarded: Exchange, pump: Pump) -> None:
    """Is known by its own address, of IPv6 too, with or without brackets."""
    info = await rung(guarded, pump, EDGE, **behind(CARRIER))
    assert (info.trunk, info.source) == ("carrier", f"{CARRIER}:5060")
    for place in ("2001:db8::7", "[2001:db8::7]"):
        info = await rung(guarded, pump, EDGE, **behind(place))
        assert (info.trunk, info.source) == ("carrier", "[2001:db8::7]:5060")


@pytest.mark.usefixtures("attentive")
async def test_a_stranger_behind_it(guarded: Exchange, pump: Pump) -> None:
    """He is one as without it, and it is he that the log names."""
    with capture_logs() as lines:
        for place in (STRANGER, "2001:db9::7"):
            assert await rung(guarded, pump, EDGE, **behind(place)) == 403
            await asyncio.sleep(0.1)
    assert guarded.quiet
    named = [line["source"] for line in lines if line["event"] == "sip.stranger"]
    assert named == [STRANGER, "2001:db9::7"]


async def test_this_machine_behind_it(guarded: Exchange, pump: Pump) -> None:
    """Is itself."""
    info = await rung(guarded, pump, EDGE, **behind("127.0.0.1"))
    assert (info.trunk, info.source) == ("", "127.0.0.1:5060")


async def test_only_an_edge_is_believed(guarded: Exchange, pump: Pump) -> None:
    """Others write what they like."""
    assert await rung(guarded, pump, STRANGER, **behind(CARRIER)) == 403
    info = await rung(guarded, pump, "127.0.0.1", **behind(CARRIER))
    assert (info.trunk, info.source.rpartition(":")[0]) == ("", "127.0.0.1")


@pytest.mark.parametrize(
    "told", ["", "udp", "udp:carrier.example:5060", "udp::5060", f"{CARRIER}", "udp:1:2:x"]
)
async def test_an_edge_that_does_not_say(guarded: Exchange, pump: Pump, told: str) -> None:
    """Its calls are a stranger's, unless a trunk names it: no name is looked up for it."""
    assert await rung(guarded, pump, EDGE, headers=[("X-Edge-Source", told)]) == 403
    assert await rung(guarded, pump, EDGE) == 403


async def test_what_else_comes_from_it(guarded: Exchange, pump: Pump) -> None:
    """It asks whether we live; a request of a call that is over is told so."""
    async with Phone(guarded.address, pump, host=EDGE) as phone:
        assert (await phone.ask("OPTIONS")).status == 200
        made = phone.request("BYE")
        tagged = [(name, f"{value};tag=x" if name == "To" else value) for name, value in made.headers]
        bye = replace(made, headers=tagged)
        assert (await phone.transact(bye).final()).status == 481
