"""The edge's settings."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.node.edge_settings import EdgeSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"listen": "127.0.0.1:0"},
        {"listen": "0.0.0.0:5060"},
        {"listen_tls": "[::]:5061"},
        {"nodes": ["10.0.0.2"]},
        {"flood_requests": 1},
        {"listens": ""},
    ],
)
def test_what_cannot_be_meant(wrong: dict[str, Any]) -> None:
    """Is refused."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EdgeSettings.model_validate(wrong)
