"""`gateway serve`, before it answers: settings, and its help."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.options import variable
from gateway.node.settings import Settings
from tests.cli.conftest import Run


@pytest.mark.usefixtures("dialplans")
@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        (["--sip", "localhost"], ["command line", "sip", "HOST:PORT"]),
        (["--rtp", "1-2"], ["command line", "rtp", "LOW-HIGH"]),
        (["--max-calls", "0"], ["command line", "max_calls"]),
        (["--log-level", "loud"], ["command line", "log_level"]),
        (["--config", "nowhere.yaml"], ["nowhere.yaml", "No such file"]),
        (["--dialplans", "nowhere"], ["nowhere"]),
    ],
)
def test_a_gateway_with_a_bad_setting_does_not_begin(
    gateway: Run, arguments: list[str], places: list[str]
) -> None:
    """One line with the place, the key and the cure; code 1."""
    told = gateway("serve", *arguments)
    assert told.code == 1
    assert all(place in told.err for place in places)
    assert told.err.count("\n") == 1


def test_the_environment_is_a_place_too(
    gateway: Run, dialplans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad variable is named as it is written there; a good one is used."""
    monkeypatch.setenv("GATEWAY_SIP", "nowhere")
    assert "GATEWAY_SIP" in gateway("serve").err
    monkeypatch.delenv("GATEWAY_SIP")
    monkeypatch.setenv("GATEWAY_DIALPLANS", str(dialplans / ".." / "other"))
    assert gateway("check").code == 1


def test_every_setting_is_in_the_help_of_serve(gateway: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an option or below them; providers alone are too much for a line."""
    monkeypatch.setenv("COLUMNS", "200")
    told = gateway("serve", "--help").out
    assert [name for name in Settings.model_fields if variable(name) not in told] == ["providers"]
