"""Records in PostgreSQL: what is special about a server."""

from __future__ import annotations

import psycopg
import pytest

from gateway.errors import BadInput
from gateway.records.settings import place_of
from gateway.records.store.opening import errors, open_records
from gateway.records.store.postgres import VERSIONS
from gateway.records.store.question import Question
from tests.equipment.postgres import Postgres
from tests.records.store.made_records import ended, record


def test_a_server_that_is_restarted(empty_server: Postgres) -> None:
    """What is written meanwhile fails; then the connection is made anew, and the run is known as alive."""
    place = place_of(empty_server.url)
    with open_records(place) as records:
        records.begin_run("run")
        records.put("run", [record("a")])
        empty_server.stop()
        for _ in range(2):
            with pytest.raises(errors(place)):
                records.put("run", [ended("b")])
        empty_server.start()
        records.put("run", [ended("b")])
        with open_records(place) as another:
            assert another.begin_run("another") == 0
            assert [one.call for one in another.find(Question(over=True))] == ["b"]


def test_a_database_that_is_newer(empty_server: Postgres) -> None:
    """It is refused in one line, and stays as it was."""
    place = place_of(empty_server.url)
    open_records(place).close()
    with psycopg.connect(empty_server.url, autocommit=True) as connection:
        connection.execute(f"UPDATE gateway_version SET version = {len(VERSIONS) + 1}")
    with pytest.raises(BadInput, match="newer gateway"):
        open_records(place)


def test_passwords_are_not_shown() -> None:
    """Neither in the words of a server that is not there, nor of an address that is none."""
    for url in ("postgresql://me:secret@127.0.0.1:1/calls", "postgresql://me:secret@[::1/calls"):
        with pytest.raises(BadInput) as told:
            open_records(place_of(url.replace("secret", "${A_SECRET}")))
        assert "A_SECRET" in str(told.value)


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named without its password."""
    monkeypatch.setenv("A_SECRET", "hush-hush")
    with pytest.raises(BadInput) as told:
        open_records(place_of("postgresql://me:${A_SECRET}@127.0.0.1:1/calls"))
    assert "127.0.0.1" in str(told.value)
    assert "hush" not in str(told.value)
