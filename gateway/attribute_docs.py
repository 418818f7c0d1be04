"""What the docstrings behind a class's attributes say, read when somebody asks.

pydantic reads them for each model as it is made (`use_attribute_docstrings`), which takes a tenth of the time
in which a gateway starts. It needs them for its help, for schemas and for mistakes in files alone.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise


def described(model: type[object], name: str) -> str:
    """Return what is said of an attribute; "" for nothing."""
    said = (_module(one.__module__).get(one.__qualname__, {}).get(name) for one in model.__mro__)
    return next(filter(None, said), "")


@cache
def _module(name: str) -> dict[str, dict[str, str]]:
    """Return what the classes of a module say of their attributes."""
    module = sys.modules.get(name)
    try:
        source = "" if module is None else inspect.getsource(module)
    except (OSError, TypeError):  # a builtin, or what has no source here
        source = ""
    return dict(_classes(ast.parse(source).body, ""))


def _classes(body: list[ast.stmt], above: str) -> Iterator[tuple[str, dict[str, str]]]:
    for one in body:
        if isinstance(one, ast.ClassDef):
            yield f"{above}{one.name}", dict(_attributes(one.body))
            yield from _classes(one.body, f"{above}{one.name}.")


def _attributes(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for attribute, behind in pairwise(body):
        match attribute, behind:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
            case _:
                pass
