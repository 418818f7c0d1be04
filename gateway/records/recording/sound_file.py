"""The files that recordings go to: what each kind has to do, and which one an operator has chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from gateway.private_folder import make_private
from gateway.records.recording.append_file import Appended, AppendFile
from gateway.records.recording.wav_file import WavFile, WavStream

Format = Literal["wav", "ogg"]
SEALED = ".sealed"
"""How the names of encrypted files end, behind that of their format."""


class SoundFile(Protocol):
    """A recording's file, made new. Raises OSError as long as it cannot be written."""

    def write(self, frame: int, pcm: bytes) -> None:
        """Write sound from this frame on: PCM16LE, the channels interleaved; what is before it is silence."""

    def settle(self) -> None:
        """Be whole: whoever reads the file now finds all that was written."""

    def close(self, frames: int) -> None:
        """End the file, so many frames long. Closes it in any case."""


@dataclass(frozen=True, slots=True)
class Storage:
    """How recordings are written. `key` returns the key that they are encrypted with, anew for each file.

    None: they are not encrypted.
    """

    folder: Path
    format: Format = "wav"
    key: Callable[[], bytes] | None = None

    def name(self, stem: str) -> str:
        """Return the name of a recording's file."""
        return f"{stem}.{self.format}{SEALED if self.key is not None else ''}"

    def has(self, name: str) -> bool:
        """Return whether a recording's file is there."""
        return (self.folder / name).exists()

    def open(self, name: str, rate: int) -> SoundFile:
        """Make a recording's file, and the folders it lies in. Raises OSError."""
        path = self.folder / name
        make_private(path.parent)
        if self.key is None and self.format == "wav":
            return WavFile(path, rate)
        if self.format == "wav":
            return WavStream(self._appended(path), rate)
        from gateway.records.recording.ogg_file import OggFile  # noqa: PLC0415 - FFmpeg, only where it is used

        return OggFile(self._appended(path), rate)

    def _appended(self, path: Path) -> Appended:
        if self.key is None:
            return AppendFile(path)
        from gateway.records.recording.sealed_file import SealedFile  # noqa: PLC0415 - only where it is used

        return SealedFile(path, self.key())
