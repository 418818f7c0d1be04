"""`gateway browser`, which the gateway starts by itself."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_it_is_not_among_the_commands(gateway: Run) -> None:
    """People have no use for it; it says what it is for."""
    assert " browser " not in gateway("--help").out
    assert "for the gateway itself" in gateway("browser", "--help").out
