"""numpy and soxr, loaded when something is first asked of them.

They take 80 ms and 14 MB, and most calls have no use for them: in native mode their sound is C++'s. What a
call does need them for has them loaded in a thread (`load_soon`), some time before.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import soxr


class _Later:
    """A module that is loaded for the first attribute that is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(importlib.import_module(self._name), attribute)
        setattr(self, attribute, found)  # the next time it is found here
        return found


if not TYPE_CHECKING:
    np, soxr = _Later("numpy"), _Later("soxr")


def load_soon() -> None:
    """Load them in a thread of their own, once."""
    if not _asked.is_set():
        _asked.set()
        threading.Thread(target=importlib.import_module, args=("numpy",), name="arrays", daemon=True).start()


_asked = threading.Event()

__all__ = ["load_soon", "np", "soxr"]
