"""Keeps SIP messages, a JSON line each, a file a day: for finding out why a call failed.

Off by default: who called whom is in them. The SIP thread, which gives them, touches no file: a thread of
their own opens, writes and deletes those, so that a slow or full disk costs lines.
"""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import structlog

from gateway.background_writer import BackgroundWriter
from gateway.number_mask import masked
from gateway.private_folder import make_private
from gateway.sip.message_tap import SipMessage, Taken, cleaned

log = structlog.get_logger(__name__)

_NEEDED = re.compile(r"(?i)(?:call-id|i|via|v|cseq|content-length|l)[ \t]*:")


def file_of(folder: Path, day: date) -> Path:
    """Return the file of a day, UTC."""
    return folder / f"sip-{day.isoformat()}.jsonl"


MOST_WAITING = 50_000
"""Messages that may wait for a disk: some 50 MB."""
CLOSE_WITHIN_S = 3.0
"""Seconds that the end waits for what was not written yet."""


class SipMessageLog:
    """A `MessageSink` that writes what it is given. `keep`: files older than that are deleted.

    `masks`: of telephone numbers in a message's head only the ends are kept.
    """

    def __init__(self, folder: Path, keep: timedelta | None, *, masks: bool = False) -> None:
        self._waiting: deque[Taken] = deque()
        self._lost = 0
        self._closing = False
        self._changed = threading.Condition()
        self._files = _DayFiles(folder, keep, masks=masks)
        # Begun here and not with the first message: at the end of a process no thread begins any more.
        self._thread = threading.Thread(target=self._work, name="sip-messages", daemon=True)
        self._thread.start()

    def take(self, messages: Sequence[Taken], lost: int) -> None:
        """See `MessageSink`."""
        with self._changed:
            taken = messages[: max(0, MOST_WAITING - len(self._waiting))]
            self._lost += lost + len(messages) - len(taken)
            self._waiting.extend(taken)
            self._changed.notify_all()

    def close(self) -> None:
        """Write the last of it if that is done in time. Idempotent."""
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

    def __init__(self, folder: Path, keep: timedelta | None, *, masks: bool) -> None:
        self._masks = masks
        self._folder = folder
        self._keep = keep
        self._day: date | None = None
        self._writer: BackgroundWriter | None = None

    def write(self, messages: Sequence[Taken], lost: int) -> None:
        """Write messages, each into the file of its day, and how many were lost before them."""
        for taken in messages:
            message = cleaned(*taken)
            if (writer := self._of(datetime.fromtimestamp(message.at, UTC).date())) is None:
                continue
            if lost:
                writer.write(_lost(lost))
                lost = 0
            kept = replace(message, text=_masked(message.text)) if self._masks else message
            writer.write(line(kept))
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
            make_private(self._folder)
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


def line(message: SipMessage) -> bytes:
    """Return a message as a line."""
    told = {
        "at": datetime.fromtimestamp(message.at, UTC).isoformat(timespec="milliseconds"),
        "call_id": message.call_id,
        "in": message.came_in,
        "transport": message.transport,
        "peer": message.peer,
        "message": message.text.decode("utf-8", "replace"),
    }
    return orjson.dumps(told) + b"\n"


def _masked(message: bytes) -> bytes:
    """Return a message with the ends alone of the numbers in its head; what names its call stays."""
    head, empty_line, body = message.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    kept = "\r\n".join(one if _NEEDED.match(one) else masked(one) for one in lines)
    return kept.encode("utf-8", "surrogateescape") + empty_line + body


def _lost(lines: int) -> bytes:
    return orjson.dumps({"lost": lines}) + b"\n"
