"""Every SIP message that comes or goes, a JSON line each, a file a day: for finding out why a call failed.

Off by default: who called whom is in them. What proves who somebody is (Authorization) is left out. Messages
are copied in C++ and taken every few seconds by the SIP thread, which touches no file: a thread of their own
opens, writes and deletes those, so that a slow or full disk costs lines.
"""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import structlog

from gateway.background_writer import BackgroundWriter

log = structlog.get_logger(__name__)

Message = tuple[float, bool, str, str, bytes]
"""Unix seconds, whether it came in, transport, peer, text."""
Taken = tuple[list[Message], int]
"""Messages, and how many were lost before them."""

_SECRET = re.compile(rb"(?im)^((?:proxy-)?authorization[ \t]*:)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_KEY = re.compile(rb"(?im)^(a=crypto:[^\r\n]*inline:)[^\s|\r\n]+")
_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*([^\s]+)")


def file_of(folder: Path, day: date) -> Path:
    """Return the file of a day, UTC."""
    return folder / f"sip-{day.isoformat()}.jsonl"


MOST_WAITING = 50_000
"""Messages that may wait for a disk: some 50 MB."""
CLOSE_WITHIN_S = 3.0
"""Seconds that the end waits for what was not written yet."""


class SipMessageLog:
    """Writes what `take` gives whenever it is looked at. `keep`: files older than that are deleted."""

    def __init__(self, take: Callable[[], Taken], folder: Path, keep: timedelta | None) -> None:
        self._take = take
        self._waiting: deque[Message] = deque()
        self._lost = 0
        self._closing = False
        self._changed = threading.Condition()
        self._files = _DayFiles(folder, keep)
        # Begun here and not with the first message: at the end of a process no thread begins any more.
        self._thread = threading.Thread(target=self._work, name="sip-messages", daemon=True)
        self._thread.start()

    def look(self, _now: float) -> None:
        """Take what came and went since the last look; returns at once."""
        messages, lost = self._take()
        if lost:
            log.warning("sip.messages_lost", messages=lost)
        if not messages and not lost:
            return
        with self._changed:
            taken = messages[: max(0, MOST_WAITING - len(self._waiting))]
            self._lost += lost + len(messages) - len(taken)
            self._waiting.extend(taken)
            self._changed.notify_all()

    def close(self) -> None:
        """Write the last of it if that is done in time. Idempotent."""
        if self._closing:
            return
        self.look(0.0)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(CLOSE_WITHIN_S)

    def _work(self) -> None:
        """Write until the end; in the thread."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._lost or self._closing)
                messages, lost = list(self._waiting), self._lost
                self._waiting.clear()
                self._lost = 0
                if not messages and not lost:
                    break
            try:
                self._files.write(messages, lost)
            except Exception:  # a bug costs these lines
                log.exception("sip.messages_broke")
        self._files.close()


class _DayFiles:
    """The files, one a day; for one thread."""

    def __init__(self, folder: Path, keep: timedelta | None) -> None:
        self._folder = folder
        self._keep = keep
        self._day: date | None = None
        self._writer: BackgroundWriter | None = None

    def write(self, messages: list[Message], lost: int) -> None:
        """Write messages, each into the file of its day, and how many were lost before them."""
        for at, came_in, transport, peer, text in messages:
            moment = datetime.fromtimestamp(at, UTC)
            if (writer := self._of(moment.date())) is None:
                continue
            if lost:
                writer.write(_lost(lost))
                lost = 0
            writer.write(line(moment, text, came_in=came_in, transport=transport, peer=peer))
        if lost and self._writer is not None:
            self._writer.write(_lost(lost))

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _of(self, day: date) -> BackgroundWriter | None:
        """Return who writes the file of this day; None if it cannot be had, which is said once a day."""
        if day == self._day:
            return self._writer
        self.close()
        self._day = day
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
