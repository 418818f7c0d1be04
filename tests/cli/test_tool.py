"""`gateway tool`, and what `gateway check` shows of functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

ADD = '''
def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    Args:
        a: the first
    """
    return a + b
'''


@pytest.fixture
def with_functions(dialplans: Path) -> Path:
    """A folder of plans, one of which names a function beside it."""
    (dialplans / "tools").mkdir()
    (dialplans / "tools" / "sums.py").write_text(ADD)
    (dialplans / "agent.yaml").write_text("numbers: [100]\nagent: {tools: [hang_up, 'sums:add']}\n")
    return dialplans


@pytest.mark.usefixtures("with_functions")
def test_a_function_is_tried_and_described(gateway: Run) -> None:
    """With arguments it runs; without it is shown as a model gets it."""
    told = gateway("tool", "sums:add", "--args", '{"a": 2}')
    assert (told.code, told.out.split()[0]) == (0, "3")
    told = gateway("tool", "sums:add")
    assert '"description": "the first"' in told.out
    assert gateway("tool", "sums:add", "--args", "{}").code == 1


def test_check_shows_functions_and_finds_mistakes_in_them(gateway: Run, with_functions: Path) -> None:
    """A mistake is named with its plan and with its own file."""
    told = gateway("check")
    assert told.code == 0
    assert "sums:add(a: integer, b: integer = 1)  Add two numbers." in told.out
    (with_functions / "tools" / "sums.py").write_text("def add(a):\n    return a\n")
    told = gateway("check")
    assert told.code == 1
    assert "agent.yaml:2:26: agent.tools.1: 'sums:add': say of which type 'a' is: `a: str`" in told.out
    (with_functions / "tools" / "sums.py").write_text("import nothing_like_it\n")
    told = gateway("check")
    assert "sums cannot be imported: ModuleNotFoundError" in told.out
    assert "sums.py:1)" in told.out


def test_a_function_that_is_not_there(gateway: Run, dialplans: Path) -> None:
    """It is said where it is looked for."""
    told = gateway("tool", "nowhere:look")
    assert told.code == 1
    assert f"put nowhere.py into {dialplans.name}/tools" in told.err
