"""Being a user who may not do everything, where the tests are root's: permissions hold for nobody else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """Make a folder into which everybody may look; what pytest makes is its user's alone."""
    with tempfile.TemporaryDirectory(prefix="somebody-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def somebody() -> Iterator[None]:
    """Give up what only root may do, as long as the block lasts."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
