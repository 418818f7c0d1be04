"""One small load test for real, for all tests that look at its results."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.loadtest import command
from gateway.loadtest.settings import LoadSettings
from tests.sipp import runner

CALLS = 3
"""As many as the portable plane carries, and one spare."""


@dataclass(frozen=True)
class Done:
    """What it left."""

    code: int
    json: dict[str, Any]
    page: str
    folder: Path

    def figure(self, key: str) -> Any:
        """A figure's value."""
        return self.json["steps"][0]["figures"][key]["value"]


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Three calls that talk for ten seconds."""
    possible()
    folder = tmp_path_factory.mktemp("loadtest")
    data, html, kept = folder / "figures.json", folder / "page.html", folder / "kept"
    settings = LoadSettings(calls=CALLS, rate=10, duration=10, json=data, html=html, keep=kept)
    code = command.run(settings)
    return Done(code, json.loads(data.read_bytes()), html.read_text(encoding="utf-8"), kept)


def possible() -> None:
    """Skip where there is no SIPp, or where we may not listen."""
    if not runner.available():
        pytest.skip("SIPp is not installed (Debian: sip-tester)")
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except (PermissionError, AttributeError):
        pytest.skip("listening to packets needs root on Linux")
