from __future__ import annotations

import asyncio

from gateway.local.vocabulary import NO_FAULTS, Clip, HeardTurn, Recognised


def test_length_of_a_clip() -> None:
    """Two bytes a sample, at its own rate."""
    assert Clip(bytes(48_000)).ms == 1000
    assert Clip(bytes(1600), 8000).ms == 100


async def test_giving_up_waiting_leaves_recognition_at_work() -> None:
    """Who does not wait for a turn's words any more takes them from nobody."""
    words: asyncio.Future[Recognised] = asyncio.get_running_loop().create_future()
    turn = HeardTurn("user", hearing=words)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(turn.heard())
        await asyncio.sleep(0)
        waiting.cancel()
    assert not words.cancelled()
    words.set_result(Recognised("hello", -0.1))
    assert await turn.heard() == Recognised("hello", -0.1)
    assert await HeardTurn("user", "typed").heard() == Recognised("typed")


def test_no_faults() -> None:
    """By default nothing goes wrong."""
    assert NO_FAULTS.drop_after_s is NO_FAULTS.expire_after_s is None
    assert NO_FAULTS.stalls == NO_FAULTS.frames == ()
