"""Processes that are not our children: finding them, and waiting for their end."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.equipment import patience


def embedded(gateway: int) -> int:
    """Return the pid of the embedded agent that a gateway keeps, by the gateway's pid."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
        if parent == gateway and b"local" in command:
            return int(folder.name)
    raise LookupError(f"pid {gateway} keeps no embedded agent")


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
