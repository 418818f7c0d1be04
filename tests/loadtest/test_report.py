"""Results as text and as data."""

from __future__ import annotations

import io
import json

from rich.console import Console

from gateway.loadtest import report
from gateway.loadtest.settings import LoadSettings
from tests.loadtest.made import RUN, result

SETTINGS = LoadSettings(calls=10)


def test_the_table_has_a_column_for_each_step() -> None:
    """With bounds, notes and the verdict."""
    steps = [result(10), result(20, failed=2)]
    steps[1].notes.append("two were refused")
    out = io.StringIO()
    report.show(Console(file=out, width=120), steps, "So so.")
    text = out.getvalue()
    for wanted in (
        "10 calls",
        "20 calls",
        "<= 22 held",
        "<= 0 broken at 20",
        "two were refused",
        "So so.",
        "gateway: CPU per call",
    ):
        assert wanted in text


def test_the_verdict() -> None:
    """All well; what broke; how many can be carried."""
    good, bad = result(10), result(20, failed=2)
    assert report.verdict(SETTINGS, [good]) == "All bounds hold."
    assert report.verdict(SETTINGS, [good, bad]) == "Broken: calls failed 2, bound 0."
    looking = LoadSettings(calls=10, find_capacity=True)
    assert report.verdict(looking, [good, bad]).startswith("Capacity: 10 calls. At 20 broke: calls failed")
    assert report.verdict(looking, [bad]).startswith("Capacity: fewer than 20 calls. At 20 broke: ")
    assert report.verdict(looking, [good]) == "Capacity: at least 10 calls; no bound broke."


def test_a_peer_has_a_column_and_no_say() -> None:
    """What it breaks is shown, and judged by nobody."""
    other = result(10, failed=2)
    other.of = "peer"
    steps = [result(10), other]
    assert (report.verdict(SETTINGS, steps), report.held(steps, "failed")) == ("All bounds hold.", "held")
    out = io.StringIO()
    report.show(Console(file=out, width=120), steps, "")
    assert "10 calls, peer" in out.getvalue()
    told = report.as_json(SETTINGS, steps, "", "nobody", RUN)["steps"]
    assert [step["of"] for step in told] == ["gateway", "peer"]


def test_json_is_json() -> None:
    """Nothing in it that JSON has no word for."""
    data = json.loads(
        json.dumps(report.as_json(SETTINGS, [result()], "Well.", "nobody", RUN), allow_nan=False)
    )
    assert {name: data[name] for name in RUN.as_dict()} == RUN.as_dict()
    (step,) = data["steps"]
    assert step["figures"]["gap_p99"] == {
        "name": "gap between agent packets, p99",
        "value": 20.0,
        "unit": "ms",
        "bound": 22.0,
        "holds": True,
    }
    assert step["timeline"][-1]["s"] == 10
