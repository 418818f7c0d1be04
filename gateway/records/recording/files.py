"""The files of recordings, for whoever listens to one, draws one, or deletes one."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord
from gateway.records.report.plot import RecordedSound


def path_of(folder: Path, record: CallRecord) -> Path:
    """Return the file of a call's recording. Raises BadInput where there is none, or no more."""
    told = record.recording
    if told is None:
        raise BadInput("calls", "call", record.call, "it was not recorded: `record` in its plan")
    path = _inside(folder, str(told.get("file", "")))
    if path is None or not path.is_file():
        raise BadInput("calls", "recording", str(told.get("file")), f"there is no such file in {folder}")
    return path


def read(folder: Path, record: CallRecord) -> RecordedSound:
    """Return a call's sound. Raises BadInput."""
    path = path_of(folder, record)
    try:
        with wave.open(str(path), "rb") as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(
                -1, file.getnchannels()
            )
            began_ms = int((record.recording or {}).get("began_ms", 0))
            return RecordedSound(samples[:, 0], samples[:, -1], file.getframerate(), began_ms)
    except (OSError, wave.Error, EOFError) as error:
        raise BadInput("calls", "recording", str(path), str(error)) from None


def delete(folder: Path, record: CallRecord) -> None:
    """Delete the file of a call's recording, if there is one. Raises OSError where it cannot be."""
    path = _inside(folder, str((record.recording or {}).get("file", "")))
    if path is not None and record.recording is not None:
        path.unlink(missing_ok=True)


def _inside(folder: Path, name: str) -> Path | None:
    """Return a file in the folder; a record that names another place is none of ours."""
    path = folder.resolve() / name
    return path if name and path.resolve().is_relative_to(folder.resolve()) else None
