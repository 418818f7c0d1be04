"""`gateway loadtest`, before it rings."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loadtest import command
from gateway.loadtest.settings import LoadSettings
from tests.cli.conftest import Run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[LoadSettings]:
    """What load tests were asked for; nobody is rung."""
    asked: list[LoadSettings] = []

    def run(settings: LoadSettings) -> int:
        asked.append(settings)
        return 0

    monkeypatch.setattr(command, "run", run)
    return asked


def test_what_is_not_given_is_as_in_the_settings(gateway: Run, asked: list[LoadSettings]) -> None:
    """Defaults stand there, once."""
    assert gateway("loadtest").code == 0
    assert asked == [LoadSettings()]


def test_options_reach_the_load_test(gateway: Run, asked: list[LoadSettings], tmp_path: Path) -> None:
    """Each in its type."""
    page = tmp_path / "page.html"
    options = ("--calls", "8", "--rate", "0.5", "--hold", "3", "--ramp", "--html", str(page))
    assert gateway("loadtest", *options, "--to", "127.0.0.1:5099", "--command", "nice gateway").code == 0
    there, command = ("127.0.0.1", 5099), ("nice", "gateway")
    given = LoadSettings(calls=8, rate=0.5, hold=3, ramp=True, html=page, address=there, command=command)
    assert asked == [given]


@pytest.mark.parametrize(
    ("mistake", "code"), [(("--to", "here"), 2), (("--calls", "5000"), 1), (("--scenario", "dance"), 1)]
)
def test_a_mistake_is_told_with_its_option(
    gateway: Run, asked: list[LoadSettings], mistake: tuple[str, str], code: int
) -> None:
    """Nobody is rung for it."""
    told = gateway("loadtest", *mistake)
    assert told.code == code
    assert mistake[0] in told.err or "HOST:PORT" in told.err
    assert asked == []
