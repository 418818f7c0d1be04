"""Recordings that wait to be brought away."""

from __future__ import annotations

from gateway.records.settings import Place
from gateway.records.store.opening import open_records
from gateway.records.store.uploads import Upload
from tests.records.store.made_records import ended, record

LATER = 4e9
"""Seconds since 1970: after all that is due."""
A = {"file": "day/a.wav", "seconds": 2.0}


def test_once_its_call_is_over(place: Place) -> None:
    """Not before, and not again; nothing of a call that was not recorded."""
    with open_records(place, uploads=True) as records:
        records.put(
            "run", [record("a", recording=A), ended("b"), ended("c", recording=A | {"nothing_written": True})]
        )
        assert records.uploads.due(LATER, 10) == []
        assert records.uploads.next_due() is None
        records.put("run", [ended("a", recording=A)])
        (upload,) = records.uploads.due(LATER, 10)
        assert upload == Upload("day/a.wav", "put", 0)
        records.uploads.postpone(upload, LATER)
        assert records.uploads.due(LATER - 1, 10) == []
        assert (records.uploads.next_due(), records.uploads.due(LATER, 10)[0].tries) == (LATER, 1)
        records.uploads.done(upload)
        records.put("run", [ended("a", recording=A)])
        assert records.uploads.due(LATER, 10) == []


def test_a_clock_that_was_wrong(place: Place) -> None:
    """What was put off by it waits for no year to come."""
    with open_records(place, uploads=True) as records:
        records.put("run", [ended("a", recording=A)])
        records.uploads.postpone(Upload("day/a.wav", "put", 0), LATER)
        assert records.uploads.due(LATER - 86_400, 10) == []
        assert len(records.uploads.due(LATER - 4 * 86_400, 10)) == 1


def test_calls_that_are_lost(place: Place) -> None:
    """Theirs are brought away by whoever finds them."""
    with open_records(place, uploads=True) as records:
        records.put("dead", [record("a", recording={"file": "day/a.wav"})])
    with open_records(place, uploads=True) as records:
        records.begin_run("next")
        assert [one.file for one in records.uploads.due(LATER, 10)] == ["day/a.wav"]


def test_who_is_forgotten(place: Place) -> None:
    """What was brought away is deleted there, also if that goes on just now."""
    with open_records(place, uploads=True) as records:
        records.put("run", [ended("a", recording=A, caller="1")])
        (under_way,) = records.uploads.due(LATER, 10)
        records.forget("1")
        records.uploads.done(under_way)
        assert [one.wanted for one in records.uploads.due(LATER, 10)] == ["delete"]


def test_where_nothing_is_brought_away(place: Place) -> None:
    """Nothing waits for ever."""
    with open_records(place) as records:
        records.put("run", [ended("a", recording=A, caller="1")])
        records.forget("1")
        assert records.uploads.due(LATER, 10) == []
