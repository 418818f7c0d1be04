"""The light server: real clients speak to it, and it tells what it has heard and said."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect

from gateway.loadtest import processes
from tests.equipment import patience, tone
from tests.equipment.certificates import Authority

pytest.importorskip("gateway.loadtest._tones")
pytestmark = pytest.mark.native

from gateway.loadtest import model_server  # noqa: E402 - it needs what is compiled

UPDATE = {"type": "session.update", "session": {"audio": {"output": {"voice": "tone-600-1000ms"}}}}


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a server that runs."""
    with serving() as number:
        yield number


@contextmanager
def serving(*options: str) -> Iterator[int]:
    """Have a server; return its port."""
    number = processes.free_port()
    command = [sys.executable, "-m", "gateway.loadtest.model_server", f"127.0.0.1:{number}", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert json.loads(server.stdout.readline())["event"] == "embedded.ready"
        try:
            yield number
        finally:
            server.terminate()
            assert server.wait(patience.seconds(10)) == 0


async def say(client: ClientConnection, pcm: bytes, size: int = 960) -> None:
    """Send sound in pieces."""
    for at in range(0, len(pcm), size):
        audio = base64.b64encode(pcm[at : at + size]).decode()
        await client.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))


async def until(client: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """Return what is told, to the first event of a kind."""
    events: list[dict[str, Any]] = []
    async with patience.within(10):
        while not events or events[-1]["type"] != kind:
            events.append(json.loads(await client.recv()))
    return events


async def test_a_question_is_answered_with_the_callers_tone(port: int) -> None:
    """As by any model: heard by its loudness, answered in pieces, all of it told afterwards."""
    url = f"ws://127.0.0.1:{port}/v1/realtime?model=light"
    async with connect(url, additional_headers={"X-Gateway-Call": "c1"}, ping_interval=0.2) as client:
        await client.send(json.dumps(UPDATE))
        events = await until(client, "session.updated")
        assert [one["type"] for one in events] == ["session.created", "session.updated"]
        voice, quiet = tone.sine(400, 300, rate=24_000), tone.silence(700, rate=24_000)
        await say(client, voice.tobytes() + quiet.tobytes(), 2880)
        events = await until(client, "response.done")
        kinds = [one["type"] for one in events]
        assert kinds[:3] == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
        ]
        assert (events[0]["audio_start_ms"], events[1]["audio_end_ms"]) == (0, 300)
        pieces = [base64.b64decode(one["delta"]) for one in events if "output_audio.delta" in one["type"]]
        assert [len(one) for one in pieces] == [9600] * 5
        (heard,) = tone.tones(np.frombuffer(b"".join(pieces), np.int16), rate=24_000)
        assert heard.frequency == pytest.approx(600, abs=2)
        await asyncio.sleep(0.3)
    told = await asyncio.to_thread(model_server.ask, "127.0.0.1", port)
    assert (len(told.speech_started["c1"]), len(told.first_sound["c1"])) == (1, 1)
    began = [began for _, began in told.heard["c1"]]
    assert 0 < told.speech_started["c1"][0] - began[0] < 2_000_000_000


async def test_an_interruption_ends_the_answer(port: int) -> None:
    """What was not sent yet is not said any more, and the response is cancelled."""
    async with connect(f"ws://127.0.0.1:{port}/v1/realtime") as client:
        await client.send(json.dumps(UPDATE).replace("1000ms", "60000ms"))
        await client.send(json.dumps({"type": "response.create"}))
        await until(client, "response.output_audio.delta")
        await say(client, tone.sine(400, 100, rate=24_000).tobytes())
        done = (await until(client, "response.done"))[-1]
        assert done["response"]["status"] == "cancelled"


async def test_speaks_tls_with_whoever_does(tmp_path: Path) -> None:
    """A long answer comes whole; who comes without TLS may ask, and who gives up harms nobody."""
    authority = Authority(tmp_path)
    shown = authority.gives("model")
    trusting = ssl.create_default_context(cafile=authority.file)
    with serving("--tls-cert", str(shown.certificate), "--tls-key", str(shown.key)) as port:
        headers = {"X-Gateway-Call": "c1"}
        async with connect(
            f"wss://127.0.0.1:{port}/v1/realtime", additional_headers=headers, ssl=trusting
        ) as client:
            await client.send(json.dumps(UPDATE).replace("1000ms", "10000ms"))
            await client.send(json.dumps({"type": "response.create"}))
            events = await until(client, "response.done")
            pieces = [one["delta"] for one in events if "output_audio.delta" in one["type"]]
            assert len(base64.b64decode("".join(pieces))) == 10 * 48_000
            await say(client, tone.sine(400, 100, rate=24_000).tobytes(), 100_000)
            await until(client, "input_audio_buffer.speech_started")
            told = await asyncio.to_thread(model_server.ask, "127.0.0.1", port)
            assert (len(told.speech_started["c1"]), len(told.first_sound["c1"])) == (1, 1)
        refused = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(f"wss://127.0.0.1:{port}/v1/realtime", ssl=refused)
        assert (await asyncio.to_thread(model_server.ask, "127.0.0.1", port)).heard.keys() == {"c1"}
