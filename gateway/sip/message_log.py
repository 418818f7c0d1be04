"""Every SIP message that comes or goes, a JSON line each, a file a day: for finding out why a call failed.

Off by default: who called whom is in them. What proves who somebody is (Authorization) is left out. Messages
are copied in C++ and taken every few seconds; a thread writes them, so that a slow or full disk costs lines.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import structlog

from gateway.background_writer import BackgroundWriter

log = structlog.get_logger(__name__)

Taken = tuple[list[tuple[float, bool, str, str, bytes]], int]
"""Messages (Unix seconds, came in, transport, peer, text), and how many were lost before them."""

_SECRET = re.compile(rb"(?im)^((?:proxy-)?authorization[ \t]*:)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_KEY = re.compile(rb"(?im)^(a=crypto:[^\r\n]*inline:)[^\s|\r\n]+")
_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*([^\s]+)")


def file_of(folder: Path, day: date) -> Path:
    """Return the file of a day, UTC."""
    return folder / f"sip-{day.isoformat()}.jsonl"


class SipMessageLog:
    """Writes what `take` gives whenever it is looked at. `keep`: files older than that are deleted."""

    def __init__(self, take: Callable[[], Taken], folder: Path, keep: timedelta | None) -> None:
        self._take = take
        self._folder = folder
        self._keep = keep
        self._day: date | None = None
        self._writer: BackgroundWriter | None = None

    def look(self, _now: float) -> None:
        """Write what came and went since the last look."""
        messages, lost = self._take()
        if lost:
            log.warning("sip.messages_lost", messages=lost)
        for at, came_in, transport, peer, text in messages:
            moment = datetime.fromtimestamp(at, UTC)
            if (writer := self._of(moment.date())) is not None:
                writer.write(line(moment, text, came_in=came_in, transport=transport, peer=peer))

    def close(self) -> None:
        """Write the last of it."""
        self.look(0.0)
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _of(self, day: date) -> BackgroundWriter | None:
        """Return who writes the file of this day; None if it cannot be had, which is said once a day."""
        if day == self._day:
            return self._writer
        if self._writer is not None:
            self._writer.close()
        self._day, self._writer = day, None
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._expire(day)
            out = os.open(file_of(self._folder, day), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            log.warning("sip.messages_unwritable", folder=str(self._folder), error=error.strerror)
            return None
        try:
            self._writer = BackgroundWriter(out, _lost)
        finally:
            os.close(out)
        return self._writer

    def _expire(self, today: date) -> None:
        if self._keep is None:
            return
        oldest = file_of(self._folder, today - self._keep).name
        for file in self._folder.glob("sip-*.jsonl"):
            if file.name < oldest:
                file.unlink(missing_ok=True)


def line(at: datetime, text: bytes, *, came_in: bool, transport: str, peer: str) -> bytes:
    """Return a message as a line, without what nobody may read."""
    text = _KEY.sub(rb"\1...", _SECRET.sub(rb"\1 ...", text))
    head = text.partition(b"\r\n\r\n")[0]
    found = _CALL_ID.search(head)
    told = {
        "at": at.isoformat(timespec="milliseconds"),
        "call_id": found[1].decode("utf-8", "replace") if found else "",
        "in": came_in,
        "transport": transport,
        "peer": peer,
        "message": text.decode("utf-8", "replace"),
    }
    return orjson.dumps(told) + b"\n"


def _lost(lines: int) -> bytes:
    return orjson.dumps({"lost": lines}) + b"\n"
