"""Folders for their owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.private_folder import make_private


def test_all_that_is_made_is_private(tmp_path: Path) -> None:
    """Who may not read recordings need not know of which days there are some; what was there stays."""
    tmp_path.chmod(0o755)
    folder = tmp_path / "var" / "recordings" / "2026-11-28"
    make_private(folder)
    make_private(folder)
    made = [folder, folder.parent, folder.parent.parent]
    assert [one.stat().st_mode & 0o777 for one in (*made, tmp_path)] == [0o700, 0o700, 0o700, 0o755]


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    """As whoever writes there would be told."""
    (tmp_path / "var").write_text("")
    with pytest.raises(OSError, match="var"):
        make_private(tmp_path / "var" / "spool")
