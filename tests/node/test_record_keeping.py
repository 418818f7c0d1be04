"""Who keeps the records of a process."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from gateway.call import CallInfo, Party
from gateway.node.record_keeping import record_keeping
from gateway.node.settings import Settings
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from tests.records.store.made_records import NOON


def settings(**records: Any) -> Settings:
    """Return settings with these of the records."""
    return Settings(records=records)


async def test_nothing_is_kept_where_nothing_is_wanted() -> None:
    """Neither written nor read."""
    async with contextlib.AsyncExitStack() as stack:
        keeping = record_keeping(settings(database="off"), stack)
        assert (keeping.keeper, keeping.reader) == (None, None)


async def test_what_was_kept_is_on_disk_at_the_end(tmp_path: Path) -> None:
    """And what is to be taken out of it is not."""
    file = tmp_path / "r.db"
    async with contextlib.AsyncExitStack() as stack:
        keeping = record_keeping(settings(database=str(file), redact=True), stack)
        assert keeping.keeper is not None
        assert keeping.reader is not None
        recorder = keeping.keeper.watch(CallInfo("c1", "x@y", Party("1"), Party("2")), NOON, 0.0)
        figures = {"result": "completed", "summary": "Write to me@example.com."}
        keeping.keeper.close(recorder, "day", "day", figures)
    with open_records(file) as records:
        (kept,) = records.find(Question())
    assert kept.figures["summary"] == "Write to [email]."


@pytest.mark.parametrize("transcript", [True, False])
async def test_words_are_kept_where_they_are_wanted(tmp_path: Path, transcript: bool) -> None:
    """And can be read by whoever asks for earlier calls."""
    async with contextlib.AsyncExitStack() as stack:
        keeping = record_keeping(settings(database=str(tmp_path / "r.db"), transcript=transcript), stack)
        assert keeping.keeper is not None
        assert keeping.reader is not None
        recorder = keeping.keeper.watch(CallInfo("c1", "x@y", Party("1"), Party("2")), NOON, 0.0)
        keeping.keeper.close(recorder, "day", "day", {"result": "completed"})
        found: list[Any] = []
        while not found:
            with contextlib.suppress(*keeping.reader.errors):
                found = await asyncio.wrap_future(keeping.reader.find(Question()))
    assert (found[0].transcript is not None) is transcript
