from __future__ import annotations

import asyncio

from tests.equipment import patience
from tests.local.client import client, server


async def test_a_client_that_does_not_read() -> None:
    """An answer waits for its client instead of filling memory, and other clients are served meanwhile."""
    async with server() as address, client(address, max_queue=1) as slow, client(address) as other:
        await slow.update(audio={"output": {"voice": "tone-440-300s"}})
        await slow.send("response.create")
        await slow.next("response.output_audio.delta")
        await other.update(audio={"output": {"voice": "tone-440-1s"}})
        await other.send("response.create")
        assert (await other.response())["status"] == "completed"
        assert (await slow.response())["status"] == "completed"
        assert len(slow.audio()) == 300 * 48_000


async def test_event_ids_are_all_different() -> None:
    """Every event has an id of its own, audio too."""
    async with server() as address, client(address) as one:
        await one.next("session.created")
        await one.send("response.create")
        await one.response()
        ids = [event["event_id"] for event in one.seen]
        assert len(ids) == len(set(ids)) > 20


async def test_a_line_that_is_cut() -> None:
    """A client that vanishes without a word is no error to the others."""
    async with server() as address:
        async with client(address) as one:
            await one.send("response.create")
            await one.next("response.created")
            one.socket.transport.abort()
        async with client(address) as other, patience.within(5):
            assert (await other.receive())["type"] == "session.created"
            await asyncio.sleep(0)
