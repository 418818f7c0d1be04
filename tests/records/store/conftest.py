"""The kinds of databases that records may be in, each test with an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.records.settings import Place, place_of
from tests.equipment import postgres
from tests.equipment.postgres import Postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    if (programs := postgres.programs()) is None:
        pytest.skip("there is no PostgreSQL: apt-get install postgresql")
    with postgres.running(programs) as ready:
        yield ready


@pytest.fixture
def empty_server(server: Postgres) -> Postgres:
    """The same without tables."""
    server.empty()
    return server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where records are."""
    if request.param == "sqlite":
        return tmp_path / "r.db"
    return place_of(request.getfixturevalue("empty_server").url)
