"""`gateway api`, which `gateway serve` starts: tests/node/test_api_process.py."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_without_settings(gateway: Run) -> None:
    """It says what to write; and it is in nobody's way in the help."""
    told = gateway("api")
    assert (told.code, "say where (api: 127.0.0.1:8080)" in told.err) == (1, True)
    assert " api " not in gateway("--help").out
