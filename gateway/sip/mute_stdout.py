"""Keeps PJSIP's greeting off the terminal: it logs to standard output before its log can be configured."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

STDOUT = 1


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send the process' standard output to nowhere for a moment. Nothing else may print meanwhile."""
    libc = ctypes.CDLL(None)
    libc.fflush(None)
    kept = os.dup(STDOUT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDOUT)
    try:
        yield
    finally:
        libc.fflush(None)  # C buffers of its own: they must be empty before the terminal is back
        os.dup2(kept, STDOUT)
        os.close(kept)
        os.close(nowhere)
