"""Pages written for OpenAI's WebRTC, in a real Chromium: `python -m tests.proofs.pages`.

A page with nothing but the browser's own means, the example of docs/webrtc.md as it stands there, and the
official JS SDK (of npm, in a folder of its own), over WebRTC and beside it over a WebSocket, talk to the
embedded server and to a dialplan: nothing is changed in them but an address.
"""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.equipment import chromium, ports
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.proofs import NOT_HERE
from tests.proofs.console import CACHE
from tests.whole_calls.test_telemetry import api

SDK = "@openai/agents-realtime@0.20.0"
PAGE = Path(__file__).with_name("pages.html")
DOCUMENTED, EXAMPLE = Path("docs/webrtc.md").read_text(), "http://127.0.0.1:8090"
"""Where the example stands, and the address in it."""
SESSION = {"session": {"type": "realtime", "model": "tone"}}


class Proof:
    """What was seen in the page."""

    def __init__(self, page: chromium.Page) -> None:
        self.page = page
        self.held = True

    def holds(self, true: object, what: str) -> None:
        """Say whether something holds."""
        self.held = self.held and bool(true)
        sys.stdout.write(f"{'holds' if true else 'FAILS'}  {what}\n")

    async def told(self, kind: str, script: str = "kinds()") -> None:
        """Wait for an event."""
        await self.page.until(f"{script}.includes({json.dumps(kind)})", 20)
        self.holds(True, f"told {kind}")

    async def run(self, name: str, *words: str) -> Any:
        """Call a function of the page's."""
        return await self.page.run(f"{name}({', '.join(map(json.dumps, words))})")


async def prove(folder: Path) -> bool:
    """Return whether all holds."""
    await asyncio.to_thread(_site, folder)
    with _served(folder) as site:
        async with chromium.browser() as page, _running(site) as (embedded, gateway, client):
            proof = Proof(page)
            await _opened(page, f"{site}/pages.html")
            await _plain(proof, embedded, await _key(embedded))
            for number, path in enumerate(("/v1/realtime?model=tone", "/v1/realtime/connect")):
                await _opened(page, f"{site}/pages.html?older{number}")
                await _older(proof, embedded, await _key(embedded), path)
            await _opened(page, f"{site}/pages.html?2")
            await _documented(proof, embedded, await _key(embedded))
            await _opened(page, f"{site}/pages.html?3")
            await _official(proof, embedded, await _key(embedded), "none")
            await proof.page.run("session.interrupt()")
            await proof.told("output_audio_buffer.cleared", "sdkTold")
            await _closed(proof)
            await _opened(page, f"{site}/pages.html?4")
            await _dialplan(proof, gateway, await _key(gateway, client))
            await _opened(page, f"{site}/pages.html?5")
            token = client.headers["authorization"].partition(" ")[2]
            await _official(proof, gateway, await _key(gateway, client), token)
            await _closed(proof)
            proof.holds(not page.said, f"no error in the page {page.said or ''}")
    return proof.held


async def _opened(page: chromium.Page, url: str) -> None:
    await page.open(url)
    await page.until("document.readyState === 'complete' && typeof talk === 'function'", 20)


async def _plain(proof: Proof, base: str, key: str) -> None:
    sys.stdout.write("--- a page of its own, at the embedded server\n")
    where = await proof.run("talk", base, key)
    proof.holds(str(where).startswith("/v1/realtime/calls/rtc_"), f"Location {where}")
    await proof.told("session.created")
    await proof.page.run('say({type: "response.create"})')
    await proof.told("output_audio_buffer.started")
    await proof.page.until("heard().then((one) => one.energy > 0.001)")
    await proof.told("input_audio_buffer.speech_started")  # Chromium's microphone beeps
    await proof.told("conversation.item.truncated")
    heard = await proof.page.run("heard()")
    proof.holds(heard["lost"] == 0, f"{heard['received']} packets, {heard['lost']} lost")
    async with httpx2.AsyncClient(base_url=base) as http:
        proof.holds((await http.post(f"{where}/hangup")).status_code == 200, "hung up")
    await proof.page.until('channel.readyState === "closed"')
    proof.holds(True, "the page sees the end")


async def _older(proof: Proof, base: str, key: str, path: str) -> None:
    sys.stdout.write(f"--- the same page, at {path}\n")
    await proof.run("talk", base, key, path)
    await proof.told("session.created")
    await proof.page.run('say({type: "response.create"})')
    await proof.page.until("heard().then((one) => one.energy > 0.001)")
    await proof.page.run("peer.close()")


