"""What the model said and heard is told of each call, by whoever knows it best."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.call import CallerStartedSpeaking, CallInfo, Party
from gateway.loadtest import said
from gateway.loadtest.said import ModelTimes
from gateway.loadtest.target import Rig
from gateway.records.journal import Journal

SECOND = 1_000_000_000


def test_the_journal_knows_where_no_server_tells(tmp_path: Path) -> None:
    """When the gateway has received `speech_started`; what was heard nobody knows then."""
    path = tmp_path / "journal"
    with Journal(path) as kept:
        kept.watch(CallInfo("a", "a@sipp", Party("1"), Party("2")))(CallerStartedSpeaking("i"), 0)
    found = said.told(Rig(("127.0.0.1", 5060), None, {}, path))
    assert [*found.speech_started] == ["a@sipp"]
    assert (found.first_sound, found.heard) == ({}, {})
    assert said.unheard(found, {"a@sipp": (0, 10 * SECOND)}) is None


def heard(*lost_ms: float) -> list[tuple[int, int]]:
    """Return what a server knows of a caller who has lost so much by the end of each second."""
    return [(at * SECOND, SECOND + round(lost * 1e6)) for at, lost in enumerate(lost_ms, 1)]


@pytest.mark.parametrize(
    ("callers", "per_cent"),
    [
        ([heard(0, 0, 0, 0, 0, 0)] * 2, 0),
        ([heard(0, 0, 0, 0, 0, 0), heard(0, 0, 0, 2000, 2000, 2000)], 25),
        ([heard(0, 0, 0, 0, 0, 0), heard(0, 0, 20, 20, 20, 20)], 0.25),
        ([heard(0, 0, 0, 0, 0, 8)] * 2, 0),
        ([heard(0, 0, 0, 0, 0, 0)], 50),
        ([heard(0, 0, 0, 0, 0, 0), heard(0, 0, 0)], 25),
        ([heard(0, 0, 0, 0, 0, 0), []], 50),
    ],
    ids=["nothing", "two seconds", "a frame", "late", "a call", "a session that ended", "a mute session"],
)
def test_what_did_not_reach_the_model(callers: list[list[tuple[int, int]]], per_cent: float) -> None:
    """Of two callers in four seconds: what got lost, not what was on its way when a second was over."""
    told = ModelTimes(heard={**dict(zip("ab", callers, strict=False)), "of an earlier step": heard(0, 0)})
    spoken = dict.fromkeys("ab", (2 * SECOND, 6 * SECOND))
    assert said.unheard(told, spoken) == pytest.approx(per_cent)
