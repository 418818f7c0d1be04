"""docs/architecture.md and CONTRIBUTING.md name what is there: every file and every word of theirs exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md"]
LAYERS = ROOT / "pyproject.toml"


def words() -> set[str]:
    """Return the names of all classes of the package, and of what its modules name at their top."""
    found: set[str] = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        assigned = (target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets)
        found |= {target.id for target in assigned if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_place_exists(page: Path) -> None:
    """A file or folder that a reader is sent to is there."""
    places = re.findall(r"`((?:gateway|tests|docs|deploy)/[\w./]+)`", page.read_text(encoding="utf-8"))
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_word_exists(page: Path) -> None:
    """A class or union that is named is one of ours."""
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)\b[^`]*`", page.read_text(encoding="utf-8")))
    assert named
    assert named - words() == set()


def test_the_map_is_the_contract() -> None:
    """The folders stand on the same floors as in the import contract."""
    page = PAGES[0].read_text(encoding="utf-8")
    drawn = page.partition("## The map")[2].partition("```\n")[2].partition("\n```")[0]
    floors = [set(re.findall(r"\w+", re.split(r"\s{2,}", line)[0])) for line in drawn.splitlines()]
    contract = LAYERS.read_text(encoding="utf-8").partition("layers = [")[2].partition("\n]")[0]
    layers = [set(re.findall(r"\w+", text)) for text in re.findall(r'"([^"]+)"', contract)]
    assert floors == layers
