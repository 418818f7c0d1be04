"""Progress is drawn on a terminal, and is one line elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from gateway.loadtest import live
from gateway.loadtest.sipp import Counts
from tests.loadtest.made import meters


def test_elsewhere_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A log is not filled with progress."""
    with live.Progress() as progress:
        progress.begin("talk, 5 calls", 30)
        for _ in range(5):
            progress.watch(Counts(5, 5), meters())
    assert capsys.readouterr().err == "talk, 5 calls: about 30 s ...\n"


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls and what each program takes."""
    out = io.StringIO()
    monkeypatch.setenv("TERM", "xterm")  # whoever runs the tests may have none that can move its cursor
    monkeypatch.setattr(live, "Console", lambda **_: Console(file=out, force_terminal=True, width=100))
    with live.Progress() as progress:
        progress.begin("talk, 5 calls", 30)
        progress.watch(Counts(made=5, up=4, failed=1), meters())
    assert "4 up, 5 made, 1 failed" in out.getvalue()
    assert "20.0 % of a core" in out.getvalue()
