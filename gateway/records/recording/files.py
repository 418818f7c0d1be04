"""Recordings for whoever listens to one, draws one, or deletes one: here or in object storage."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gateway.arrays import np
from gateway.call_picture import RecordedSound
from gateway.errors import BadInput
from gateway.records.call_record import MESSAGES, NOTHING_WRITTEN, CallRecord
from gateway.records.recording.sound_file import SEALED
from gateway.records.recording.wav_file import HEAD, sized
from gateway.records.settings import RecordingSettings


class RecordingFiles:
    """All recordings of a gateway. Its methods raise BadInput for what cannot be had, which says why."""

    def __init__(self, settings: RecordingSettings) -> None:
        self._settings = settings

    def copy(self, record: CallRecord, out: BinaryIO) -> bool:
        """Copy a call's recording, in clear; return False if a killed gateway left its end out."""
        name = name_of(record)
        with self._opened(name) as file:
            if not name.endswith(SEALED):
                shutil.copyfileobj(file, out)
                return True
            return self._unseal(name, file, out)

    def sound(self, record: CallRecord) -> RecordedSound:
        """Return what is heard in a call's recording."""
        told = record.recording or {}
        began_ms = int(told.get("began_ms", 0))
        clear = io.BytesIO()
        self.copy(record, clear)
        clear.seek(0)
        try:
            if suffix(record) == ".ogg":
                return RecordedSound(*_decoded(clear, int(told.get("rate", 8000))), began_ms)
            with wave.open(clear) as file:
                samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
                sides = samples.reshape(-1, file.getnchannels())
                return RecordedSound(sides[:, 0], sides[:, -1], file.getframerate(), began_ms)
        except (wave.Error, EOFError, ValueError) as error:
            raise BadInput("calls", "recording", name_of(record), str(error)) from None

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        path = inside(self._settings.folder, name)
        if path is not None and path.is_file():
            try:
                with path.open("rb") as file:
                    yield file
            except OSError as error:
                raise BadInput("calls", "recording", str(path), error.strerror or str(error)) from None
        elif path is not None and self._settings.upload is not None:
            with tempfile.TemporaryFile() as fetched:
                self._fetch(name, fetched)
                yield fetched
        else:
            cure = f"there is no such file in {self._settings.folder}"
            raise BadInput("calls", "recording", name, cure)

    def _fetch(self, name: str, into: object) -> None:
        from gateway.records.recording import object_store  # noqa: PLC0415 - obstore, only where it is used

        assert self._settings.upload is not None
        try:
            for chunk in object_store.ObjectStore(self._settings.upload).get(name):
                into.write(chunk)  # type: ignore[attr-defined]
        except object_store.StoreFault as error:
            cure = f"it is neither in {self._settings.folder} nor at {self._settings.upload.url}: {error}"
            raise BadInput("calls", "recording", name, cure) from None
        into.seek(0)  # type: ignore[attr-defined]

    def _unseal(self, name: str, file: BinaryIO, out: BinaryIO) -> bool:
        from gateway.records.recording import sealed_file  # noqa: PLC0415 - OpenSSL, only where it is used

        keys = self._settings.revealed_keys()
        try:
            opened = sealed_file.OpenedFile(file, {sealed_file.key_id(key): key for key in keys})
            pieces = opened.pieces()
            if name.removesuffix(SEALED).endswith(".wav"):
                beginning = next(pieces, b"")
                out.write(sized(beginning, opened.size) if len(beginning) >= HEAD.size else beginning)
            out.writelines(pieces)
        except sealed_file.SealedFault as fault:
            raise BadInput("calls", "recording", name, str(fault)) from None
        return opened.whole


def name_of(record: CallRecord) -> str:
    """Return the name of a call's file below the folder. Raises BadInput where there is none."""
    if record.recording is None:
        raise BadInput("calls", "call", record.call, "it was not recorded: `record` in its plan")
    if record.recording.get(NOTHING_WRITTEN):
        why = "no file could be made, or it was deleted meanwhile: see recording.unwritable in the log"
        cure = f"nothing of it was written: {why if record.recording.get('seconds') else 'the call was over'}"
        raise BadInput("calls", "recording", record.call, cure)
    return str(record.recording.get("file", ""))


def suffix(record: CallRecord) -> str:
    """Return how a copy of a call's recording is to end: `.wav` or `.ogg`. Raises BadInput."""
    return Path(name_of(record).removesuffix(SEALED)).suffix or ".wav"


def delete(folder: Path, record: CallRecord) -> None:
    """Delete the files of a call: its recording in the folder, and messages that were left in it.

    Raises OSError where one cannot be deleted.
    """
    path = inside(folder, str((record.recording or {}).get("file", "")))
    if path is not None and record.recording is not None:
        path.unlink(missing_ok=True)
    for moment in record.moments:
        left = Path(str(moment.about.get("file", "")))
        if moment.what in MESSAGES and left.name.endswith(f"-{record.call}.wav"):
            left.unlink(missing_ok=True)


def inside(folder: Path, name: str) -> Path | None:
    """Return a file in the folder; a record that names another place is none of ours."""
    path = folder.resolve() / name
    return path if name and path.resolve().is_relative_to(folder.resolve()) else None


def _decoded(file: BinaryIO, rate: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return both sides of an Ogg file, and the rate. Raises ValueError."""
    import av  # noqa: PLC0415 - FFmpeg, only where it is used

    resampler = av.AudioResampler(format="s16", layout="stereo", rate=rate)
    try:
        with av.open(file, "r") as container:
            frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    except av.FFmpegError as error:
        raise ValueError(str(error)) from None
    frames += resampler.resample(None)
    samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1).reshape(-1, 2)
    return samples[:, 0], samples[:, 1], rate
