"""Who is told of calls besides, as `gateway doctor` looks at them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from gateway.doctor.finding import Grade
from gateway.doctor.outlets import look_at_outlets
from gateway.node.settings import Settings
from tests.equipment import ports, redis_server
from tests.equipment.collector import collecting
from tests.equipment.object_storage import KEYS, ObjectStorage
from tests.equipment.receiver import Receiver


async def looked(**settings: object) -> dict[str, tuple[Grade, str]]:
    """Return what is found with these settings."""
    found = await look_at_outlets(Settings.model_validate(settings))
    return {one.what: (one.grade, one.found) for one in found}


@pytest.fixture(scope="module")
def storage() -> Iterator[ObjectStorage]:
    """Object storage with an empty bucket."""
    with ObjectStorage(ports.free_port()) as running:
        yield running


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


async def test_nothing_is_named() -> None:
    """Then nothing is looked at."""
    assert await looked() == {}


async def test_both_are_there() -> None:
    """As far as that can be seen."""
    with collecting() as collector:
        found = await looked(hep="127.0.0.1:9060", traces={"otlp": collector.url})
    assert {name: grade for name, (grade, _) in found.items()} == {
        "Homer": Grade.FINE,
        "traces": Grade.FINE,
    }


async def test_redis() -> None:
    """It is asked for a sign of life, with the password that is written."""
    if redis_server.PROGRAM is None:
        pytest.skip("there is no Redis: apt-get install redis-server")
    with redis_server.running() as server:
        assert (await looked(cluster={"redis": server.url}))["Redis"] == (Grade.FINE, f"{server.url} answers")
    grade, found = (await looked(cluster={"redis": server.url}))["Redis"]
    assert (grade, f"{server.url} does not answer: " in found) == (Grade.LOOK, True)


async def test_neither_is() -> None:
    """Each is worth a look, and says why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = await looked(hep="homer.invalid:9060", traces={"otlp": f"http://127.0.0.1:{port}"})
    assert {grade for grade, _ in found.values()} == {Grade.LOOK}
    assert "leads nowhere" in found["Homer"][1]
    assert f"127.0.0.1:{port} does not answer" in found["traces"][1]


async def test_a_secret_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Was told with the settings."""
    monkeypatch.delenv("NOWHERE", raising=False)
    assert await looked(traces={"otlp": "http://${NOWHERE}"}) == {}


async def test_a_bucket_that_takes_recordings(storage: ObjectStorage) -> None:
    """It is really tried, and nothing is left there."""
    found = await looked(recording={"upload": storage.written})
    assert found == {"object storage": (Grade.FINE, "s3://recordings/calls takes files, and deletes them")}
    assert storage.names() == []


async def test_a_bucket_that_does_not(storage: ObjectStorage) -> None:
    """None of that name, nobody there, and keys that may not: each is told apart."""
    nobody = storage.written | {"endpoint": f"http://127.0.0.1:{ports.free_port()}"}
    with Receiver((403, {})) as refusing:
        for written, words, cure in (
            (storage.written | {"url": "s3://no-bucket"}, "there is no bucket no-bucket", "make it"),
            (nobody, "s3://recordings/calls: ", "is it up"),
            (storage.written | {"endpoint": refusing.url.rpartition("/")[0]}, "privileges", "access_key"),
        ):
            settings = Settings.model_validate({"recording": {"upload": written}})
            (found,) = await look_at_outlets(settings)
            assert (found.what, found.grade) == ("object storage", Grade.LOOK)
            assert words in found.found
            assert cure in found.cure
            assert KEYS["OUR_S3_SECRET"] not in found.found


async def test_a_server_that_is_told_of_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to it."""
    monkeypatch.setenv("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    with Receiver((200, {})) as receiver:
        found = await looked(webhook={"url": receiver.url, "secret": "${HOOK}"})
        assert found["webhook"][0] is Grade.FINE
        assert receiver.came == []
    found = await looked(webhook={"url": receiver.url, "secret": "${HOOK}"})
    assert found["webhook"][0] is Grade.LOOK
