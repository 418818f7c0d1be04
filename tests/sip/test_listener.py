"""A TCP listener whose connections nobody accepts any more is opened again."""

from __future__ import annotations

import socket

import pytest
from structlog.testing import capture_logs

from gateway.sip import user_agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip import scarce
from tests.sip.conftest import exchange, needs_guard

pytestmark = needs_guard


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_tcp_is_heard_after_a_want_of_descriptors(
    monkeypatch: pytest.MonkeyPatch, pump: Pump, host: str
) -> None:
    """PJSIP has given up accepting by then; where it was bound it listens again, and says so once."""
    monkeypatch.setattr(user_agent, "SWEEP_S", 0.05)
    async with exchange(host=host) as sip:
        callers = [socket.socket() for _ in range(3)]
        try:
            async with Phone(sip.address, pump) as udp:
                with scarce.descriptors(0):
                    for caller in callers:
                        caller.connect(sip.address)
                    assert (await udp.ask("OPTIONS")).status == 503
                with capture_logs() as logs:
                    while not logs:
                        assert (await udp.ask("OPTIONS")).status == 200
            async with Phone(sip.address, pump, transport="tcp") as phone:
                assert (await phone.ask("OPTIONS")).status == 200
        finally:
            for caller in callers:
                caller.close()
    assert [line["event"] for line in logs] == ["tcp.listening_anew"]


async def test_a_listener_that_works_is_left_alone(monkeypatch: pytest.MonkeyPatch, pump: Pump) -> None:
    """However often it is looked at, and however many connect meanwhile."""
    monkeypatch.setattr(user_agent, "SWEEP_S", 0.001)
    async with exchange() as sip:
        with capture_logs() as logs:
            for _ in range(100):
                async with Phone(sip.address, pump, transport="tcp") as phone:
                    assert (await phone.ask("OPTIONS")).status == 200
    assert logs == []
