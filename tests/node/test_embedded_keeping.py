"""The embedded agent, for as long as some plan wants it; whole processes are in test_embedded.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import yaml

from gateway.dialplan.watch import LiveDialplan
from gateway.node.embedded_keeping import embedded_kept, meanwhile, plans_watched
from gateway.node.settings import Settings
from tests.equipment import patience


def plans(folder: Path, **plan: object) -> LiveDialplan:
    """Return a dialplan of one plan."""
    (folder / "a.yaml").write_text(yaml.safe_dump({"numbers": ["100"], **plan}), encoding="utf-8")
    return LiveDialplan(folder)


async def test_where_nobody_wants_it(tmp_path: Path) -> None:
    """Neither the settings nor a plan: there is none, and nothing is waited for."""
    for local in (False, None):
        one = plans(tmp_path, reject={"status": 603})
        async with embedded_kept(Settings(local=local), one, asyncio.Event()) as state:
            assert state() == "none"


async def test_a_plan_that_changes(tmp_path: Path) -> None:
    """Is read again."""
    one, added = plans(tmp_path, reject={"status": 603}), tmp_path / "b.yaml"
    async with plans_watched(one), patience.within(20):
        while len(one.current.plans) < 2:
            added.write_text("numbers: ['200']\nreject: {status: 404}\n", encoding="utf-8")
            await asyncio.sleep(0.5)  # it may not have begun to look


async def test_what_is_done_meanwhile() -> None:
    """Ends with the block."""
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with meanwhile(work()):
        await asyncio.sleep(0)
    assert ended.is_set()
