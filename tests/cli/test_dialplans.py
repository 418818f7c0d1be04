"""What the commands about dialplans share."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run


@pytest.mark.parametrize("command", [("check",), ("route", "100")])
def test_the_folder_is_named_in_the_same_ways(
    gateway: Run, dialplans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """As an argument, an option, in the environment, or in the settings' file, as `serve` has it."""
    place = str(dialplans.rename(tmp_path / "elsewhere"))
    assert gateway(*command).code == 1
    for named in ((place,), ("--dialplans", place), (place, "--dialplans", place)):
        assert gateway(*command, *named).code == 0
    monkeypatch.setenv("GATEWAY_DIALPLANS", place)
    assert gateway(*command).code == 0
    assert gateway(*command, "nowhere").code == 1
    monkeypatch.delenv("GATEWAY_DIALPLANS")
    settings = tmp_path / "mine.yaml"
    settings.write_text(f"dialplans: {place}\n")
    assert gateway(*command, "--config", str(settings)).code == 0
    told = gateway(*command, place, "--dialplans", "nowhere")
    assert told.code == 1
    assert told.err.startswith("gateway: command line: --dialplans: 'nowhere': ")


def test_a_folder_that_is_not_there(gateway: Run) -> None:
    """It is named."""
    told = gateway("check", "nowhere")
    assert told.code == 1
    assert "nowhere" in told.out + told.err


@pytest.mark.parametrize(("key", "value"), [("provider", "opnai"), ("tools", ["hangup"])])
def test_names_of_providers_and_tools_are_checked(
    gateway: Run, dialplans: Path, key: str, value: object
) -> None:
    """The commands know what the gateway knows."""
    (dialplans / "agent.yaml").write_text(yaml.safe_dump({"numbers": ["100"], "agent": {key: value}}))
    assert gateway("check").code == 1


def test_the_settings_own_providers_may_be_named(gateway: Run, dialplans: Path, tmp_path: Path) -> None:
    """They stand in gateway.yaml."""
    (dialplans / "agent.yaml").write_text(yaml.safe_dump({"numbers": ["1"], "agent": {"provider": "mine"}}))
    assert gateway("check").code == 1
    (tmp_path / "gateway.yaml").write_text("providers:\n  mine:\n    url: wss://mine.example/v1\n")
    assert gateway("check").code == 0
