"""Whether all that listens has a port of its own."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.node.listener_check import findings
from gateway.node.settings import Settings

TWO = {"sip": "10.0.0.1:5070", "workers": 2}
EDGE = {"listen": "10.0.0.1:5060", "listen_tls": "10.0.0.1:5061"}
ALL = {"rtp": "20000-29999"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, {}),
        ({"sip": "0.0.0.0:8090"}, {"local_listen": "sip is 0.0.0.0:8090: choose another port"}),
        ({"sip": "0.0.0.0:8090", "local": False}, {}),
        ({"sip": "10.0.0.1:8090"}, {}),
        ({"sip": "0.0.0.0:5060,[::]:5060"}, {}),
        ({"sip": "[::]:8090"}, {}),
        ({"sip": "127.0.0.1:0", "local_listen": "127.0.0.1:0"}, {}),
        ({"sip": "127.0.0.1:5061", "sip_tls": "127.0.0.1:5061"}, {"sip_tls": "sip is 127.0.0.1:5061"}),
        ({"api": "127.0.0.1:8090"}, {"api.listen": "local_listen is 127.0.0.1:8090"}),
        ({"api": "localhost:8090"}, {"api.listen": "local_listen is 127.0.0.1:8090"}),
        ({"sip": "127.0.0.1:12000"}, {"rtp": "the SIP port 12000 lies in it"}),
        (ALL | TWO, {}),
        (ALL | TWO | {"sip": "127.0.0.1:8089"}, {"local_listen": "sip of worker 1 is 127.0.0.1:8090"}),
        (ALL | TWO | {"sip_tls": "10.0.0.1:5072"}, {}),
        (ALL | TWO | {"sip_tls": "0.0.0.0:5071"}, {"sip_tls": "sip of worker 1 is 10.0.0.1:5071: choose"}),
        (
            ALL | {"sip": "127.0.0.1:5070", "sip_tls": "127.0.0.1:5069", "workers": 8},
            {"sip_tls": "sip_tls of worker 1 is 127.0.0.1:5070, sip of worker 0 is 127.0.0.1:5070"},
        ),
        (ALL | TWO | {"rtp": "5071-6000"}, {"rtp": "the SIP port 5071 lies in it"}),
        (ALL | TWO | {"sip": "10.0.0.1:0"}, {}),
        (ALL | TWO | {"edge": EDGE}, {}),
        (ALL | TWO | {"edge": EDGE | {"listen": "10.0.0.1:5071"}}, {"edge.listen": "sip of worker 1 is"}),
        (ALL | TWO | {"edge": EDGE | {"listen": "192.0.2.1:5071"}}, {}),
        (ALL | TWO | {"edge": EDGE | {"listen_tls": "10.0.0.1:5060"}}, {"edge.listen_tls": "edge.listen is"}),
    ],
)
def test_what_is_told(given: dict[str, Any], said: dict[str, str]) -> None:
    """With its place, and who has it."""
    found = {".".join(key): cure for key, _, cure, _ in findings(Settings(**given))}
    assert found.keys() == said.keys()
    assert all(found[key].startswith(text) for key, text in said.items())
