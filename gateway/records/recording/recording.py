"""One call's recording: the taps that hear it, the file that it goes to, and what became of it.

Made and steered on the event loop; `drain` and `end` are for the writer's thread. A pause closes the tap and
going on opens another: nothing that was said meanwhile is ever read, and none of it can reach the file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from gateway.call import LegTap
from gateway.records.call_record import NOTHING_WRITTEN
from gateway.records.recording.sound_file import SoundFile, Storage
from gateway.records.recording.track import Piece, Track

Told = dict[str, Any]
"""What the call's record says of its recording."""


@dataclass(slots=True)
class _Source:
    """A tap; `lost` is what it was known to have lost."""

    tap: LegTap
    closed: bool = False
    lost: int = 0


@dataclass(slots=True)
class Drained:
    """What was there to be written, and why it could not be, if so."""

    pieces: int = 0
    trouble: OSError | None = None


class TapRecording:
    """`name` is that of its file in `storage`; it began `began_ms` after the INVITE."""

    def __init__(self, tap: LegTap, storage: Storage, name: str, began_ms: int, consent: str) -> None:
        self._sources = deque((_Source(tap),))
        self._storage = storage
        self._name = name
        self._file: SoundFile | None = None
        self._track = Track()
        self._told: Told = {"file": name, "began_ms": began_ms, "consent": consent}
        self.paused = False
        self.over = False
        """Nothing more will be heard."""
        self.on_end: Callable[[Told], None] | None = None
        """Told in the writer's thread what became of it."""

    @property
    def told(self) -> Told:
        """What is known of it so far."""
        track = self._track
        seconds = round(track.ticks * 0.02, 2)
        return {**self._told, "rate": track.rate, "seconds": seconds, "gaps": [asdict(g) for g in track.gaps]}

    @property
    def begun(self) -> Told:
        """What was known of it when it began."""
        return dict(self._told)

    # --- the event loop ------------------------------------------------------------------------------

    def pause(self) -> None:
        """Hear no more until it goes on; the pause is silence in the file."""
        self.paused = True
        self._close_tap()

    def resume(self, tap: LegTap) -> None:
        """Go on, with another tap of the same leg."""
        self.paused = False
        self._sources.append(_Source(tap))

    def stop(self, on_end: Callable[[Told], None]) -> None:
        """Hear no more; `on_end` is told what became of it when all is written, in the writer's thread."""
        self.on_end = on_end
        self._close_tap()
        self.over = True

    def _close_tap(self) -> None:
        last = self._sources[-1]
        last.tap.close()
        last.closed = True

    # --- the writer's thread -------------------------------------------------------------------------

    def drain(self) -> Drained:
        """Write what was heard by now."""
        drained = Drained()
        why = "not_heard"
        while True:
            source = self._sources[0]
            closed = source.closed  # before the last of it is read
            blocks = source.tap.read()
            lost, source.lost = source.tap.lost - source.lost, source.tap.lost
            for block in blocks:
                for piece in self._track.take(block, missing="late" if lost else why):
                    self._put(piece, drained)
                lost, why = 0, "not_heard"
            if not closed or len(self._sources) == 1:
                break
            self._sources.popleft()
            why = "paused"
        if drained.pieces and self._file is not None:
            try:
                self._file.settle()
            except OSError as error:
                drained.trouble = error
        return drained

    def end(self) -> bool:
        """Close the file and tell whoever waits for it; return False if somebody has deleted it meanwhile."""
        deleted = False
        if self._file is None:
            self._told[NOTHING_WRITTEN] = True
        else:
            try:
                self._file.close(self._track.frames)
            except OSError:
                self._told["unfinished"] = True
            self._file = None
            if deleted := not self._storage.has(self._name):
                self._told[NOTHING_WRITTEN] = True
        if self.on_end is not None:
            self.on_end(self.told)
        return not deleted

    def _put(self, piece: Piece, drained: Drained) -> None:
        drained.pieces += 1
        try:
            if self._file is None:
                self._file = self._storage.open(self._name, self._track.rate)
            self._file.write(piece.frame, piece.pcm)
        except OSError as error:
            self._track.unwritten(piece)
            drained.trouble = error
