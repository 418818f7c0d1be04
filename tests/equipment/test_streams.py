"""What clients do to a test's server stays in that test."""

from __future__ import annotations

import asyncio
import gc

from tests.equipment.streams import listening


async def test_a_client_that_leaves_early_leaves_nothing_behind() -> None:
    """In the middle of what was read, or before anything was said; pytest would tell of an open socket."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(100)
        writer.write(b"never")

    async with listening(talk) as port:
        for said in (b"", b"too little"):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            writer.close()
            await writer.wait_closed()
    gc.collect()


async def test_a_talk_that_goes_on_is_waited_for() -> None:
    """What a client still says after the server is left is heard."""
    heard: list[bytes] = []
    begun = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        begun.set()
        heard.append(await reader.read())

    async with asyncio.TaskGroup() as tasks, listening(talk) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"1")
        await begun.wait()

        async def finish() -> None:
            writer.write(b"2")
            writer.close()
            await writer.wait_closed()

        tasks.create_task(finish())
    assert heard == [b"1", b"2"]
