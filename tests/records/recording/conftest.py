"""An object storage for recordings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.equipment import ports
from tests.equipment.object_storage import KEYS, ObjectStorage


@pytest.fixture(scope="session")
def storage_server() -> Iterator[ObjectStorage]:
    """A server for all tests of a run."""
    with ObjectStorage(ports.free_port()) as running:
        yield running


@pytest.fixture
def storage(storage_server: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    """The same, empty, with the keys to it in the environment."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    storage_server.empty()
    return storage_server
