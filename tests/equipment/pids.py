"""Processes that are not our children: waiting for their end."""

from __future__ import annotations

import asyncio
import os

from tests.equipment import patience


async def gone(pid: int, patient_seconds: float = 10) -> None:
    """Wait until a process has ended; TimeoutError if it stays."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(fd, ended.set)  # a pidfd is readable once its process has ended, be it a zombie
    try:
        async with patience.within(patient_seconds):
            await ended.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)
