"""Plans change while calls are up: whole, or not at all."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from gateway.dialplan import BadDialplan
from gateway.dialplan.watch import LiveDialplan
from tests.dialplan.folder import call, chosen, write
from tests.equipment import patience

GOOD = "numbers: ['100']\nagent: {instructions: one}\n"
BETTER = "numbers: ['100', '200']\nagent: {instructions: two}\n"
BAD = "numbers: ['100']\nagent: {voicee: x}\n"


def test_the_first_load_must_succeed(tmp_path: Path) -> None:
    """A process that starts without plans would refuse every call."""
    with pytest.raises(BadDialplan):
        LiveDialplan(write(tmp_path, a=BAD))


def test_a_reload_swaps_the_snapshot(tmp_path: Path) -> None:
    """Who holds the old one keeps it."""
    live = LiveDialplan(write(tmp_path, a=GOOD))
    before = live.current
    write(tmp_path, a=BETTER)
    assert live.reload()
    assert chosen(live.current, call("200")) == "a"
    assert chosen(before, call("200")) == "404"
    assert live.health.ok


def test_a_bad_file_changes_nothing_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With place, key and cure, in the log and in health; mended, all is well."""
    live = LiveDialplan(write(tmp_path, a=GOOD))
    before = live.current
    write(tmp_path, a=BAD, b="numbers: [\n")
    assert not live.reload()
    assert live.current is before
    assert not live.health.ok
    assert [str(p.mark) for p in live.health.problems] == [
        f"{tmp_path}/a.yaml:2:9",
        f"{tmp_path}/b.yaml:1:10",
    ]
    printed = capsys.readouterr().out
    assert f"{tmp_path}/a.yaml:2:9" in printed
    assert "agent.voicee" in printed
    assert "did you mean 'voice'?" in printed
    write(tmp_path, a=BETTER, b="numbers: ['300']\nreject: {}\n")
    assert live.reload()
    assert live.health.ok
    assert live.health.plans == 2


def test_a_missing_key_does_not_keep_a_plan_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows in health all the same, and in one line of the log, once, with file, key and cure."""
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    live = LiveDialplan(write(tmp_path, a="numbers: ['1']\nagent: {api_key: '${NO_SUCH_KEY}'}\n"))
    assert live.health.ok
    assert len(live.health.problems) == 1
    assert live.reload()
    told = capsys.readouterr().out
    assert told.count("dialplan.unready") == 1
    assert "a.yaml:2:9" in told
    assert "agent.api_key" in told
    assert "NO_SUCH_KEY is not set" in told


def test_a_folder_that_vanishes_changes_nothing(tmp_path: Path) -> None:
    """A mount that is gone for a moment does not refuse calls."""
    folder = tmp_path / "plans"
    folder.mkdir()
    live = LiveDialplan(write(folder, a=GOOD))
    folder.rename(tmp_path / "elsewhere")
    assert not live.reload()
    assert chosen(live.current, call("100")) == "a"


def test_reloads_from_many_threads_leave_one_whole_snapshot(tmp_path: Path) -> None:
    """SIGHUP and a change of file may come together."""
    live = LiveDialplan(write(tmp_path, a=GOOD))
    write(tmp_path, a=BETTER)
    threads = [threading.Thread(target=live.reload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert chosen(live.current, call("200")) == "a"


async def changed(live: LiveDialplan, number: str) -> None:
    """Wait until a number is known."""
    async with patience.within(10):
        while chosen(live.current, call(number)) == "404":  # noqa: ASYNC110 - a snapshot is looked at, it tells nobody
            await asyncio.sleep(0.01)


async def test_a_change_is_noticed(tmp_path: Path) -> None:
    """However an editor writes: in place, by renaming, as a new file."""
    live = LiveDialplan(write(tmp_path, a=GOOD))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(live.watch(stop))
        await asyncio.sleep(0.2)  # inotify has no way to say that it listens
        write(tmp_path, a=BETTER)
        await changed(live, "200")
        (tmp_path / "a.tmp").write_text("numbers: ['300']\nagent: {}\n")
        os.replace(tmp_path / "a.tmp", tmp_path / "a.yaml")  # noqa: PTH105 - what editors do
        await changed(live, "300")
        write(tmp_path, b="numbers: ['400']\nagent: {}\n")
        await changed(live, "400")
        stop.set()


async def test_a_broken_change_is_noticed_and_survived(tmp_path: Path) -> None:
    """Watching goes on after it."""
    live = LiveDialplan(write(tmp_path, a=GOOD))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(live.watch(stop))
        await asyncio.sleep(0.2)
        write(tmp_path, a=BAD)
        async with patience.within(10):
            while live.health.ok:  # noqa: ASYNC110 - health is looked at, it tells nobody
                await asyncio.sleep(0.01)
        assert chosen(live.current, call("100")) == "a"
        write(tmp_path, a=BETTER)
        await changed(live, "200")
        stop.set()
