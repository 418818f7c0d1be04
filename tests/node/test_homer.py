"""What Homer is sent of calls that are up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.call import LegState, MediaStatistics
from gateway.node import homer as module
from gateway.node.homer import Homer
from gateway.node.homer_settings import HepSettings
from tests.calls.test_registry import AGENT, house
from tests.equipment import patience
from tests.equipment.homer import Homer as Captures

OURS = "127.0.0.1:5060"
BYE = b"BYE sip:a SIP/2.0\r\nCall-ID: a@b\r\nAuthorization: Digest secret\r\n\r\n"


async def test_a_report_of_each_call_that_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every few seconds, as long as it is up."""
    monkeypatch.setattr(module, "EVERY_S", 0.05)
    with Captures() as captures:
        homer = Homer(HepSettings(to=captures.place))
        homer.place = OURS
        async with house(tmp_path, agent=AGENT) as opened:
            leg = await opened.talking("c1")
            await leg.until(lambda: leg.state is LegState.ANSWERED)
            leg.statistics = lambda: MediaStatistics(100, 3, 100, 0, 0, 0, jitter_ms=1.0)  # type: ignore[method-assign]
            async with homer.reporting(lambda: tuple(opened.worker.calls.values())):
                seen = await asyncio.to_thread(
                    captures.until, lambda found: len(found) >= 2, patience.seconds(10)
                )
        homer.sender.close()
    assert {(one.kind, one.call_id) for one in seen} == {(5, leg.info.sip_call_id)}
    assert seen[0].json["report_blocks"][0]["packets_lost"] == 3


async def test_sip_messages_with_both_their_ends() -> None:
    """From the peer to us, or from us to the peer."""
    with Captures() as captures:
        homer = Homer(HepSettings(to=captures.place))
        for came_in in (True, False):
            homer.messages.take([(1.5, came_in, "TCP", "192.0.2.1:9", OURS, BYE)], 0)
        homer.messages.close()
        came, went = await asyncio.to_thread(captures.until, lambda found: len(found) == 2)
        homer.sender.close()
    assert (came.source, came.target, came.protocol, came.kind) == ("192.0.2.1:9", OURS, 6, 1)
    assert (went.source, went.target, went.call_id) == (OURS, "192.0.2.1:9", "a@b")
    assert b"secret" not in went.payload
