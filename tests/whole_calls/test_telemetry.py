"""What a call leaves elsewhere: at Homer, at a collector of traces, with whoever listens in."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest

from gateway.dialplan.model import OnFailure
from gateway.node.api_tokens import Role, TokenFile
from gateway.records.recording.wav_file import HEAD
from tests.equipment import patience, ports, tone
from tests.equipment.collector import Collector, attributes, collecting
from tests.equipment.homer import Captured, Homer
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import is_portable

RECORD = {"consent": "announce", "say": OnFailure().hold}
"""Words that are recorded: nobody has to speak them."""
FULL = 20_000
"""Bytes that a file may have on the full disk."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def api(folder: Path) -> tuple[dict[str, str], httpx2.AsyncClient]:
    """Return the environment of a gateway with an API, and a client that may do everything."""
    listen = f"127.0.0.1:{ports.free_port()}"
    tokens = folder / "tokens.json"
    headers = {"authorization": f"Bearer {TokenFile(tokens).add('test', Role.ADMIN)}"}
    client = httpx2.AsyncClient(base_url=f"http://{listen}", headers=headers, timeout=patience.seconds(10))
    env = {"GATEWAY_API__LISTEN": listen, "GATEWAY_API__TOKENS": str(tokens)}
    return env | {"GATEWAY_RECORDING__FOLDER": str(folder / "recordings")}, client


async def only_call(client: httpx2.AsyncClient) -> str:
    """Return the id of the one call that is up."""
    async with patience.within(10):
        while True:
            if calls := (await client.get("/v1/calls")).json()["calls"]:
                return str(calls[0]["id"])
            await asyncio.sleep(0.1)


@pytest.mark.native
async def test_a_call_is_told_everywhere(
    gateway_process: Callable[..., Gateway],
    local_server: LocalServer,
    pump: Pump,
    collector: Collector,
    tmp_path: Path,
) -> None:
    """SIP, moments and quality at Homer, a trace at the collector, its sound over HTTP: live, and after."""
    env, client = api(tmp_path)
    plan = agent("100", local_server.url, voice="tone-440-20s", record=RECORD)
    with Homer() as homer:
        env |= {"GATEWAY_HEP__TO": homer.place, "GATEWAY_TRACES__OTLP": collector.url}
        gateway = gateway_process({"told": plan}, "--no-local", env=env)
        await gateway.said("api.listening")
        async with client, Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.8, "the agent")
            name = await only_call(client)
            heard = await listened(client, name, seconds=0.5)
            assert tone.share(heard[:, 1], 440) > 0.8
            await call.hang_up()
            await gateway.said("call.ended", call=name)

            def told(seen: list[Captured]) -> bool:
                own = [one for one in seen if one.call_id == call.call_id]
                answers = [one for one in own if one.kind == 1 and one.payload.startswith(b"SIP/2.0 200")]
                over = any(one.kind == 100 and one.json["what"] == "ended" for one in own)
                return over and 34 in {one.kind for one in own} and len(answers) == 2  # to INVITE and BYE

            captured = await asyncio.to_thread(homer.until, told, patience.seconds(15))
            sound = await client.get(f"/v1/records/{name}/audio", headers={"range": "bytes=0-3"})
            assert (sound.status_code, sound.content) == (206, b"RIFF")
        gateway.popen.terminate()
        assert await asyncio.to_thread(gateway.wait, 15) == 0
    own = [one for one in captured if one.call_id == call.call_id]
    sip = [one for one in own if one.kind == 1]
    assert sip[0].payload.startswith(b"INVITE sip:100@")
    ours = f"{gateway.sip[0]}:{gateway.sip[1]}"
    assert (sip[0].target, sip[1].source, sip[0].source) == (ours, ours, sip[1].target)
    assert [one.json["what"] for one in own if one.kind == 100][-1] == "ended"
    assert next(one for one in own if one.kind == 34).json["MOS"] > 4
    spans = collector.until(lambda seen: any(not one.parent_span_id for one in seen))
    root = next(one for one in spans if not one.parent_span_id)
    assert attributes(root)["gateway.sip_call_id"] == call.call_id
    assert {one.name for one in spans} >= {"call told", "invite", "session"}


async def listened(client: httpx2.AsyncClient, call: str, seconds: float) -> np.ndarray:
    """Listen in for so long; return both sides."""
    came, wanted = b"", HEAD.size + round(seconds * 8000) * 4
    async with patience.within(10), client.stream("GET", f"/v1/calls/{call}/audio") as answer:
        assert answer.status_code == 200
        async for piece in answer.aiter_bytes():
            came += piece
            if len(came) >= wanted:
                break
    return np.frombuffer(came[HEAD.size : wanted], "<i2").reshape(-1, 2)


@pytest.mark.native
async def test_a_night_in_which_all_fails(
    gateway_process: Callable[..., Gateway],
    local_server: LocalServer,
    pump: Pump,
    collector: Collector,
    tmp_path: Path,
) -> None:
    """Nobody reads the log, the disk is full, Homer leads nowhere, the collector hangs: no call notices."""
    env, client = api(tmp_path)
    env |= {
        "GATEWAY_HEP__TO": "homer.invalid:9060",
        "GATEWAY_TRACES__OTLP": collector.url,
        "GATEWAY_SIP_MESSAGES": str(tmp_path / "sip"),
        "GATEWAY_JOURNAL": str(tmp_path / "journal"),
    }
    collector.hangs.clear()
    plans = {
        "tone": agent("100", local_server.url, voice="tone-440-4s", record=RECORD),
        "refused": {"numbers": ["600"], "reject": {"status": 603}},
    }
    gateway = gateway_process(plans, "--no-local", env=env)
    await gateway.said("api.listening")
    async with client, Phone(gateway.sip, pump) as phone:
        gateway.read(False)
        _, hard = resource.prlimit(gateway.popen.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(gateway.popen.pid, resource.RLIMIT_FSIZE, (FULL, hard))
        call = phone.call("100")
        await call.answered()
        await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.8, "the agent")
        for _ in range(100):
            assert (await phone.call("600").final()).status == 603
        assert [one["plan"] for one in (await client.get("/v1/calls")).json()["calls"]] == ["tone"]
        assert (await client.get("/readyz")).status_code == 200
        await call.hears_silence()
        spoken = max(tone.spans(call.media.heard()), key=lambda span: span.ms)
        assert spoken.ms == pytest.approx(4000, abs=150), "the agent's four seconds are whole"
        await call.hang_up()
        second = phone.call("100")
        await second.answered()
        await second.hears_sound()
        await second.hang_up()
    began = time.monotonic()
    gateway.popen.terminate()
    assert await asyncio.to_thread(gateway.popen.wait, 30) == 0
    assert time.monotonic() - began < patience.seconds(15), "the end is bounded"
    gateway.read(True)
    gateway.wait()
    assert not is_portable(gateway)
