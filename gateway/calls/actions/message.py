"""A message that a caller leaves: over after a silence, at `#`, or when the caller hangs up."""

from __future__ import annotations

import asyncio
import os
import wave
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from gateway.arrays import np
from gateway.call import LegTap, MessageLeft, TapBlock
from gateway.calls.call import Call
from gateway.dialplan.model import Messages
from gateway.private_folder import make_private

log = structlog.get_logger(__name__)

LOOK_S = 0.2
"""Between two looks at what was said."""
VOICE_RMS = 200.0
"""Of 16 bit, some -44 dBFS: what is louder is no silence of a line."""
RATE = 8000
"""Samples a second of the file: what a telephone carries."""


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """What was left: nothing where nobody spoke."""

    file: Path | None
    seconds: float


class MessageSound:
    """The caller's side of a tap, as it grows. Pure but for the tap."""

    def __init__(self, tap: LegTap) -> None:
        self._tap = tap
        self._pieces: list[bytes] = []
        self._spoken = 0.0
        self.seconds = 0.0
        self.silent_s = 0.0
        """Since something was heard last, or since the beginning."""

    def listen(self) -> None:
        """Take what was said since the last time."""
        for block in self._tap.read():
            self._take(block)

    @property
    def spoken(self) -> bool:
        """Whether anything was said."""
        return self._spoken > 0

    def sound(self) -> bytes:
        """Return it as PCM16LE mono at `RATE`, without the silence that ended it."""
        whole = b"".join(self._pieces)
        return whole[: 2 * round(self._spoken * RATE)]

    def _take(self, block: TapBlock) -> None:
        caller = np.frombuffer(block.pcm, "<i2")[::2]
        step = max(1, block.rate // RATE)
        whole = len(caller) // step * step
        mono = caller[:whole].reshape(-1, step).mean(axis=1) if step > 1 else caller
        self._pieces.append(mono.astype("<i2").tobytes())
        length = len(mono) / RATE
        self.seconds += length
        if len(mono) and float(np.sqrt(np.mean(mono.astype(np.float64) ** 2))) > VOICE_RMS:
            self.silent_s, self._spoken = 0.0, self.seconds
        else:
            self.silent_s += length


async def record(call: Call, rules: Messages, done: asyncio.Event) -> LeftMessage:
    """Record the caller until that is over, `done` is set, or they have left. Raises MediaError."""
    tap = call.leg.tap()
    recording = MessageSound(tap)
    longest, silence = rules.longest.total_seconds(), rules.silence.total_seconds()
    try:
        while not (
            done.is_set() or recording.seconds >= longest or recording.silent_s >= silence or call.over
        ):
            await asyncio.sleep(LOOK_S)
            recording.listen()
    finally:
        tap.close()
        recording.listen()
        # Also of a caller who hangs up: whoever waits for this is cancelled then.
        left = await asyncio.shield(asyncio.to_thread(_keep, recording, Path(rules.folder), call.info.id))
        log.info("message.left", call=call.info.id, file=str(left.file or ""), seconds=round(left.seconds, 1))
        if left.file is not None:
            told = MessageLeft(str(left.file.absolute()), round(left.seconds, 1))
            call.notify(told, asyncio.get_running_loop().time())
    return left


def _keep(recording: MessageSound, folder: Path, call_id: str) -> LeftMessage:
    """Write it, for nobody but ourselves to read; what cannot be written is said in the log."""
    sound = recording.sound()
    seconds = len(sound) / 2 / RATE
    if not recording.spoken:
        return LeftMessage(None, 0.0)
    file = folder / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}-{call_id}.wav"
    try:
        make_private(folder)
        own = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(own, "wb") as raw, wave.open(raw, "wb") as out:
            out.setparams((1, 2, RATE, 0, "NONE", ""))
            out.writeframes(sound)
    except OSError as error:
        log.error("message.not_kept", call=call_id, file=str(file), error=error.strerror or str(error))
        return LeftMessage(None, seconds)
    return LeftMessage(file, seconds)
