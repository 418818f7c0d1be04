"""A browser that reaches the gateway over a TURN server alone: `python -m tests.proofs.turn`.

Three hosts, each a network namespace (root is needed): a browser's, the gateway's, and between them coturn
(Debian: coturn), which has an address in both nets and passes nothing on but what it relays. aiortc is the
browser. Over UDP and over TCP to the server: both sides hear each other, nothing is lost. With a wrong
password the answer comes without the server's help, in time, and the log names it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.equipment import patience, tone
from tests.equipment.browser_phone import RATE, BrowserPhone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.proofs import NOT_HERE
from tests.whole_calls.test_telemetry import api

NETS = os.environ.setdefault("GATEWAY_PROOF_NETS", f"turn{os.getpid()}")
HERE, BETWEEN, THERE = (f"{NETS}-{name}" for name in ("gateway", "turn", "browser"))
SERVER, RELAY = "10.99.1.1", "10.99.2.1"
"""coturn's addresses: where the gateway asks for its help, and where the browser meets what it lends."""
USER, PASSWORD = "gateway", "of-the-proof"
TALK_S = 5.0
ANSWERED_WITHIN_S = 2.0
"""Seconds until the answer with a server that is of no help: half of one, and the machine's own."""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def _nets() -> Iterator[None]:
    """Have the three hosts and the two cables between them."""
    made = []
    try:
        for name in (HERE, BETWEEN, THERE):
            _ip("netns", "add", name)
            made.append(name)
            _ip("-n", name, "link", "set", "lo", "up")
        for number, (host, own, others) in enumerate(
            ((HERE, "10.99.1.2", SERVER), (THERE, "10.99.2.2", RELAY))
        ):
            ends = f"tg{number}a", f"tg{number}b"
            _ip("-n", host, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", BETWEEN)
            for name, end, address in ((host, ends[0], own), (BETWEEN, ends[1], others)):
                _ip("-n", name, "address", "add", f"{address}/24", "dev", end)
                _ip("-n", name, "link", "set", end, "up")
        yield
    finally:
        for name in made:
            _ip("netns", "delete", name)


@contextmanager
def _coturn(program: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["ip", "netns", "exec", BETWEEN, program, "-n", "--no-cli", "--no-tls", "--no-dtls"]
        command += ["--listening-ip", SERVER, "--relay-ip", RELAY, "--lt-cred-mech", "--realm", "proof"]
        command += [
            "--user",
            f"{USER}:{PASSWORD}",
            "--log-file",
            f"{folder}/log",
            "--pidfile",
            f"{folder}/pid",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                yield
            finally:
                running.terminate()


@asynccontextmanager
async def _gateway(transport: str, password: str) -> AsyncIterator[tuple[Gateway, httpx2.AsyncClient]]:
    with tempfile.TemporaryDirectory() as folder, LocalServer() as local:
        env, client = api(Path(folder))
        server = {"url": f"turn:{SERVER}:3478?transport={transport}", "username": USER}
        env["GATEWAY_BROWSER"] = json.dumps({"ice": [server | {"credential": "${TURN_PASSWORD}"}]})
        env["TURN_PASSWORD"] = password
        plans = {"echo": agent("100", local.url, model="echo", answer={"speaks_first": "caller"})}
        with Gateway(plans, "--no-local", env=env) as gateway:
            await gateway.said("api.listening")
            async with client:
                yield gateway, client


class _Browser:
    """The one in its own net, asked by lines."""

    async def __aenter__(self) -> _Browser:
        command = ["ip", "netns", "exec", THERE, sys.executable, "-m", "tests.proofs.turn", "--browser"]
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()

    async def told(self) -> Any:
        assert self._process.stdout is not None
        async with patience.within(30):
            line = await self._process.stdout.readline()
        assert line, "the browser has failed"
        return json.loads(line)

    def tell(self, value: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")


async def _be_browser() -> None:
    """Offer, take the answer, say a tone, hear it back, and tell what was heard."""
    phone = BrowserPhone()

    def tell(value: Any) -> None:
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()

    tell(await phone.offer())
    await phone.answered(json.loads(await asyncio.to_thread(sys.stdin.readline)))
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(phone.listen())
        await phone.until(lambda: any("answered" in told for told in phone.told), "answered")
        phone.microphone.say(tone.sine(700, TALK_S * 1000, rate=RATE, fade_ms=5))
        await asyncio.sleep(2 * TALK_S)
        (one,) = (one for one in (await phone.peer.getStats()).values() if one.type == "inbound-rtp")
        pair = phone.peer.getSenders()[0].transport.transport.iceGatherer._connection
        heard = phone.heard()
        pieces = [heard[at : at + 800] for at in range(0, len(heard), 800)]
        tell(
            {
                "over": str(pair._nominated[1].remote_addr[0]),
                "received": one.packetsReceived,
                "lost": one.packetsLost,
                "echo_s": sum(tone.share(piece, 700) > 0.8 for piece in pieces) / 10,
            }
        )
        listening.cancel()
    await phone.peer.close()


async def _talks(transport: str) -> bool:
    async with _gateway(transport, PASSWORD) as (gateway, client), _Browser() as browser:
        asked = {"offer": await browser.told(), "number": "100"}
        answer = await client.post("/v1/browser-calls", json=asked)
        assert answer.status_code == 200, answer.text
        browser.tell(answer.json()["answer"])
        told = await browser.told()
        ended = await gateway.said("call.ended")
    held = told["over"] == RELAY and told["lost"] == 0 and told["echo_s"] > TALK_S / 2
    held = held and ended["packets_lost"] == 0
    sys.stdout.write(f"{'holds' if held else 'FAILS'}  over {transport}: {told}\n")
    return held


async def _without_help() -> bool:
    async with _gateway("udp", "wrong") as (gateway, client), _Browser() as browser:
        asked = {"offer": await browser.told(), "number": "100"}
        await client.post("/v1/browser-calls", json=asked)  # the process of browsers' calls starts
        began = asyncio.get_running_loop().time()
        answer = await client.post("/v1/browser-calls", json=asked)
        took = asyncio.get_running_loop().time() - began
        warned = await gateway.said("browser.ice_server_silent")
    held = answer.status_code == 200 and " typ relay" not in answer.text and took < ANSWERED_WITHIN_S
    what = f"a wrong password: answered in {took:.2f} s, and the log names {warned['url']}"
    sys.stdout.write(f"{'holds' if held else 'FAILS'}  {what}\n")
    return held


async def prove() -> bool:
    """Return whether all holds; runs on the gateway's host."""
    return all([await _talks("udp"), await _talks("tcp"), await _without_help()])


def main() -> int:
    """Build the nets and have it proved in them."""
    program = os.environ.get("TURNSERVER") or shutil.which("turnserver")
    if program is None or os.geteuid() != 0:
        sys.stdout.write("it needs root, and coturn: sudo apt-get install coturn\n")
        return NOT_HERE
    with _nets(), _coturn(program):
        inside = ["ip", "netns", "exec", HERE, sys.executable, "-m", "tests.proofs.turn", "--inside"]
        return subprocess.run(inside, check=False).returncode


if __name__ == "__main__":
    if sys.argv[1:] == ["--browser"]:
        asyncio.run(_be_browser())
    elif sys.argv[1:] == ["--inside"]:
        sys.exit(0 if asyncio.run(prove()) else 1)
    else:
        sys.exit(main())
