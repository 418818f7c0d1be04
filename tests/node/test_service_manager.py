"""What systemd hears of us."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.node.service_manager import ServiceManager
from tests.equipment import patience
from tests.equipment.programs import Gateway


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket at which systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listens:
        listens.bind(str(tmp_path / "notify"))
        listens.settimeout(patience.seconds(10))
        yield listens


def manager(heard: socket.socket, **more: str) -> ServiceManager:
    """Return one that is told as systemd tells it."""
    return ServiceManager({"NOTIFY_SOCKET": heard.getsockname(), **more})


def test_ready_and_stopping(heard: socket.socket) -> None:
    """A message each; while calls end, the time that they may take."""
    told = manager(heard)
    told.ready("answering")
    assert heard.recv(1000) == b"READY=1\nSTATUS=answering"
    told.stopping(30.5)
    assert heard.recv(1000) == b"STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=30500000"


def test_where_nobody_asked(heard: socket.socket, tmp_path: Path) -> None:
    """Nothing is sent; and nobody is waited for, who is gone or does not listen."""
    ServiceManager({}).ready("x")
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("x")
    full = manager(heard)
    for _ in range(2000):
        full.tell("x" * 200)


def test_an_abstract_address() -> None:
    """As containers have it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listens:
        name = f"gateway-test-{os.getpid()}"
        listens.bind("\0" + name)
        listens.settimeout(patience.seconds(5))
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready("x")
        assert listens.recv(100).startswith(b"READY=1")


async def test_signs_of_life(heard: socket.socket) -> None:
    """Several in the watchdog's time; none from one whose SIP thread is stuck, or for another process."""
    heard.setblocking(False)
    lives = True
    told = manager(heard, WATCHDOG_USEC="300000")
    loop = asyncio.get_running_loop()
    async with patience.within(5), told.watched(lambda: lives, lambda: "3 calls"):
        for _ in range(2):
            assert await loop.sock_recv(heard, 100) == b"WATCHDOG=1\nSTATUS=3 calls"
        lives = False
        await asyncio.sleep(0.15)
        while _waits(heard):
            heard.recv(100)
        await asyncio.sleep(0.3)
        assert not _waits(heard)
    assert manager(heard, WATCHDOG_USEC="300000", WATCHDOG_PID="1")._watchdog_s is None


def _waits(listens: socket.socket) -> bool:
    try:
        return bool(listens.recv(100, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def test_a_gateway_tells_it(gateway_process: Callable[..., Gateway], heard: socket.socket) -> None:
    """It is ready when calls are answered, lives, and drains when it is told to stop."""
    env = {"NOTIFY_SOCKET": heard.getsockname(), "WATCHDOG_USEC": "3000000"}
    gateway = gateway_process({"a": {"numbers": ["1"], "reject": {}}}, "--no-local", env=env)
    told: list[bytes] = []
    while not any(b"READY=1" in one for one in told) or not any(b"WATCHDOG=1" in one for one in told):
        told.append(heard.recv(1000))
    assert any(f"answering on 127.0.0.1:{gateway.sip[1]}".encode() in one for one in told)
    gateway.popen.send_signal(signal.SIGTERM)
    while b"STOPPING=1" not in told[-1]:
        told.append(heard.recv(1000))
    assert gateway.wait(10) == 0
