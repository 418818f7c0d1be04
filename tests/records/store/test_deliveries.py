"""Webhooks that wait in the database."""

from __future__ import annotations

from pathlib import Path

import orjson

from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from tests.records.store.made_records import ended, record

LATER = 4e9
"""Seconds since 1970: after all that is due."""


def test_a_closed_record_is_delivered_once(tmp_path: Path) -> None:
    """Not while the call goes on, and not again when it is written again."""
    with open_records(tmp_path / "r.db", delivers=True) as records:
        records.put("run", [record("a"), record("b")])
        assert records.deliveries.due(LATER, 10) == []
        records.put("run", [ended("a"), ended("a")])
        (delivery,) = records.deliveries.due(LATER, 10)
        assert (delivery.message, delivery.tries) == ("run-a", 0)
        told = orjson.loads(delivery.body)
        assert (told["type"], told["data"]["call"]) == ("call.ended", "a")
        records.deliveries.done(delivery)
        records.put("run", [ended("a")])
        assert records.deliveries.due(LATER, 10) == []


def test_a_clock_that_was_wrong(tmp_path: Path) -> None:
    """What was put off by it waits for no year to come."""
    with open_records(tmp_path / "r.db", delivers=True) as records:
        records.put("run", [ended("a")])
        (delivery,) = records.deliveries.due(LATER, 10)
        records.deliveries.postpone(delivery, LATER)
        assert records.deliveries.due(LATER - 86_400, 10) == []
        assert len(records.deliveries.due(LATER - 4 * 86_400, 10)) == 1


def test_without_a_webhook_nothing_waits(tmp_path: Path) -> None:
    """Else it would wait for ever."""
    with open_records(tmp_path / "r.db") as records:
        records.put("run", [ended("a")])
        assert records.deliveries.due(LATER, 10) == []


def test_postponed_and_given_up(tmp_path: Path) -> None:
    """Each try counts; what is given up is not due any more."""
    with open_records(tmp_path / "r.db", delivers=True) as records:
        records.put("run", [ended("a"), ended("b")])
        deliveries = records.deliveries
        first, second = deliveries.due(LATER, 10)
        deliveries.postpone(first, LATER)
        assert [one.message for one in deliveries.due(LATER - 1, 10)] == ["run-b"]
        assert {one.message: one.tries for one in deliveries.due(LATER, 10)} == {"run-a": 1, "run-b": 0}
        deliveries.postpone(second, None)
        assert (deliveries.next_due(), deliveries.given_up()) == (LATER, 1)


def test_calls_that_are_lost_are_told_too(tmp_path: Path) -> None:
    """By the gateway that finds them."""
    file = tmp_path / "r.db"
    with open_records(file, delivers=True) as records:
        records.put("dead", [record("a")])
    with open_records(file, delivers=True) as records:
        records.begin_run("next")
        (delivery,) = records.deliveries.due(LATER, 10)
        assert orjson.loads(delivery.body)["data"]["result"] == "lost"


def test_who_is_forgotten_is_told_to_nobody(tmp_path: Path) -> None:
    """What was not delivered yet goes with the record."""
    file = tmp_path / "r.db"
    with open_records(file, delivers=True) as records:
        records.put("run", [ended("a", caller="+4915112345678"), ended("b")])
        assert records.forget("+4915112345678") == 1
        assert [one.message for one in records.deliveries.due(LATER, 10)] == ["run-b"]
        assert [one.call for one in records.find(Question())] == ["b"]
    assert b"15112345678" not in file.read_bytes()
