"""How a command ends that only prints."""

from __future__ import annotations

import sys
from typing import NoReturn


def finish(outcome: tuple[str, int]) -> NoReturn:
    """Print what a command has found, and end with its exit code."""
    text, code = outcome
    sys.stdout.write(text + "\n")
    raise SystemExit(code)
