"""Which addresses are offered."""

from __future__ import annotations

import asyncio

import aioice.ice
import pytest
from aiortc import RTCPeerConnection

from gateway.webrtc.ice import IceServer, configuration, silent
from tests.equipment import patience
from tests.equipment.stun_server import StunServer


def test_this_machine_alone_is_offered_unless_servers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback address beside all others, once, however often it is asked for."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda _v4, _v6: ["192.0.2.1"])
    configuration()
    assert configuration().iceServers == []
    assert aioice.ice.get_host_addresses(True, True) == ["192.0.2.1", "127.0.0.1"]


def test_servers_with_their_passwords() -> None:
    """The password is in no text that could be logged."""
    server = IceServer("turn:turn.example.com:3478?transport=tcp", "me", "secret")
    (made,) = configuration([server]).iceServers or []
    assert (made.urls, made.username, made.credential) == (server.url, "me", "secret")
    assert "secret" not in repr(server)


@pytest.mark.parametrize(
    ("sdp", "found"),
    [
        ("a=candidate:1 1 udp 1 10.0.0.1 1 typ host", ["stun:s", "turns:t"]),
        ("a=candidate:1 1 udp 1 203.0.113.9 1 typ srflx raddr 10.0.0.1 rport 1", ["turns:t"]),
        ("a=candidate:1 1 udp 1 203.0.113.8 1 typ relay raddr 10.0.0.1 rport 1", ["stun:s"]),
    ],
)
def test_servers_that_lend_no_address(sdp: str, found: list[str]) -> None:
    assert silent([IceServer("stun:s"), IceServer("turns:t", "me", "secret")], sdp) == found


@pytest.mark.parametrize("tells", ["203.0.113.9", None])
async def test_a_stun_server_is_asked_for_half_a_second(tells: str | None) -> None:
    """The address that it tells is offered, too; of one that is silent nothing is waited for."""
    loop = asyncio.get_running_loop()
    async with StunServer(tells) as stun:
        peer = RTCPeerConnection(configuration([IceServer(f"stun:{stun.place}")]))
        try:
            peer.createDataChannel("x")
            began = loop.time()
            await peer.setLocalDescription(await peer.createOffer())
            took = loop.time() - began
            offered = peer.localDescription.sdp
        finally:
            await peer.close()
    assert stun.asked
    assert ("203.0.113.9" in offered) is (tells is not None)
    assert " typ host" in offered
    assert took < patience.seconds(2)
