"""Whether what stands beside an edge leaves the ports of gateways alone, and lets their calls in."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.node.edge_check import findings
from gateway.node.settings import Settings
from gateway.sip.trunk_keys import TrunkKeys

SIP = {"sip": "10.0.0.1:5070"}
ENCRYPTS = TrunkKeys.model_validate({"peers": ["192.0.2.9"], "encryption": "required"})


def rtpengine(**section: object) -> dict[str, Any]:
    """Return settings of an edge with one."""
    return SIP | {"edge": {"listen": "10.0.0.1:5060", "rtpengine": {"public": "192.0.2.1", **section}}}


ENDS = rtpengine(srtp="ended")


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        (SIP, []),
        (SIP | {"edge": {"listen": "10.0.0.1:5060"}}, []),
        (rtpengine(), []),
        (rtpengine(ports="20000-29999"), ["edge.rtpengine.ports"]),
        (rtpengine(ports="5000-9999"), ["edge.rtpengine.ports"]),
        (rtpengine(control=["10.0.0.1:2223"]), ["edge.rtpengine.control"]),
        (rtpengine() | {"encryption": "required", "trunks": {"carrier": ENCRYPTS}}, []),
        (ENDS | {"encryption": "required"}, ["encryption"]),
        (ENDS | {"trunks": {"carrier": ENCRYPTS}}, ["trunks.carrier.encryption"]),
    ],
)
def test_what_is_told(given: dict[str, Any], keys: list[str]) -> None:
    """With its place and its cure."""
    assert [".".join(map(str, key)) for key, _, _, _ in findings(Settings(**given))] == keys
