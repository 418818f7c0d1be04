"""What several workers say of themselves, as if they were one."""

from __future__ import annotations

from typing import Any

from gateway.node.workers.together import about_all, measures_all, trunks_all


def one(number: int, **more: Any) -> dict[str, Any]:
    """Return what a worker says."""
    known = {"pid": number, "sip": f"127.0.0.1:{5070 + number}", "calls": number, "max_calls": 10}
    known |= {"taken": 100, "late_ticks": 1, "draining": False, "plans_as_written": True, "media": "native"}
    known["cluster"] = "answers"
    return known | more


def test_how_they_are_together() -> None:
    """Calls are added up; it drains when all do, and plans are as written where all have them so."""
    other = one(2, draining=True, plans_as_written=False, cluster="away")
    told = about_all([one(1), other], {"pid": 9, "ready": 2})
    assert {key: told[key] for key in ("pid", "calls", "max_calls", "taken", "late_ticks", "ready")} == {
        "pid": 9,
        "calls": 3,
        "max_calls": 20,
        "taken": 200,
        "late_ticks": 2,
        "ready": 2,
    }
    assert (told["draining"], told["plans_as_written"], told["media"]) == (False, False, "native")
    assert told["cluster"] == "away"
    assert [worker["pid"] for worker in told["workers"]] == [1, 2]


def test_what_they_have_counted() -> None:
    """Sample by sample, by its labels; what says the same of each is not added up."""
    spread = {"bounds": [1.0], "counts": [1, 2], "sum": 3.0}

    def told(value: int, label: str) -> dict[str, Any]:
        kinds = {"gateway_calls_active": "gauge", "gateway_plans": "gauge", "gateway_seconds": "histogram"}
        samples = {"gateway_calls_active": value, "gateway_plans": 4, "gateway_seconds": spread}
        return {
            "families": [
                {"name": name, "kind": kind, "help": "", "samples": [[{"a": label}, samples[name]]]}
                for name, kind in kinds.items()
            ]
        }

    families = {
        family["name"]: family["samples"]
        for family in measures_all([told(1, "x"), told(2, "x"), told(5, "y")])
    }
    assert families["gateway_calls_active"] == [[{"a": "x"}, 3], [{"a": "y"}, 5]]
    assert families["gateway_plans"] == [[{"a": "x"}, 4], [{"a": "y"}, 4]]
    assert families["gateway_seconds"][0] == [{"a": "x"}, {"bounds": [1.0], "counts": [2, 4], "sum": 6.0}]


def test_how_their_trunks_stand() -> None:
    """As the one says that registers them; calls are those of all."""
    here = [
        {"name": "pbx", "state": "elsewhere", "calls": 2},
        {"name": "b", "state": "reachable", "calls": 1},
    ]
    there = [{"name": "pbx", "state": "failed", "calls": 1}, {"name": "b", "state": "silent", "calls": 1}]
    for found in ([here, there], [there, here]):
        pbx, b = trunks_all(found)
        assert (pbx["state"], pbx["calls"]) == ("failed", 3)
        assert b["calls"] == 2
    assert trunks_all([here, here])[0]["state"] == "elsewhere"
