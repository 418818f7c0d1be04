"""The embedded agent's keeper: started, watched, restarted, and never left behind.

The server it keeps is the real one with the tone engine, which needs no speech packages; or, where a server
has to misbehave, a few lines of shell.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.calls.prompts import SORRY
from gateway.errors import LocalPortInUse
from gateway.node import embedded as module
from gateway.node.embedded import EmbeddedServerProcess, wanted
from tests.equipment import patience, ports
from tests.equipment.pids import gone
from tests.equipment.plans import dialplan
from tests.equipment.process import Process
from tests.equipment.streams import listening

Line = MutableMapping[str, Any]

PYTHON = sys.executable
TONE = f'exec {PYTHON} "$@" --engine tone'
DEAF = "exec sleep 60"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make what a companion starts a line of shell."""

    def use(line: str) -> None:
        script = tmp_path / "python"
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(script))

    use(TONE)
    monkeypatch.setattr(module, "BACK_OFF", (0.01, 0.02, 0.03))
    return use


class Kept:
    """A companion that runs, and what it has logged."""

    def __init__(self, port: int) -> None:
        self.companion = EmbeddedServerProcess("127.0.0.1", port, "error")
        self.running: asyncio.Task[None]
        self.lines: list[Line] = []
        self._news = asyncio.Event()

    def note(self, _logger: object, _method: str, line: Line) -> Line:
        """Hear a log line."""
        self.lines.append(dict(line))
        self._news.set()
        return line

    async def said(self, event: str, count: int = 1) -> list[Line]:
        """Wait until it has logged something so often."""
        async with patience.within(10):
            while len(found := [line for line in self.lines if line["event"] == event]) < count:
                self._news.clear()
                await self._news.wait()
        return found

    async def ready(self) -> int:
        """Wait until it takes calls; gives the process id."""
        async with patience.within(15):
            await self.companion.ready.wait()
        return self.pid

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.companion._process
        return self.companion._process.pid


@asynccontextmanager
async def kept(port: int | None = None) -> AsyncIterator[Kept]:
    """Run a companion for as long as the block lasts."""
    keeping = Kept(port or ports.free_port())
    with capture_logs(processors=[keeping.note]):
        async with asyncio.TaskGroup() as tasks:
            keeping.running = tasks.create_task(keeping.companion.run())
            try:
                yield keeping
            finally:
                keeping.running.cancel()
                with suppress(asyncio.CancelledError):
                    await keeping.running


async def answers(port: int) -> bool:
    """Return whether the embedded server answers at a port."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    text = await reader.read()
    writer.close()
    await writer.wait_closed()
    return b'"status":"ok"' in text


@pytest.mark.usefixtures("runs")
async def test_it_is_ready_when_it_takes_calls() -> None:
    """And it ends with us."""
    async with kept() as keeping:
        assert not keeping.companion.ready.is_set()
        pid = await keeping.ready()
        assert await answers(keeping.companion.port)
    await gone(pid)
    assert not keeping.companion.ready.is_set()


@pytest.mark.usefixtures("runs")
async def test_it_is_started_again_after_a_crash() -> None:
    """Killed in the middle of its work, it is back at the same address; meanwhile it is not ready."""
    async with kept() as keeping:
        first = await keeping.ready()
        os.kill(first, signal.SIGKILL)
        (line,) = await keeping.said("embedded.ended")
        assert (line["status"], keeping.companion.ready.is_set()) == (-signal.SIGKILL, False)
        assert (keeping.companion.failed.is_set(), keeping.companion.missing.is_set()) == (True, False)
        assert await keeping.ready() != first
        assert await answers(keeping.companion.port)


async def test_a_server_that_keeps_dying_is_given_more_and_more_time(runs: Callable[[str], None]) -> None:
    """The last pause goes on for ever; its status is told each time."""
    runs("exit 3")
    async with kept() as keeping:
        told = await keeping.said("embedded.ended", 4)
    assert [line["in_seconds"] for line in told[:4]] == [0.01, 0.02, 0.03, 0.03]
    assert {line["status"] for line in told} == {3}


async def test_a_server_without_engines_is_not_started_again(runs: Callable[[str], None]) -> None:
    """It has said what to install; trying again would say it again."""
    runs(f"exit {os.EX_UNAVAILABLE}")
    async with kept() as keeping, patience.within(5):
        await keeping.companion.missing.wait()
        await keeping.running
    assert not keeping.lines


async def test_a_long_life_is_forgiven_its_end(
    runs: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ran for a while is started again at once."""
    monkeypatch.setattr(module, "HEALTHY_AFTER", 0.0)
    runs("exit 3")
    async with kept() as keeping:
        told = await keeping.said("embedded.ended", 3)
    assert {line["in_seconds"] for line in told} == {0.01}


