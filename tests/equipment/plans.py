"""Plans as a test needs them: written as in a file, loaded by the gateway's own loader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from gateway.dialplan import Dialplan, Plan, load


def dialplan(folder: Path, **plans: Mapping[str, object]) -> Dialplan:
    """Write plans, each by its name, and load them."""
    for name, plan in plans.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(dict(plan)), encoding="utf-8")
    return load(folder)


def plan(folder: Path, **keys: object) -> Plan:
    """Make one plan for 100; an agent unless it says something else."""
    if not {"agent", "announce", "menu", "reject", "redirect"} & keys.keys():
        keys["agent"] = {"voice": "heart"}
    return dialplan(folder, plan={"numbers": ["100"]} | keys).plans["plan"]
