"""The gateway's process: how it is, and what an administrator orders of it."""

from __future__ import annotations

from pathlib import Path

from gateway import log
from gateway.api.shapes import ProcessShown, TrunksShown
from tests.api.running_api import running_api


async def test_how_it_is(tmp_path: Path) -> None:
    """In the shape that is promised."""
    async with running_api(tmp_path) as api:
        await api.house.talking("c1")
        shown = ProcessShown(**(await api.read.get("/v1/process")).json())
        assert (shown.calls, shown.max_calls, shown.taken, shown.draining) == (1, 10, 1, False)


async def test_lines_to_the_network(tmp_path: Path) -> None:
    """As they stand."""
    async with running_api(tmp_path) as api:
        (trunk,) = TrunksShown(**(await api.read.get("/v1/trunks")).json()).trunks
        assert (trunk.name, trunk.state, trunk.calls) == ("carrier", "registered", 1)


async def test_what_is_ordered(tmp_path: Path) -> None:
    """More lines in the log; a drain; both are logged as whose they were."""
    before = log.current_level()
    try:
        async with running_api(tmp_path) as api:
            assert (await api.admin.post("/v1/process/drain")).status_code == 202
            assert api.stopped.is_set()
            assert (await api.admin.put("/v1/process/log-level", json={"level": "loud"})).status_code == 422
            assert (await api.admin.put("/v1/process/log-level", json={"level": "error"})).status_code == 204
            assert log.current_level() == "error"
            ordered = [line for line in api.house.lines if line["event"] == "process.ordered"]
    finally:
        log.set_level(before)
    assert {line["by"] for line in ordered} == {"api admin"}
    assert ordered[0]["order"] == "drain"