async def test_a_server_that_never_listens_is_started_anew(
    runs: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting has an end: it is killed, and said so."""
    monkeypatch.setattr(module, "READY_WITHIN", 0.1)
    runs(DEAF)
    async with kept() as keeping:
        await keeping.said("embedded.stuck", 2)
        assert {line["status"] for line in await keeping.said("embedded.ended")} == {-signal.SIGKILL}
        assert not keeping.companion.ready.is_set()


async def test_a_server_that_will_not_go_is_killed(
    runs: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked politely first, but not for long: our end must not hang on it."""
    monkeypatch.setattr(module, "GONE_WITHIN", 0.1)
    port = ports.free_port()
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    runs(f"exec {PYTHON} -c \"{deaf}print('ready', flush=True); signal.pause()\"")
    async with kept(port) as keeping:
        pid = await keeping.ready()
    await gone(pid, 2)


async def test_a_server_that_hangs_does_not_outlive_us(
    runs: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the middle of its work it hears nothing; it is killed, and its address is free."""
    monkeypatch.setattr(module, "GONE_WITHIN", 0.1)
    runs(TONE)
    async with kept() as keeping:
        pid = await keeping.ready()
        os.kill(pid, signal.SIGSTOP)
    await gone(pid, 2)
    assert not await answers(keeping.companion.port)


@pytest.mark.usefixtures("runs")
async def test_whoever_comes_between_two_children_waits_for_the_next() -> None:
    """Not a connection is refused: a call that lost its session has its next one as soon as there is one."""
    async with kept() as keeping:
        os.kill(await keeping.ready(), signal.SIGKILL)
        async with patience.within(15):
            assert all(await asyncio.gather(*(answers(keeping.companion.port) for _ in range(50))))


async def test_what_it_prints_does_not_hold_it_up(runs: Callable[[str], None]) -> None:
    """However much a library has to say on standard output, before and after it is ready."""
    chatter = f"{PYTHON} -c \"print('x' * 200_000, flush=True)\"; "
    runs(f"{chatter}echo ready; {chatter}exit 3")
    async with kept() as keeping:
        (line, *_) = await keeping.said("embedded.ended")
    assert line["status"] == 3


# --- who needs it ----------------------------------------------------------------------------------------

HOSTED = {"provider": "openai"}
SAID = {"announce": {"say": "We are closed."}}


@pytest.mark.parametrize(
    ("plan", "needs"),
    [
        ({"agent": {}}, True),
        ({"agent": HOSTED}, False),
        ({"agent": {"url": "ws://127.0.0.1:9/"}}, False),
        ({"agent": HOSTED | {"fallback": [{"provider": "local"}]}}, True),
        (SAID, True),
        ({"announce": {"play": "SOUND"}}, False),
        ({"menu": {"prompt": {"say": "Press."}, "options": {"1": {"agent": HOSTED}}}}, True),
        ({"menu": {"prompt": {"play": "SOUND"}, "options": {"1": {"agent": HOSTED}}}}, False),
        ({"menu": {"prompt": {"play": "SOUND"}, "options": {"1": SAID}}}, True),
        (
            {"menu": {"prompt": {"play": "SOUND"}, "options": {"1": {"agent": HOSTED}}, "otherwise": SAID}},
            True,
        ),
        ({"reject": {}}, False),
        ({"redirect": {"to": "sip:desk@127.0.0.9"}}, False),
    ],
)
def test_it_is_wanted_for_voices_only(tmp_path: Path, plan: dict[str, object], needs: bool) -> None:
    """An agent of its own, also as the last resort, or a text that has to be spoken."""
    shutil.copy(SORRY, tmp_path / "SOUND")
    assert wanted(dialplan(tmp_path, plan={"numbers": ["1"]} | plan)) is needs


# --- its address -----------------------------------------------------------------------------------------


@asynccontextmanager
async def stranger(port: int = 0) -> AsyncIterator[int]:
    """Let another program listen; gives its port."""

    async def hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        pass

    async with listening(hang_up, port) as taken:
        yield taken


async def test_somebody_else_at_its_address_is_not_taken_for_it(
    runs: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program listens there: nothing is started, and the option that helps is named."""
    monkeypatch.setattr(module, "GONE_WITHIN", 0.2)
    runs("exit 3")
    async with stranger() as port, patience.within(5):
        companion = EmbeddedServerProcess("127.0.0.1", port)
        with pytest.raises(LocalPortInUse, match=f"{port}.*--local-listen"):
            await companion.run()
    assert companion._process is None


async def test_nobody_else_can_have_its_address(
    runs: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither another gateway, which is told who has it, nor a stranger between two children."""
    monkeypatch.setattr(module, "GONE_WITHIN", 0.2)
    runs("exit 3")
    async with kept() as keeping, patience.within(5):
        await keeping.said("embedded.ended", 2)
        other = EmbeddedServerProcess("127.0.0.1", keeping.companion.port)
        with pytest.raises(LocalPortInUse, match=f"{keeping.companion.port}.*--local-listen"):
            await other.run()
        with pytest.raises(OSError, match="in use"):
            await asyncio.start_server(lambda *_: None, "127.0.0.1", keeping.companion.port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_that_cannot_be_had(host: str) -> None:
    """Not one of this machine's: the option that helps is named."""
    async with patience.within(10):
        with pytest.raises(LocalPortInUse, match=f"{host}:8090 .*--local-listen"):
            await EmbeddedServerProcess(host, 8090).run()


@pytest.mark.usefixtures("runs")
async def test_a_predecessors_child_may_leave_first() -> None:
    """A gateway that was killed and started again waits for the address instead of giving up."""
    async with AsyncExitStack() as old:
        port = await old.enter_async_context(stranger())
        async with kept(port) as keeping:
            await asyncio.sleep(0)  # it takes its first step
            assert not keeping.companion.ready.is_set()
            await old.aclose()
            await keeping.ready()


ORPHAN = """
import asyncio, json, os, sys
from gateway.node.embedded import EmbeddedServerProcess

async def main(port, script):
    sys.executable = script
    companion = EmbeddedServerProcess("127.0.0.1", port, "error")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(companion.run())
        await companion.ready.wait()
        print(json.dumps({"event": "ready", "pid": companion._process.pid}), flush=True)
        await asyncio.Event().wait()

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.usefixtures("runs")
async def test_it_goes_when_we_are_killed() -> None:
    """Nobody can say goodbye after SIGKILL; it notices by itself, and the address is free again."""
    port = ports.free_port()
    parent = Process([PYTHON, "-c", ORPHAN, str(port), sys.executable])
    pid = (await parent.said("ready", 20))["pid"]
    assert await answers(port)
    assert await asyncio.to_thread(parent.stop, how=signal.SIGKILL) == -signal.SIGKILL
    await gone(pid)
    assert not await answers(port)
