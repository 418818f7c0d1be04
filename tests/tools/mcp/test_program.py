"""A tool server over its pipes: what it says, what it never stops saying, and how it is ended."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.tools.mcp import program
from tests.equipment import patience


@asynccontextmanager
async def script(folder: Path, text: str, ended: asyncio.Event) -> AsyncIterator[tuple[Any, Any]]:
    """Run some Python in place of a server."""
    command = (sys.executable, "-c", "import os, signal, sys, time\n" + text)
    with Path(os.devnull).open("wb") as errors:  # noqa: ASYNC230 - nothing is read
        async with program.running(command, {}, folder, errors.fileno(), ended.set) as streams:
            yield streams


async def heard(streams: tuple[Any, Any]) -> list[Any]:
    """Read all that comes."""
    async with patience.within(10):
        return [one async for one in streams[0]]


async def test_a_line_is_a_message(tmp_path: Path) -> None:
    """Empty ones are none; what is no message is the error that says so; then it is over."""
    ended = asyncio.Event()
    text = r'print("""{"jsonrpc":"2.0","method":"a"}\n\n  \nnonsense""", flush=True)'
    async with script(tmp_path, text, ended) as streams:
        told, error = await heard(streams)
        assert told.message.method == "a"
        assert isinstance(error, ValueError)
        await ended.wait()


@pytest.mark.parametrize("line", ['"x" * 9000', '"x" * 9000 + "\\n"'])
async def test_a_line_without_an_end_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """The program is given up, and so is its line: no memory is taken for it."""
    monkeypatch.setattr(program, "LONGEST_LINE", 1000)
    ended = asyncio.Event()
    with capture_logs() as logs:
        async with script(
            tmp_path, f"sys.stdout.write({line}); sys.stdout.flush(); time.sleep(60)", ended
        ) as all_:
            assert await heard(all_) == []
            await ended.wait()
    assert {"event": "mcp.line_too_long", "bytes": 1000, "log_level": "warning"} in logs


@pytest.mark.parametrize(
    "text",
    [
        "sys.stdin.read()",
        "time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)",
        "os.fork() or time.sleep(60)\nsys.exit()",
    ],
)
async def test_it_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """By the end of its input, by SIGTERM, by SIGKILL; nobody waits for what it has started."""
    monkeypatch.setattr(program, "LEAVES_WITHIN_S", 0.3)
    ended = asyncio.Event()
    async with patience.within(10), script(tmp_path, text, ended):
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_program_that_is_not_there(tmp_path: Path, loop: str) -> None:
    """Whoever has named it is told, in either loop that the gateway runs in."""
    runs = pytest.importorskip(loop).run

    async def begun() -> None:
        with Path(os.devnull).open("wb") as errors:  # noqa: ASYNC230
            async with program.running(("./nowhere",), {}, tmp_path, errors.fileno(), lambda: None):
                pass

    with pytest.raises(FileNotFoundError, match=r"\./nowhere"):
        runs(begun())
