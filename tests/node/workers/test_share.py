"""What each of several workers has of the settings."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import BadInput
from gateway.node.addresses import port_range
from gateway.node.settings import Settings
from gateway.node.workers.share import share


def test_nothing_is_given_twice() -> None:
    """Ports, sockets and journals are each worker's own; calls are divided; the rest is the same."""
    settings = Settings(
        sip="127.0.0.1:5070", sip_tls="[::1]:5081", rtp="10001-10020", max_calls=10, journal=Path("j.jsonl")
    )
    parts = [share(settings, number, 3) for number in range(3)]
    assert [part.sip for part in parts] == ["127.0.0.1:5070", "127.0.0.1:5071", "127.0.0.1:5072"]
    assert [part.sip_tls for part in parts] == ["[::1]:5081", "[::1]:5082", "[::1]:5083"]
    assert [part.rtp for part in parts] == ["10002-10007", "10008-10013", "10014-10019"]
    assert [part.max_calls for part in parts] == [4, 4, 4]
    assert [str(part.control) for part in parts] == [f"var/control-{number}.sock" for number in range(3)]
    assert [str(part.journal) for part in parts] == [f"j-{number}.jsonl" for number in range(3)]
    assert {(part.api, part.local, part.workers, part.records.database) for part in parts} == {
        (None, False, "1", settings.records.database)
    }


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 64])
def test_whole_pairs_of_ports(workers: int) -> None:
    """RTP has the even port of each; ranges do not touch, and none has fewer than the others."""
    settings = Settings(rtp="10001-20000")
    ranges = [port_range(share(settings, number, workers).rtp) for number in range(workers)]
    assert {(low % 2, high % 2) for low, high in ranges} == {(0, 1)}
    assert len({high - low for low, high in ranges}) == 1
    assert all(high < after for (_, high), (after, _) in itertools.pairwise(ranges))
    assert ranges[-1][1] <= 20000


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"sip": "127.0.0.1:0"}, "sip"),
        ({"sip": "127.0.0.1:65535"}, "sip"),
        ({"sip_tls": "127.0.0.1:0"}, "sip_tls"),
        ({"rtp": "10000-10005"}, "rtp"),
    ],
)
def test_ports_that_do_not_do(given: dict[str, Any], key: str) -> None:
    """Are named."""
    with pytest.raises(BadInput, match=key):
        share(Settings(**given), 3, 4)
