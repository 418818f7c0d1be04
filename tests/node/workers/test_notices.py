"""What workers tell their supervisor."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from gateway.node.service_manager import ServiceManager
from gateway.node.workers.notices import Notices
from tests.equipment import patience


async def test_what_is_told_is_heard(tmp_path: Path) -> None:
    """Line by line, by the words that systemd knows; the socket goes with us."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    notices = Notices(tmp_path / "one", 2.5, heard.put_nowait)
    await notices.listen()
    assert notices.environment == {"NOTIFY_SOCKET": str(tmp_path / "one"), "WATCHDOG_USEC": "2500000"}
    ServiceManager(notices.environment).ready("here")
    async with patience.within(5):
        assert [await heard.get() for _ in range(2)] == ["READY=1", "STATUS=here"]
    notices.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - it is a folder of a test
    ServiceManager(notices.environment).ready("nobody hears it")
