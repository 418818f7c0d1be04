"""Folders of what is nobody else's business: recordings, records, keys."""

from __future__ import annotations

from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder and those that it lies in, as far as they are not there, for their owner alone (0700).

    `Path.mkdir` with `parents` makes only the last one so. Raises OSError.
    """
    missing = [one for one in (folder, *folder.parents) if not one.is_dir()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
