"""The settings of rtpengine."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.node.media_relay_settings import MediaRelaySettings

PUBLIC = {"public": "192.0.2.1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"public": "edge.example.com"},
        {**PUBLIC, "ports": "40000-30000"},
        {**PUBLIC, "control": []},
        {**PUBLIC, "control": ["localhost:2223"]},
        {**PUBLIC, "control": ["127.0.0.1:0"]},
        {**PUBLIC, "when_away": "wait"},
        {**PUBLIC, "srtp": "off"},
        {**PUBLIC, "kernel_table": 64},
        {**PUBLIC, "table": 0},
    ],
)
def test_what_cannot_be_meant(wrong: dict[str, Any]) -> None:
    """Is refused."""
    with pytest.raises(ValueError, match=list(wrong)[-1]):
        MediaRelaySettings.model_validate(wrong)
