"""The process of browsers' calls, as the gateway speaks to it."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from tests.equipment import patience, ports
from tests.equipment.process import python


@pytest.mark.native
async def test_each_line_is_answered_until_there_are_no_more() -> None:
    """An offer that is none with the reason; the end of the input ends the process."""
    gateway = f"127.0.0.1:{ports.free_port()}"
    command = python("-m", "gateway", "browser", gateway, "--control", "nowhere.sock")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    for number in (1, 2):
        process.stdin.write(orjson.dumps({"id": number, "offer": "v=0", "number": "100"}) + b"\n")
    process.stdin.write(orjson.dumps({"id": 3, "hang_up": "rtc_none"}) + b"\n")
    process.stdin.write(orjson.dumps({"id": 4, "look": "rtc_none"}) + b"\n")
    async with patience.within(30):
        told = [orjson.loads(await process.stdout.readline()) for _ in range(4)]
        process.stdin.close()
        assert await process.wait() == 0
    assert {one["id"] for one in told} == {1, 2, 3, 4}
    assert all("cannot be answered" in one["error"] for one in told if one["id"] < 3)
    assert next(one for one in told if one["id"] == 3)["found"] is False
    assert next(one for one in told if one["id"] == 4)["number"] is None