async def _documented(proof: Proof, base: str, key: str) -> None:
    sys.stdout.write("--- the example of docs/webrtc.md\n")
    (script,) = re.findall(r"```js\n(.*?)```", DOCUMENTED, re.DOTALL)
    assert EXAMPLE in script
    own = f"const key = {json.dumps(key)};\n{script.replace(EXAMPLE, base)}"
    await proof.page.run(
        f"(async () => {{ {own}\n Object.assign(window, {{ documented: [peer, events] }}) }})()"
    )
    await proof.page.until('documented[1].readyState === "open"', 20)
    await proof.page.run('documented[1].send(JSON.stringify({ type: "response.create" }))')
    sounds = "[...stats.values()].some((one) => one.type === 'inbound-rtp' && one.totalAudioEnergy > 0.001)"
    await proof.page.until(f"documented[0].getStats().then((stats) => {sounds})", 20)
    proof.holds(True, "the agent is heard")
    await proof.page.run("documented[0].close()")


async def _official(proof: Proof, base: str, key: str, beside: str) -> None:
    """Talk by the SDK, and have another client of it beside the call, which shows the key `beside`."""
    sys.stdout.write(f"--- the official SDK, at {base}\n")
    call_id = await proof.run("withSdk", f"{base}/v1/realtime/calls", key)
    proof.holds(str(call_id).startswith("rtc_"), f"callId {call_id}")
    await proof.told("session.updated", "sdkTold")
    ws = base.replace("http", "ws")
    await proof.run("withSideband", f"{ws}/v1/realtime?call_id={call_id}", beside)
    await proof.page.run('session.sendMessage("Hello.")')
    await proof.told("output_audio_buffer.started", "sdkTold")
    await proof.told("response.created", "besideTold")


async def _closed(proof: Proof) -> None:
    errors = await proof.page.run('sdkTold.filter((one) => one.startsWith("error"))')
    proof.holds(not errors, f"no error of the SDK {errors or ''}")
    await proof.page.run("session.close()")


async def _dialplan(proof: Proof, base: str, key: str) -> None:
    sys.stdout.write("--- the same page, at a dialplan\n")
    await proof.run("talk", base, key)
    for kind in ("session.created", "response.created", "response.output_audio_transcript.done"):
        await proof.told(kind)
    await proof.page.until("heard().then((one) => one.energy > 0.001)")
    heard = await proof.page.run("heard()")
    proof.holds(heard["lost"] == 0, f"{heard['received']} packets, {heard['lost']} lost")
    await proof.page.run("peer.close()")


async def _key(base: str, client: httpx2.AsyncClient | None = None) -> str:
    """Return a page's key; `client`: who may ask the gateway for one, for number 100."""
    async with httpx2.AsyncClient(base_url=base) as http:
        asked = {"session": {"type": "realtime", "model": "100"}} if client else SESSION
        answer = await (client or http).post("/v1/realtime/client_secrets", json=asked)
        return str(answer.json()["value"])


@asynccontextmanager
async def _running(site: str) -> AsyncIterator[tuple[str, str, httpx2.AsyncClient]]:
    with tempfile.TemporaryDirectory() as folder, LocalServer() as local:
        env, client = api(Path(folder))
        env["GATEWAY_API__ORIGINS"] = json.dumps([site])
        with Gateway(
            {"tone": agent("100", local.url, voice="tone-440-20s")}, "--no-local", env=env
        ) as gateway:
            await gateway.said("api.listening")
            async with client:
                host, port = local.address
                yield f"http://{host}:{port}", str(client.base_url).rstrip("/"), client


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


def _site(folder: Path) -> None:
    """Put the page and the SDK, as it is published, into a folder."""
    (folder / "pages.html").write_bytes(PAGE.read_bytes())
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / "openai-agents-realtime-0.20.0.tgz"
    if not archive.exists():
        command = ["npm", "pack", "--silent", SDK, "--pack-destination", str(CACHE)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(archive) as opened:
        member = opened.extractfile("package/dist/bundle/openai-realtime-agents.umd.js")
        assert member is not None
        (folder / "sdk.js").write_bytes(member.read())


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve a folder on localhost, without a word."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", ports.free_port()), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    if chromium.found() is None:
        sys.stdout.write("Chromium is not installed: sudo apt-get install chromium\n")
        sys.exit(NOT_HERE)
    with tempfile.TemporaryDirectory() as place:
        sys.exit(0 if asyncio.run(prove(Path(place))) else 1)
