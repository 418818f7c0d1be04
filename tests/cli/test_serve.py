"""`gateway serve`, before it answers: settings, and its help."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateway.cli.options import variable
from gateway.node.settings import Settings
from tests.cli.conftest import PLAN, Run


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


@pytest.mark.parametrize(
    ("settings", "plan", "said"),
    [
        ("", PLAN, ""),
        ("sipp: here\n", PLAN, "gateway.yaml:1:1: sipp"),
        ("journal: /nowhere/at/all\n", PLAN, "there is no folder"),
        ("", {"numbers": ["100"], "agnt": {}}, "agent.yaml:1:1: agnt"),
    ],
)
def test_whether_another_process_could_begin(
    gateway: Run, dialplans: Path, settings: str, plan: dict[str, object], said: str
) -> None:
    """A supervisor asks that before it ends a worker that answers calls."""
    Path("gateway.yaml").write_text(settings, encoding="utf-8")
    (dialplans / "agent.yaml").write_text(yaml.safe_dump(plan), encoding="utf-8")
    told = gateway("serve", "--try", "--dialplans", str(dialplans))
    assert (told.code, said in told.err) == (1 if said else 0, True)


def test_every_setting_is_in_the_help_of_serve(gateway: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an option or below them; providers alone are too much for a line."""
    monkeypatch.setenv("COLUMNS", "200")
    told = gateway("serve", "--help").out
    assert [name for name in Settings.model_fields if variable(name) not in told] == ["providers"]
