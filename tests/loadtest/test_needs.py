"""What is missing is told before anything is started, with its cure."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import BadInput
from gateway.loadtest import capture, needs, sipp
from gateway.loadtest.settings import LoadSettings
from tests.equipment import ports


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIPp and the right to listen are there."""
    monkeypatch.setattr(sipp, "check", lambda: None)
    monkeypatch.setattr(capture, "check", lambda: None)


@pytest.mark.usefixtures("here")
def test_nothing_is_missing(tmp_path: Path) -> None:
    """Of what was asked for; nothing is left of the look."""
    old = tmp_path / "old.html"
    old.write_text("of yesterday")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        there = silent.getsockname()
        needs.check(LoadSettings(address=there, json=tmp_path / "new.json", html=old))
        needs.check(LoadSettings(peer=there, json=Path("-")))
    assert [path.name for path in tmp_path.iterdir()] == ["old.html"]
    assert old.read_text() == "of yesterday"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda folder: {"json": folder / "none" / "x.json"}, "--json: '.*': No such file"),
        (lambda folder: {"html": folder}, "--html: '.*': Is a directory"),
        (lambda _: {"address": ("127.0.0.1", ports.free_port())}, "--to: .*nobody listens there"),
        (lambda _: {"peer": ("127.0.0.1", ports.free_port())}, "--peer: .*nobody listens there"),
        (lambda _: {"pin": True}, "--pin: leave it out"),
        (lambda _: {"tls": True}, "openssl: 'not found'"),
    ],
)
def test_what_is_missing(
    asked: Callable[[Path], dict[str, Any]], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine of one core, without openssl."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BadInput, match=said):
        needs.check(LoadSettings(**asked(tmp_path)))
