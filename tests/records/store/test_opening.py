"""Which database records are in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.records import store
from gateway.records.settings import place_of
from gateway.records.store.opening import errors, open_records


def test_a_server_needs_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed it is told how."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "gateway.records.store.postgres", raising=False)
    monkeypatch.delattr(store, "postgres", raising=False)
    place = place_of("postgresql://127.0.0.1:1/calls")
    with pytest.raises(BadInput, match=r"sip-voice-gateway\[postgres\]"):
        open_records(place)
    assert BadInput in errors(place)


def test_a_file_needs_nothing(tmp_path: Path) -> None:
    """It is made where it is not."""
    open_records(tmp_path / "var" / "r.db").close()
    assert (tmp_path / "var" / "r.db").exists()
