"""An agent of agent-transport, the peer of `tests.bench.peer`: a session with the model for each call.

    python peer_agent.py REGISTRAR PASSWORD MODEL_URL VOICE caller|agent

Runs in an environment of its own (`tests.bench.peer.REQUIREMENTS`), without anything of the gateway. As lean
as the peer can be: audio goes straight between its endpoint and the session, without the frameworks that its
documentation shows, which would only add to its cost. Where it offers several ways, this takes the cheapest.
The last argument says who speaks first.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import sys
from typing import Any

import orjson
import uvloop
from agent_transport import SipEndpoint
from websockets.asyncio.client import ClientConnection, connect

USER = "100"
RATE = 24_000
TICK_S = 0.02
PIECE = RATE // 10 * 2
"""Bytes that the endpoint is given at once: 0.1 s."""
LEAD_MS = 300
"""What it has at most when it is given more."""
EVENTS = {"registered", "call_answered", "call_terminated"}
NO_STUN = "127.0.0.1:9"
"""Nobody answers there: the endpoint takes its own address then."""
CALL_HEADER = "X-Gateway-Call"
"""By which the load test's server knows the calls; their names come to the endpoint in `X-CallUUID`."""


class Agent:
    """All calls of one endpoint."""

    def __init__(
        self, endpoint: SipEndpoint, tasks: asyncio.TaskGroup, url: str, voice: str, *, speaks_first: bool
    ) -> None:
        self._endpoint = endpoint
        self._tasks = tasks
        self._url = url
        self._voice = voice
        self._speaks_first = speaks_first
        self._sessions: dict[str, ClientConnection] = {}
        self._to_say: dict[str, bytearray] = {}
        """Of each call, what the endpoint has not been given yet: it has room for 0.4 s."""
        self._talks: dict[str, asyncio.Task[None]] = {}

    def on_event(self, event: dict[str, Any]) -> None:
        """Take what the endpoint tells."""
        call = event.get("session")
        if event["type"] == "registered":
            sys.stdout.write('{"event": "peer.ready"}\n')
            sys.stdout.flush()
        elif event["type"] == "call_answered":
            talk = self._talk(call.session_id, call.call_uuid or "")
            self._talks[call.session_id] = self._tasks.create_task(talk)
        elif event["type"] == "call_terminated" and (task := self._talks.pop(call.session_id, None)):
            task.cancel()

    async def pump(self) -> None:
        """Bring callers' audio to their sessions and what the agent says to them, once a tick."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_S, loop.time() - TICK_S)
            for call, session in list(self._sessions.items()):
                self._say(call)
                with contextlib.suppress(Exception):  # has just ended, and the endpoint has its own errors
                    while frame := self._endpoint.recv_audio_bytes(call):
                        audio = base64.b64encode(frame[0]).decode()
                        await session.send('{"type":"input_audio_buffer.append","audio":"' + audio + '"}')
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _talk(self, call: str, name: str) -> None:
        headers = {CALL_HEADER: name}
        async with connect(self._url, additional_headers=headers, compression=None) as session:
            output = {"format": {"type": "audio/pcm", "rate": RATE}, "voice": self._voice}
            update = {"type": "session.update", "session": {"type": "realtime", "audio": {"output": output}}}
            await session.send(orjson.dumps(update).decode())
            if self._speaks_first:
                await session.send('{"type":"response.create"}')
            self._sessions[call], self._to_say[call] = session, bytearray()
            try:
                async for text in session:
                    self._hear(call, orjson.loads(text))
            finally:
                del self._sessions[call], self._to_say[call]

    def _hear(self, call: str, event: dict[str, Any]) -> None:
        if event["type"] == "response.output_audio.delta":
            self._to_say[call] += base64.b64decode(event["delta"])
            self._say(call)
        elif event["type"] == "input_audio_buffer.speech_started":
            self._to_say[call].clear()
            self._endpoint.clear_buffer(call)

    def _say(self, call: str) -> None:
        waiting = self._to_say[call]
        with contextlib.suppress(Exception):  # as above
            while waiting and self._endpoint.queued_duration_ms(call) <= LEAD_MS:
                self._endpoint.send_audio_bytes(call, bytes(waiting[:PIECE]), RATE, 1)
                del waiting[:PIECE]


async def main(registrar: str, password: str, url: str, voice: str, first: str) -> None:
    """Register and take calls until SIGTERM."""
    loop = asyncio.get_running_loop()
    rates = {"input_sample_rate": RATE, "output_sample_rate": RATE}
    endpoint = SipEndpoint(sip_server=registrar, stun_server=NO_STUN, **rates)
    async with asyncio.TaskGroup() as tasks:
        agent = Agent(endpoint, tasks, url, voice, speaks_first=first == "agent")

        def tell(event: dict[str, Any]) -> None:
            if event["type"] in EVENTS:
                loop.call_soon_threadsafe(agent.on_event, dict(event))

        endpoint.set_event_sink(tell)
        await asyncio.to_thread(endpoint.register, USER, password)
        await agent.pump()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
