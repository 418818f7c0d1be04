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
    assert (found.first_sound, found.heard) == ({}, [])
    assert said.unheard(found, (0, 10 * SECOND), 1) is None


def test_what_did_not_reach_the_model() -> None:
    """Two callers of whom a second of four got lost, in the middle of the time that is looked at."""
    samples = [(at * SECOND, 48_000 * 2 * at) for at in range(3)] + [(4 * SECOND, 48_000 * 6)]
    assert said.unheard(ModelTimes(heard=samples), (0, 4 * SECOND), 2) == pytest.approx(25)
    assert said.unheard(ModelTimes(heard=samples), (0, 2 * SECOND), 2) == 0
