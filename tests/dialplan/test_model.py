"""All keys of a plan file."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from gateway.attribute_docs import described
from gateway.dialplan import faults
from gateway.dialplan.model import Inline, NoDetection, Plan, SemanticVad, ServerVad


def all_models() -> set[type[BaseModel]]:
    """Every mapping that a plan file may have."""
    found: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [Plan, ServerVad, SemanticVad, NoDetection, Inline]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [
                m for field in model.model_fields.values() for m in faults.models_in(field.annotation)
            ]
    return found


@pytest.mark.parametrize("model", sorted(all_models(), key=lambda m: m.__name__))
def test_every_key_is_documented_with_its_default(model: type[BaseModel]) -> None:
    """The model is the one place where a key is described; what is required says so."""
    for name, field in model.model_fields.items():
        if (model, name) == (Plan, "name"):
            continue
        description = " ".join(described(model, name).split())
        assert description.endswith("."), f"{model.__name__}.{name}"
        if field.is_required() and name != "type":
            assert "Required." in description, f"{model.__name__}.{name}"
        elif isinstance(field.default, (int, float)) and field.default is not None:
            shown = str(field.default).lower()
            assert f"Default: {shown}" in description, f"{model.__name__}.{name}"
