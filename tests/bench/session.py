"""Realtime sessions alone: CPU per call of JSON, WebSocket and scheduling; how soon a lost session is back.

A hundred sessions talk both ways all the time, against a server in a process of its own: 50 pieces of caller
audio a second each, ten deltas of agent audio. Nobody talks that much, so real calls cost less.
"""

from __future__ import annotations

import asyncio
import dataclasses
import resource
import sys
from pathlib import Path

import orjson
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from gateway import log
from gateway.audio import BYTES_PER_MS
from gateway.call import AgentAudio, Respond, SessionFact, SessionReady
from gateway.realtime.continuity.route import Route
from gateway.realtime.continuity.session import LastingSession
from gateway.realtime.events.wire import AudioDeltaFrames
from gateway.realtime.providers import LOCAL
from gateway.realtime.settings import SessionSettings
from tests.bench.figures import Figure, percentile
from tests.realtime.caller import Facts, running
from tests.realtime.wire_model import Json, Line, model

SESSIONS = 100
SECONDS = 6.0
DELTAS = 10
"""Deltas a second, each of 100 ms."""
CUTS = 50


async def run() -> list[Figure]:
    """Measure both in processes of their own, on the loop that the gateway uses."""
    return [*await _child("talk"), *await _child("mend")]


async def _child(what: str) -> list[Figure]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.session", what, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [Figure("session", name, value, unit, bar) for name, value, unit, bar in orjson.loads(out)]


# --- what the children do ----------------------------------------------------------------------------


async def _server() -> None:
    """Talk to everybody, and listen; prints its port."""
    frame = AudioDeltaFrames("resp_1", "item_1").frame("event_1", bytes(100 * BYTES_PER_MS))

    async def talk(socket: ServerConnection) -> None:
        try:
            while True:
                await asyncio.sleep(1 / DELTAS)
                await socket.send(frame, text=True)
        except ConnectionClosed:
            pass

    async def client(socket: ServerConnection) -> None:
        await socket.send('{"type":"session.created","session":{}}')
        await socket.recv()
        await socket.send('{"type":"session.updated","session":{}}')
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk(socket))
            try:
                while True:
                    await socket.recv(decode=False)
            except ConnectionClosed:
                pass

    async with serve(client, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)  # until whoever started us is gone


async def _talk() -> list[tuple[str, float, str, float | None]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.session", "server"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    url = f"ws://127.0.0.1:{int(await process.stdout.readline())}/v1/realtime"
    route = Route(dataclasses.replace(LOCAL, url=url), SessionSettings())
    ready = asyncio.Event()
    count = heard = 0

    def on_fact(fact: SessionFact) -> None:
        nonlocal count, heard
        if isinstance(fact, AgentAudio):
            heard += 1
        elif isinstance(fact, SessionReady):
            count += 1
            if count == SESSIONS:
                ready.set()

    before = _resident()
    sessions = [LastingSession([route], on_fact) for _ in range(SESSIONS)]
    async with asyncio.TaskGroup() as tasks:
        for session in sessions:
            tasks.create_task(session.run())
        await ready.wait()
        await _ticks(sessions, 1.0)
        heard, cpu = 0, _cpu()
        seconds = await _ticks(sessions, SECONDS)
        cpu = _cpu() - cpu
        memory = (_resident() - before) / SESSIONS
        for session in sessions:
            await session.close()
    process.stdin.close()
    await process.wait()
    return [
        ("CPU per call, talking both ways all the time", 100 * cpu / seconds / SESSIONS, "% of a core", 0.3),
        ("memory per call", memory, "kB", 300),
        ("deltas heard", heard / seconds / SESSIONS, "/s", None),
    ]


async def _ticks(sessions: list[LastingSession], seconds: float) -> float:
    """Feed all sessions every 20 ms, as the media clock does; give how long it really took."""
    loop = asyncio.get_running_loop()
    began, tick = loop.time(), 0
    while (now := loop.time()) - began < seconds:
        for session in sessions:
            session.append(bytes(20 * BYTES_PER_MS))
        tick += 1
        await asyncio.sleep(max(0.0, began + tick * 0.02 - now))
    return loop.time() - began


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident() -> float:
    """Return the memory in use, in kB. The greatest ever, as getrusage has it, begins with the parent's."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


async def _mend() -> list[tuple[str, float, str, float | None]]:
    """Cut the line in the middle of what the agent says, again and again."""

    async def answer(line: Line, event: Json) -> None:
        if event["type"] == "response.create":
            await line.says(
                bytes(4800), response=f"resp_{len(server.lines)}", item=f"item_{len(server.lines)}"
            )
            await line.send("response.created", response={"id": f"open_{len(server.lines)}"})

    loop = asyncio.get_running_loop()
    gaps: list[float] = []
    async with model() as server:
        server.meanwhile = answer
        route = Route(dataclasses.replace(LOCAL, url=server.url), SessionSettings())

        def make(facts: Facts) -> LastingSession:
            return LastingSession([route], facts)

        async with running(make) as (session, facts):
            await facts.wait(SessionReady)
            session.execute(Respond())
            await facts.wait(AgentAudio)
            for number in range(CUTS):
                line = await server.line(number + 1)
                await facts.wait(SessionReady, number + 1)
                began = loop.time()
                line.cut()
                await facts.wait(AgentAudio, number + 2)
                gaps.append((loop.time() - began) * 1000)
    return [
        ("line cut to next agent audio p50", percentile(gaps, 50), "ms", None),
        ("line cut to next agent audio p95", percentile(gaps, 95), "ms", 2000),
    ]


if __name__ == "__main__":
    log.configure("error")
    job = {"server": _server, "talk": _talk, "mend": _mend}[sys.argv[1]]
    found = uvloop.run(job())
    if found is not None:
        sys.stdout.write(orjson.dumps(found).decode())
