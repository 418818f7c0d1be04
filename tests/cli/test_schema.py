"""`gateway schema`."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.node.settings import Settings
from tests.cli.conftest import Run


def test_the_schema_is_json(gateway: Run) -> None:
    """An editor can read it; people get a table."""
    assert "agent" in json.loads(gateway("schema").out)["properties"]
    assert "agent" in gateway("schema", "--markdown").out


def test_the_committed_keys_of_a_trunk_are_current(gateway: Run) -> None:
    """Else: gateway schema --trunks > docs/trunk-keys.md."""
    committed = Path(__file__).parents[2].joinpath("docs", "trunk-keys.md").read_text(encoding="utf-8")
    assert gateway("schema", "--trunks").out == committed


def test_the_settings_are_a_table(gateway: Run) -> None:
    """For people who write gateway.yaml."""
    told = gateway("schema", "--settings")
    assert told.code == 0
    for name in Settings.model_fields:
        assert f"\n| `{name}` | " in told.out
