"""The API beside a real gateway: there when calls are answered, back when it dies, gone with the gateway."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2

from gateway.node.api_tokens import Role, TokenFile
from tests.equipment import patience, ports
from tests.equipment.pids import gone
from tests.equipment.programs import Gateway
from tests.equipment.terminal import Terminal

Start = Callable[..., Gateway]
PLANS = {"a": {"numbers": ["1"], "reject": {"status": 603}}}


def settings(folder: Path, port: int) -> dict[str, str]:
    """Return the environment of a gateway with an API."""
    return {"GATEWAY_API__LISTEN": f"127.0.0.1:{port}", "GATEWAY_API__TOKENS": str(folder / "tokens.json")}


async def answered(client: httpx2.AsyncClient, path: str) -> httpx2.Response:
    """Ask until somebody answers."""
    async with patience.within(20):
        while True:
            try:
                return await client.get(path)
            except httpx2.TransportError:
                await asyncio.sleep(0.05)


def child_of(pid: int) -> int:
    """Return the process that a gateway has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    (child,) = [int(one) for one in children]
    return child


async def test_it_lives_beside_the_gateway(gateway_process: Start, tmp_path: Path) -> None:
    """It answers with a token, comes back when it is killed, and ends with the gateway."""
    port = ports.free_port()
    token = TokenFile(tmp_path / "tokens.json").add("ops", Role.ADMIN)
    gateway = gateway_process(PLANS, "--no-local", env=settings(tmp_path, port))
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        told = (await answered(client, "/v1/process")).json()
        assert (told["pid"], told["calls"]) == (gateway.pid, 0)
        ready, listening = (gateway.events(name)[0] for name in ("gateway.ready", "api.listening"))
        assert ready["timestamp"] < listening["timestamp"]
        assert "open" not in listening
        child = child_of(gateway.pid)
        assert os.getpriority(os.PRIO_PROCESS, child) > os.getpriority(os.PRIO_PROCESS, gateway.pid)
        os.kill(child, signal.SIGKILL)
        await gateway.said("api.ended", status=-9)
        assert (await answered(client, "/v1/process")).json()["pid"] == gateway.pid
        child = child_of(gateway.pid)
        assert (await client.post("/v1/process/drain")).status_code == 202
        assert await asyncio.to_thread(gateway.wait, 20) == 0
    await gone(child, 5)


async def test_an_address_that_is_taken_costs_no_calls(gateway_process: Start, tmp_path: Path) -> None:
    """It is said who has it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        gateway = gateway_process(PLANS, "--no-local", env=settings(tmp_path, port))
        told = await gateway.said("api.no_address")
        assert f"pid {os.getpid()}" in told["error"]
        assert gateway.running
        assert await asyncio.to_thread(gateway.stop) == 0


def test_a_public_address_wants_a_token_first(gateway_process: Start, tmp_path: Path) -> None:
    """The gateway does not begin, and says how one is made."""
    env = settings(tmp_path, ports.free_port()) | {"GATEWAY_API__LISTEN": f"0.0.0.0:{ports.free_port()}"}
    gateway = gateway_process(PLANS, "--no-local", env=env, wait=False)
    assert gateway.wait(20) == 1
    assert "gateway token new NAME" in "".join(gateway.text)


def test_a_person_at_a_terminal_is_given_a_way_in(tmp_path: Path) -> None:
    """An address with a code that lets a browser in once; no log file ever holds it."""
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "a.yaml").write_text("numbers: ['1']\nreject: {}\n", encoding="utf-8")
    options = ["--sip", f"127.0.0.1:{ports.free_port()}", "--no-local"]
    port = ports.free_port()
    command = [sys.executable, "-m", "gateway", "serve", *options]
    with Terminal(command, env=settings(tmp_path, port), cwd=tmp_path) as window:
        window.wait_for("/enter?code=")
        shown = "".join(window.lines)
        found = re.search(rf"http://127\.0\.0\.1:{port}/enter\?code=[\w-]{{32}}", shown)
        assert found is not None
        with httpx2.Client(
            timeout=patience.seconds(10), transport=httpx2.HTTPTransport(retries=8)
        ) as browser:
            assert browser.get(found[0]).status_code == 303
            assert browser.get(f"http://127.0.0.1:{port}/v1/process").json()["calls"] == 0
            assert browser.get(found[0]).status_code == 403
