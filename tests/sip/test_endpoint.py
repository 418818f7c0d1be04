"""Where the endpoint listens, and what is said where it cannot."""

from __future__ import annotations

import socket

import pytest

from gateway.errors import PortInUse, SipError
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, exchange


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_is_reached_over_udp_and_tcp_at_one_port(sip: Exchange, pump: Pump, transport: str) -> None:
    """Port 0 takes a free one, and says which."""
    assert sip.port > 1023
    async with Phone(sip.address, pump, transport=transport) as phone:
        assert (await phone.ask("OPTIONS")).status == 200


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_a_taken_address_is_named_with_its_cure(kind: socket.SocketKind) -> None:
    """UDP or TCP; nothing is left running, and another address can be tried in the same process."""
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        if kind is socket.SOCK_STREAM:
            taken.listen()
        with pytest.raises(PortInUse, match=rf"127\.0\.0\.1:{port}.*--sip"):
            async with exchange(port=port):
                pass
    async with exchange(port=port):
        pass


async def test_an_address_that_is_not_ours() -> None:
    """It is named, with PJSIP's reason."""
    with pytest.raises(SipError, match=r"192\.0\.2\.1"):
        async with exchange(host="192.0.2.1"):
            pass
