"""Orders: values that nobody can alter on their way."""

from __future__ import annotations

import dataclasses
from typing import get_args

from gateway.call import Order


def test_no_order_can_be_changed() -> None:
    """Orders are handed to listeners as they are carried out."""
    kinds = get_args(Order)
    assert all(dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen for kind in kinds)  # type: ignore[attr-defined]
