"""Plans of a load test: each caller's agent has a tone of its own, so that a wrong connection is heard."""

from __future__ import annotations

from pathlib import Path

import yaml

from gateway.loadtest.settings import LoadSettings

LOWEST_HZ, STEP_HZ, TONES = 300, 15, 200
"""200 tones from 300 to 3 285 Hz. The next 200 calls have the same again."""


def tone_hz(caller: int) -> float:
    """The tone of the agent of SIPp's call `caller` (counted from 1)."""
    return float(LOWEST_HZ + STEP_HZ * ((caller - 1) % TONES))


def write(folder: Path, url: str, settings: LoadSettings, calls: int, engine: str = "tone") -> None:
    """Write a plan for each caller of calls that stay up; one for all of calls that come and go."""
    callers = [0] if settings.behaviour.short else range(1, calls + 1)
    for caller in callers:
        path = folder / f"caller-{caller:04}.yaml"
        path.write_text(yaml.safe_dump(_plan(url, settings, caller, engine)), encoding="utf-8")


def _plan(url: str, settings: LoadSettings, caller: int, engine: str) -> dict[str, object]:
    scenario = settings.behaviour
    answer = {"greeting": "Hello."} if scenario.speaks_first else {"speaks_first": "caller"}
    voice = f"tone-{tone_hz(caller or 1):g}-{scenario.tone_ms}ms"
    plan: dict[str, object] = {
        "numbers": [settings.number],
        "answer": answer,
        "agent": {"provider": "local", "url": url, "model": engine, "voice": voice},
        # No key for a default: early commits, which `tests.bench pairs` rings, do not know it.
        "barge_in": {"detector": settings.detector} | ({"echo": "hear"} if settings.hear_echo else {}),
        "limits": {"max_duration": "4h", "max_silence": "4h"},
    }
    if caller:
        plan["from"] = {"allow": [f"sip:sipp-{caller}"], "otherwise": "next"}
    return plan
