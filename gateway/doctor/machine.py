"""The machine: descriptors, disk, clock, the priority of its audio."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

from gateway.doctor.finding import Finding, fine, look, wrong
from gateway.node.settings import Settings

DESCRIPTORS_A_CALL = 5
"""Two for audio, one for its session, and room for a second session and a connection."""
DESCRIPTORS_BESIDE = 200
LITTLE_FREE = 2 * 1024**3
"""Bytes below which a disk is worth a look; a call leaves a few kilobytes."""
NO_FREE = 200 * 1024**2
TIME_ERROR = 5
"""What adjtimex(2) returns for a clock that nobody sets: TIME_ERROR."""


def look_at_machine(settings: Settings) -> Iterator[Finding]:
    """Look at all of it."""
    yield _descriptors(settings)
    yield from _disks(settings)
    yield _clock()
    yield _priority()


def _descriptors(settings: Settings) -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.max_calls * DESCRIPTORS_A_CALL + DESCRIPTORS_BESIDE
    found = f"{soft} descriptors, {needed} for {settings.max_calls} calls"
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return fine("descriptors", found)
    most = max(1, (soft - DESCRIPTORS_BESIDE) // DESCRIPTORS_A_CALL)
    how = "LimitNOFILE=65536 in the unit, or `ulimit -n 65536` before it"
    more = "" if hard == resource.RLIM_INFINITY or hard >= needed else f" (the hard limit is {hard}: as root)"
    return wrong("descriptors", found, f"{how}{more}; or set max_calls: {most}")


def _disks(settings: Settings) -> Iterator[Finding]:
    database = settings.records.database
    spool = None if database is None else settings.records.spool
    places = {
        "records": database.parent if isinstance(database, Path) else spool,
        "recordings": settings.recording.folder,
        "SIP messages": settings.sip_messages,
        "the journal": settings.journal and settings.journal.parent,
    }
    seen: set[int] = set()
    for what, folder in places.items():
        if folder is None:
            continue
        there = _nearest(folder)
        if (device := there.stat().st_dev) in seen:
            continue
        seen.add(device)
        yield _disk(what, there)


def _disk(what: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    found = f"{free / 1024**3:.1f} GB free for {what} in {folder.resolve()}"
    cure = "make room, or set records.keep lower; calls go on without a record when it is full"
    if free < NO_FREE:
        return wrong("disk", found, cure)
    return look("disk", found, cure) if free < LITTLE_FREE else fine("disk", found)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _clock() -> Finding:
    state = _adjtimex()
    if state == TIME_ERROR:
        cure = "set it by NTP: apt-get install systemd-timesyncd (opening hours and certificates go by it)"
        return look("clock", "nobody sets it", cure)
    return fine("clock", "set by NTP" if state is not None else "cannot be asked here")


def _adjtimex() -> int | None:
    """Return the state of the kernel's clock; None where it does not tell."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        state = library.adjtimex(ctypes.byref(ctypes.create_string_buffer(512)))
    except (OSError, AttributeError):
        return None
    return int(state) if state >= 0 else None


def _priority() -> Finding:
    soft, _hard = resource.getrlimit(resource.RLIMIT_RTPRIO)
    if os.geteuid() == 0 or soft > 0:
        return fine("audio priority", "the clock of the audio may be put first")
    cure = "LimitRTPRIO=60 in the unit (deploy/systemd), or cap_add: [SYS_NICE] in a container"
    return look("audio priority", "the clock of the audio has to share with everything else", cure)
