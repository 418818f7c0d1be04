"""The thread that writes all recordings of a process: nobody who serves a call waits for a disk.

It goes round all recordings three times a second, a few at a time, so that it never takes the interpreter
from the calls for long. A disk that is slow or full costs sound, which is told once, and never a call; memory
is bounded by what a tap holds.
"""

from __future__ import annotations

import threading
from collections import deque

import structlog

from gateway.call import LegTap
from gateway.records.recording.recording import TapRecording
from gateway.records.recording.sound_file import Storage

log = structlog.get_logger(__name__)

ROUND_S = 0.3
"""Seconds in which each recording is written once: what is lost when the process is killed."""
STEPS = 10
"""Parts of a round."""
TAP_SECONDS = 5.0
"""What each recording's tap holds: a disk may be late by so much. 160 KB of a telephone's."""
CLOSE_WITHIN_S = 5.0


class RecordingWriter:
    """Writes into `storage`, until `close`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._recordings: deque[TapRecording] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._troubled = False
        self._thread = threading.Thread(target=self._work, name="recordings", daemon=True)
        self._thread.start()

    def begin(self, tap: LegTap, stem: str, began_ms: int, consent: str) -> TapRecording:
        """Record what a tap hears into a file of this name, but for its ending; returns at once."""
        recording = TapRecording(tap, self._storage, self._storage.name(stem), began_ms, consent)
        with self._changed:
            self._recordings.append(recording)
            self._changed.notify_all()
        return recording

    def close(self, seconds: float = CLOSE_WITHIN_S) -> None:
        """Write what is left if that is done in time, and end. Idempotent."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds)

    # --- the writer's thread -------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._recordings or self._closing)
                self._changed.wait_for(lambda: self._closing, ROUND_S / STEPS)
                count = len(self._recordings) if self._closing else -(-len(self._recordings) // STEPS)
                batch = [self._recordings.popleft() for _ in range(count)]
                if self._closing and not batch:
                    return
            going_on = [one for one in batch if not self._written(one)]
            with self._changed:
                self._recordings.extend(going_on if not self._closing else ())

    def _written(self, recording: TapRecording) -> bool:
        """Write one; return whether it is over. Whatever goes wrong in one costs no other."""
        over = recording.over or self._closing
        try:
            drained = recording.drain()
            if over and not recording.end():
                log.error("recording.unwritable", error=f"{recording.told['file']} was deleted meanwhile")
        except Exception:  # a bug costs one recording
            log.exception("recording.broke")
            return True
        if drained.pieces:
            self._tell(drained.trouble)
        return over

    def _tell(self, trouble: OSError | None) -> None:
        """Say once that a disk takes no sound, and that it does again."""
        if trouble is not None and not self._troubled:
            log.error("recording.unwritable", error=str(trouble))
        elif trouble is None and self._troubled:
            log.warning("recording.written_again")
        self._troubled = trouble is not None
