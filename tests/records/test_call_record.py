"""The record of a call as a value, and as JSON."""

from __future__ import annotations

import orjson

from gateway.records.call_record import Line, as_json, from_json, lost
from tests.records.store.made_records import ended, record


def test_a_record_survives_its_json() -> None:
    """Whole, whether the call goes on or is over."""
    for one in (record("a"), ended("b"), ended("c", transcript=None, plan="sales", cost_usd=0.25)):
        assert from_json(orjson.loads(orjson.dumps(as_json(one)))) == one


def test_figures_stand_beside_what_has_a_name_of_its_own() -> None:
    """Whoever reads the JSON finds the names of the log line."""
    told = as_json(ended("b"))
    assert (told["turns"], told["seconds"], told["began"]) == (2, 8.5, "2026-11-27T12:00:00.000+00:00")
    assert told["moments"][1] == {"at_ms": 2500, "what": "barge_in", "heard_ms": 900}
    assert told["transcript"][0] == {"at_ms": 200, "who": "agent", "text": "Hello.", "cut": False, "ms": None}


def test_what_a_later_version_adds_is_kept() -> None:
    """An older gateway that reads it shows it as a figure."""
    assert from_json(as_json(ended("b")) | {"mood": "good"}).figures["mood"] == "good"
    later = as_json(ended("b")) | {
        "transcript": [{"at_ms": 1, "who": "agent", "text": "Hi.", "mood": "good"}]
    }
    assert from_json(later).transcript == (Line(1, "agent", "Hi."),)


def test_a_call_that_nobody_saw_the_end_of() -> None:
    """It is told from one that goes on."""
    one = record("a")
    assert one.open
    assert (lost(one).open, lost(one).result, lost(one).reason) == (False, "lost", "gateway_died")
