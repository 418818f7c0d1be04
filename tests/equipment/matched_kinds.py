"""Which classes a piece of code has cases for, to hold them against what it says that it follows."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from textwrap import dedent
from types import ModuleType
from typing import Any


def matched_kinds(code: ModuleType | Callable[..., Any]) -> set[type]:
    """Return the classes that its `match` statements name."""
    module = inspect.getmodule(code)
    return {
        getattr(module, node.cls.id)
        for node in ast.walk(ast.parse(dedent(inspect.getsource(code))))
        if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name)
    }
