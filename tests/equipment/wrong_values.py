"""Every key of a file with every kind of wrong value, and what no message about them may say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from gateway.dialplan import faults

VALUES: tuple[object, ...] = (
    "text",
    "",
    "\u00fc\n x",
    "${NOT_SET}",
    "${",
    5,
    -1,
    3.5,
    10**20,
    True,
    None,
    ["a", 1],
    [],
    [[1]],
    [{"a": 1}],
    {"a": "b"},
    {"type": "x"},
    {},
)
"""Right for some keys; for most the wrong type, size or form."""
JARGON = re.compile(
    r"pydantic|Input|instance|<class|None|validation|\bdict\b|\btuple\b|\bstr\b|\bint\b|valid |frozenset"
    r"|function-|tagged|Decimal|ValueError|Traceback|datetime"
)
"""Words of libraries and of Python, which say nothing to whoever writes a file."""
DEEPEST = 3


def keys(root: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    """Return the path of every key under a file's top; `x` names an entry of a free mapping."""
    seen: set[tuple[type[BaseModel], type[BaseModel]]] = set()

    def under(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for name, field in model.model_fields.items():
            here = (*path, field.alias or name)
            yield here
            free = ("x",) if re.search("[Mm]apping|dict", str(field.annotation)) else ()
            for inner in faults.models_in(field.annotation):
                if len(path) < DEEPEST and (model, inner) not in seen:
                    seen.add((model, inner))
                    yield from under(inner, (*here, *free))

    return under(root, ())


def written(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """Return the file's mapping in which this key has this value."""
    data: Any = value
    for key in reversed(path):
        data = {key: data}
    assert isinstance(data, dict)
    return data
