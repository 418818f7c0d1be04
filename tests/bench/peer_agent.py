"""A voice agent made with agent-transport (PyPI): run by `tests.bench.peer`, in an environment of its own.

    python peer_agent.py REGISTRAR USER PASSWORD URL

Each call gets a session of its own at the model's server. Says `ready` once it is registered.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import threading
from typing import Any

from agent_transport import SipEndpoint
from websockets.asyncio.client import connect

RATE = 24_000
UPDATE = {
    "type": "session.update",
    "session": {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": "You answer telephone calls.",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": RATE},
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
            },
            "output": {"format": {"type": "audio/pcm", "rate": RATE}, "voice": "tone"},
        },
    },
}


class Agent:
    """All calls of one account."""

    def __init__(self, endpoint: Any, url: str) -> None:
        self._endpoint = endpoint
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._over: dict[str, threading.Event] = {}

    def begin(self, event: Any) -> None:
        """Answer a call, from the endpoint's thread."""
        session = _of(event["session"], "session_id")
        self._over[session] = threading.Event()
        name = _of(event["session"], "call_uuid") or session
        asyncio.run_coroutine_threadsafe(self._carry(session, str(name)), self._loop)

    def end(self, event: Any) -> None:
        """A call is over."""
        if (over := self._over.pop(_of(event["session"], "session_id"), None)) is not None:
            over.set()

    async def _carry(self, session: str, name: str) -> None:
        headers = {"X-Gateway-Call": name}
        async with connect(self._url, compression=None, max_size=None, additional_headers=headers) as model:
            await model.send(json.dumps(UPDATE))
            over = self._over[session]
            self._endpoint.answer(session)
            threading.Thread(target=self._listen, args=(session, over, model), daemon=True).start()
            async for raw in model:
                event = json.loads(raw)
                match event["type"]:
                    case "response.output_audio.delta":
                        pcm = base64.b64decode(event["delta"])
                        self._endpoint.send_audio_bytes(session, pcm, RATE, 1)
                    case "input_audio_buffer.speech_started":
                        self._endpoint.clear_buffer(session)
                    case _:
                        pass
                if over.is_set():
                    return

    def _listen(self, session: str, over: threading.Event, model: Any) -> None:
        """Bring what a caller says to the model, from a thread: the endpoint lets one wait for it."""
        while not over.is_set():
            try:
                heard = self._endpoint.recv_audio_bytes_blocking(session, 20)
            except RuntimeError:
                break
            if heard is not None:
                said = base64.b64encode(bytes(heard[0])).decode()
                frame = json.dumps({"type": "input_audio_buffer.append", "audio": said})
                asyncio.run_coroutine_threadsafe(model.send(frame), self._loop)
        asyncio.run_coroutine_threadsafe(model.close(), self._loop)


def _of(session: Any, name: str) -> Any:
    return session.get(name) if isinstance(session, dict) else getattr(session, name, None)


async def main() -> None:
    """Register, and answer until killed."""
    registrar, user, password, url = sys.argv[1:]
    endpoint = SipEndpoint(
        sip_server=registrar, stun_server="", log_level=1, input_sample_rate=RATE, output_sample_rate=RATE
    )
    agent = Agent(endpoint, url)
    endpoint.register(user, password)
    first = await asyncio.to_thread(endpoint.wait_for_event, 10_000)
    if first is None or first["type"] != "registered":
        raise SystemExit(f"not registered: {first}")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        event = await asyncio.to_thread(endpoint.wait_for_event, 1_000)
        if event is None:
            continue
        if event["type"] == "incoming_call":
            agent.begin(event)
        elif event["type"] == "call_terminated":
            agent.end(event)


asyncio.run(main())
