"""Each caller's agent has its own tone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gateway.call import CallInfo, Party
from gateway.dialplan import Agent, Routed
from gateway.dialplan.loader import load
from gateway.loadtest import dialplan
from gateway.loadtest.settings import LoadSettings

URL = "ws://127.0.0.1:1/v1/realtime"


def _voice(folder: Path, caller: int) -> str | None:
    info = CallInfo("a", "b", Party(f"sipp-{caller}", "127.0.0.1"), Party("100", "127.0.0.1"))
    routed = load(folder).route(info, datetime.now(UTC))
    assert isinstance(routed, Routed)
    assert isinstance(routed.plan.action, Agent)
    return routed.plan.action.voice


def test_a_plan_for_each_caller(tmp_path: Path) -> None:
    """The plans are valid, and a caller reaches their own."""
    dialplan.write(tmp_path, URL, LoadSettings(), 3)
    assert [_voice(tmp_path, caller) for caller in (1, 2, 3)] == [
        "tone-300-4000ms",
        "tone-315-4000ms",
        "tone-330-4000ms",
    ]


def test_one_plan_for_calls_that_come_and_go(tmp_path: Path) -> None:
    """Short calls share a tone."""
    dialplan.write(tmp_path, URL, LoadSettings(scenario="setup"), 50)
    assert len(list(tmp_path.iterdir())) == 1
    assert _voice(tmp_path, 4711) == "tone-300-1000ms"


def test_tones_fit_the_telephone() -> None:
    """All lie within G.711's band, and the next 200 callers have the same again."""
    tones = {dialplan.tone_hz(caller) for caller in range(1, 1001)}
    assert (min(tones), max(tones), len(tones)) == (300, 3285, 200)
    assert dialplan.tone_hz(201) == dialplan.tone_hz(1)
