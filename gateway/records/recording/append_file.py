"""A file that only grows, and stays whole where a disk was full in the middle of a write."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol


class Appended(Protocol):
    """Takes bytes, one after the other, for one thread."""

    def write(self, data: bytes) -> None:
        """Take more, which waits where there is no room for it. Settle before: what waits has no bound."""

    def settle(self) -> None:
        """Write what waits. Raises OSError as long as it cannot be written."""

    def close(self) -> None:
        """End it. Closes it in any case; raises OSError if its end is missing."""


class AppendFile:
    """One file, made new, which only its owner may read. Keeps the contract of `Appended`."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._waiting = b""

    def write(self, data: bytes) -> None:
        """See `Appended`."""
        self._waiting += data
        with suppress(OSError):
            self.settle()

    def settle(self) -> None:
        """See `Appended`."""
        while self._waiting:
            self._waiting = self._waiting[os.write(self._file, self._waiting) :]

    def close(self) -> None:
        """See `Appended`."""
        try:
            self.settle()
        finally:
            os.close(self._file)
