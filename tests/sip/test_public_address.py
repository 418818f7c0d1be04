"""The address that the world sees is learned, and followed when it changes."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.call import Answer
from gateway.sip import public_address, stun
from gateway.sip.public_address import PublicAddress
from tests.equipment import patience
from tests.equipment.stun_server import StunServer
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import address, read_sdp, uri
from tests.sip.conftest import exchange, needs_guard


async def test_a_new_address_is_told_once() -> None:
    """The same again is no news."""
    told: list[str] = []
    async with StunServer("203.0.113.5") as server:
        found = PublicAddress(server.place, "", (), told.append)
        await found.look()
        await found.look()
        server.tells = "203.0.113.6"
        await found.look()
    assert told == ["203.0.113.5", "203.0.113.6"]


async def test_a_silent_server_leaves_it_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one line, not one a minute."""
    monkeypatch.setattr(stun, "TRIES_S", (0.02,))
    async with StunServer("203.0.113.5") as server:
        found = PublicAddress(server.place, "", (), lambda _address: None)
        await found.look()
        server.tells = None
        with capture_logs() as lines:
            await found.look()
            await found.look()
    assert found.address == "203.0.113.5"
    assert [(line["event"], line["keeps"]) for line in lines] == [("sip.no_public_address", "203.0.113.5")]


@needs_guard[0]
@needs_guard[1]
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_calls_are_told_the_address_as_it_is(
    pump: Pump, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    """In Contact and in the description: the one at the start, then the new one, without a restart."""
    monkeypatch.setattr(public_address, "LOOK_AGAIN_S", 0.05)
    async with (
        StunServer("203.0.113.5") as server,
        exchange(stun=server.place) as running,
        asyncio.TaskGroup() as tasks,
    ):
        assert running.agent.public is not None
        watching = tasks.create_task(running.agent.public.watch())
        for wanted in ("203.0.113.5", "203.0.113.6"):
            server.tells = wanted
            asked = server.asked
            async with patience.within(5):
                while server.asked < asked + 3:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.02)
            async with Phone(running.address, pump, transport=transport) as phone:
                call = phone.call("100")
                (await running.leg()).leg.execute(Answer())
                answer = await call.final()
                assert read_sdp(answer.body).host == wanted
                assert address(uri(answer.header("Contact")))[0] == wanted
        watching.cancel()
