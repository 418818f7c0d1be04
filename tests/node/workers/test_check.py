"""Whether the settings do for several workers."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.node.settings import Settings
from gateway.node.workers.check import findings
from gateway.sip.trunk_keys import TrunkKeys

REGISTERS = TrunkKeys.model_validate(
    {"register": {"registrar": "sip.example.com", "user": "a", "password": "${P}"}}
)


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"workers": 3}, []),
        ({"workers": 1, "sip": "127.0.0.1:0"}, []),
        ({"workers": 2, "sip": "127.0.0.1:0"}, [("sip",)]),
        ({"workers": 8, "rtp": "10000-10007"}, [("rtp",)]),
        ({"workers": 2, "trunks": {"carrier": REGISTERS}}, [("trunks", "carrier", "register")]),
    ],
)
def test_what_is_told(given: dict[str, Any], keys: list[tuple[str, ...]]) -> None:
    """With its place: what one process could have may not do for several."""
    assert [key for key, _, _, _ in findings(Settings(**given))] == keys
