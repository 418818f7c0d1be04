"""Who is told of calls besides, as `gateway doctor` looks at them."""

from __future__ import annotations

import socket

import pytest

from gateway.doctor.finding import Grade
from gateway.doctor.outlets import look_at_outlets
from gateway.node.settings import Settings
from tests.equipment.collector import collecting


async def looked(**settings: object) -> dict[str, tuple[Grade, str]]:
    """Return what is found with these settings."""
    found = await look_at_outlets(Settings.model_validate(settings))
    return {one.what: (one.grade, one.found) for one in found}


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
