"""Permissions hold, and afterwards everything is as before."""

from __future__ import annotations

import os

import pytest

from tests.equipment.somebody import folder_for_all, somebody


def test_permissions_hold() -> None:
    """Neither is a file read that nobody may read, nor one written."""
    before = os.getresuid()
    with folder_for_all() as folder:
        locked = folder / "locked"
        locked.touch(mode=0)
        with somebody():
            with pytest.raises(PermissionError):
                locked.read_bytes()
            assert not os.access(locked, os.W_OK)
    assert os.getresuid() == before
