"""Plans in force, their problems, and what a call would get."""

from __future__ import annotations

from pathlib import Path

from gateway.api.shapes import PlansShown, RouteShown
from tests.api.running_api import running_api


async def test_plans_and_their_problems(tmp_path: Path) -> None:
    """As they are in force; a mistake in the folder is told, and changes nothing."""
    async with running_api(tmp_path) as api:
        plans = PlansShown(**(await api.read.get("/v1/plans")).json())
        assert {plan.name: (plan.numbers, plan.action) for plan in plans.plans} == {
            "agent": (["100"], "agent"),
            "night": (["200"], "agent"),
        }
        assert plans.as_written
        (tmp_path / "broken.yaml").write_text("numbers: ['1']\nanswr: {}\n", encoding="utf-8")
        reloaded = (await api.admin.post("/v1/process/reload")).json()
        assert (reloaded["done"], reloaded["plans"]) == (False, 2)
        plans = PlansShown(**(await api.read.get("/v1/plans")).json())
        assert (len(plans.plans), plans.as_written) == (2, False)
        assert any("broken.yaml" in one.where and one.kind == "error" for one in plans.problems)


async def test_what_a_call_would_get(tmp_path: Path) -> None:
    """The plan and why; none; what cannot be understood."""
    async with running_api(tmp_path) as api:
        asked = {"number": "200", "caller": "+15551230001", "headers": {"X-Campaign": "spring"}}
        told = RouteShown(**(await api.read.post("/v1/route", json=asked)).json())
        assert (told.plan, told.action) == ("night", "agent")
        assert "voice: heart" in told.effective
        told = RouteShown(**(await api.read.post("/v1/route", json={"number": "999"})).json())
        assert (told.plan, "404" in told.why) == (None, True)
        answer = await api.read.post("/v1/route", json={"number": "200", "at": "noon"})
        assert (answer.status_code, "2026-12-24 18:00" in answer.json()["error"]) == (400, True)
