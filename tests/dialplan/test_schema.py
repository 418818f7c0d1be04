"""The schema and the reference say what the model says, and are the ones that are committed."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.dialplan.model import Plan
from gateway.dialplan.schema import HINT, json_schema, reference

ROOT = Path(__file__).parent.parent.parent


def test_the_committed_schema_is_current() -> None:
    """Else: gateway schema > dialplans/schema.json."""
    assert json.loads((ROOT / "dialplans/schema.json").read_text()) == json_schema()


def test_the_committed_reference_is_current() -> None:
    """Else: gateway schema --markdown > docs/dialplan-keys.md."""
    assert (ROOT / "docs/dialplan-keys.md").read_text() == reference() + "\n"


def test_every_shipped_plan_points_its_editor_to_the_schema() -> None:
    """By a path that leads there."""
    files = [*(ROOT / "dialplans").glob("*.yaml"), *(ROOT / "docs/recipes").glob("*/*.yaml")]
    assert len(files) > 20
    for file in files:
        hint, _, path = file.read_text().splitlines()[0].partition("$schema=")
        assert hint + "$schema=" == HINT.removesuffix("schema.json")
        assert (file.parent / path).resolve() == ROOT / "dialplans/schema.json"


def test_the_schema_has_the_keys_of_a_file() -> None:
    """Described, without the name that a file cannot say, and closed to others."""
    schema = json_schema()
    keys = schema["properties"]
    assert set(keys) == {field.alias or name for name, field in Plan.model_fields.items()} - {"name"}
    assert all(key["description"] for key in keys.values())
    assert schema["additionalProperties"] is False
    assert schema["required"] == []
    assert keys["from"]["description"] == "Who may call. Default: everybody."
    assert "\n" not in json.dumps(schema["$defs"]["Answer"]["properties"]["when"]["description"])


def test_every_mapping_has_its_section() -> None:
    """Also those within menus and those that there are three of."""
    text = reference()
    for key in (
        "agent.turn_detection",
        "menu.prompt",
        "from",
        "limits",
        "lookup",
        "announce",
        "menu.options",
    ):
        assert f"## {key}" in text
    assert text.count("server_vad") >= 1
    assert text.count("semantic_vad") >= 1
