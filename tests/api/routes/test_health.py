"""Alive and ready, without a token; why not, in words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.api.link import KEPT_S
from gateway.api.routes.health import why_not_ready
from tests.api.running_api import running_api

WELL = {"draining": False, "calls": 1, "max_calls": 2, "refuses": "", "embedded": "ready", "plans": 1}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, None),
        ({"embedded": "none"}, None),
        ({"draining": True, "calls": 2}, "drains"),
        ({"calls": 2}, "all of its 2 calls"),
        ({"refuses": "the machine is full"}, "the machine is full"),
        ({"embedded": "starting"}, "not ready"),
        ({"embedded": "missing"}, "not installed"),
        ({"plans": 0}, "no plans"),
    ],
)
def test_why_no_calls_are_taken(other: dict[str, Any], said: str | None) -> None:
    """One reason each."""
    reasons = why_not_ready(WELL | other)
    assert len(reasons) == (said is not None)
    assert said is None or said in reasons[0]


async def test_from_alive_to_gone(tmp_path: Path) -> None:
    """One that drains lives, and is not ready; one that is gone does neither."""
    async with running_api(tmp_path) as api:
        for path in ("/healthz", "/readyz"):
            answer = await api.nobody.get(path)
            assert (answer.status_code, answer.json()) == (200, {"ok": True, "reasons": [], "notes": []})
        api.house.worker.capacity.draining = True
        await asyncio.sleep(KEPT_S * 1.2)
        assert (await api.nobody.get("/healthz")).status_code == 200
        answer = await api.nobody.get("/readyz")
        assert (answer.status_code, "drains" in answer.json()["reasons"][0]) == (503, True)
        api.control.unlink()
        await api.link.close()
        await asyncio.sleep(KEPT_S * 1.2)
        for path in ("/healthz", "/readyz"):
            answer = await api.nobody.get(path)
            assert (answer.status_code, answer.json()["ok"]) == (503, False)
