"""Gateways of one's own: started, heard, ended; or their last lines told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.rehearsal.stage import Stage, StageFailed, free_port, free_ports
from tests.equipment import patience


def _stage(folder: Path, plan: str) -> Stage:
    (folder / "plan.yaml").write_text(plan)
    return Stage(folder, model=None, stood_in=frozenset(), at=None, targets="", environment={})


async def test_a_gateway_comes_and_goes(tmp_path: Path) -> None:
    async with _stage(tmp_path, "numbers: ['100']\nreject: {status: 486}\n") as stage:
        host, _, port = stage.sip.partition(":")
        assert (host, port.isdigit()) == ("127.0.0.1", True)
    assert stage.over


async def test_a_gateway_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="numbres"):
        async with _stage(tmp_path, "numbres: ['100']\nreject: {status: 486}\n"):
            pass


def test_ports_that_nobody_has() -> None:
    assert free_port() != free_port()
    low = free_ports(8, 30_000)
    assert 30_000 <= low < 65_000
    with pytest.raises(StageFailed, match="free UDP ports"):
        free_ports(8, 65_001)


async def test_who_is_interrupted_leaves_no_gateway_behind(tmp_path: Path) -> None:
    """As by Ctrl-C, while it starts."""
    stage = _stage(tmp_path, "numbers: ['100']\nreject: {status: 486}\n")

    async def start() -> None:
        async with stage:
            pass

    async with patience.within(30), asyncio.TaskGroup() as tasks:
        starting = tasks.create_task(start())
        while stage._process is None:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
        process = stage._process
        starting.cancel()
    assert process.returncode is not None
