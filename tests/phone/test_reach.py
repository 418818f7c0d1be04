"""Whether anybody speaks SIP at an address."""

from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.errors import SipError
from gateway.phone import reach
from tests.equipment import patience, ports
from tests.equipment.process import Process, python


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
@pytest.mark.parametrize("transport", ["", ";transport=tcp"])
async def test_a_closed_port_is_told_at_once(host: str, transport: str) -> None:
    """With the command that opens it."""
    where = f"{host}:{ports.free_port()}"
    with pytest.raises(SipError) as refused:
        await reach.answers(f"sip:100@{where}{transport}")
    assert where in str(refused.value)
    assert "make run" in str(refused.value)


async def test_silence_is_not_taken_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall may keep OPTIONS, and let calls through."""
    monkeypatch.setattr(reach, "TRIES", (0.01, 0.02))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        assert not await reach.answers(f"sip:100@127.0.0.1:{deaf.getsockname()[1]}")
        first, second = deaf.recv(4096), deaf.recv(4096)
    assert first == second
    assert first.startswith(b"OPTIONS sip:127.0.0.1:")


async def test_whoever_answers_is_there() -> None:
    """Whatever he says: 503 is an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        port = server.getsockname()[1]

        async def refuse() -> None:
            loop = asyncio.get_running_loop()
            _, caller = await loop.sock_recvfrom(server, 4096)
            await loop.sock_sendto(server, b"SIP/2.0 503 Service Unavailable\r\n\r\n", caller)

        async with patience.within(5), asyncio.TaskGroup() as tasks:
            tasks.create_task(refuse())
            assert await reach.answers(f"sip:100@127.0.0.1:{port}")


async def test_a_name_that_nobody_has() -> None:
    """It is named."""
    with pytest.raises(SipError, match=r"nobody\.invalid"):
        await reach.answers("sip:100@nobody.invalid")


def test_the_phone_does_not_ring_where_nobody_listens() -> None:
    """One line with the cure and code 1, before a voice is prepared or an INVITE is sent."""
    to = f"sip:100@127.0.0.1:{ports.free_port()}"
    with Process(python("-m", "gateway", "phone", "--to", to, "--say", "Hello.")) as phone:
        assert phone.wait(10) == 1
    (line,) = phone.text
    assert "make run" in line
