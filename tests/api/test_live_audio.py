"""Listening in over HTTP, to a leg that is scripted: `tests.whole_calls.test_listening` has a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.api import live_audio as module
from gateway.call import LegState, OutsideOrder, TapBlock
from gateway.records.recording.wav_file import HEAD
from tests.api.running_api import RunningApi, running_api
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.equipment import patience

TICK = b"\1\0\2\0" * 160


class Tap:
    """Has so much to read, then nothing."""

    def __init__(self, *blocks: TapBlock) -> None:
        self.blocks = list(blocks)
        self.closed = False

    lost = 0

    def read(self) -> list[TapBlock]:
        return [self.blocks.pop(0)] if self.blocks else []

    def close(self) -> None:
        self.closed = True


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[RunningApi]:
    async with running_api(tmp_path) as running:
        yield running


async def answered(api: RunningApi) -> ScriptedLeg:
    leg = await api.house.talking("c1")
    await leg.until(lambda: leg.state is LegState.ANSWERED)
    return leg


async def test_what_is_heard_until_the_call_is_over(api: RunningApi) -> None:
    """A WAV file without an end; who listens to the call's events hears of it; the tap is let go."""
    leg = await answered(api)
    heard: list[object] = []
    api.house.worker.calls["c1"].notify.add(lambda event, _now: heard.append(event))
    tap = Tap(TapBlock(5, 8000, TICK), TapBlock(9, 8000, TICK), TapBlock(10, 8000, TICK))
    leg.tap = lambda seconds=1.0: tap  # type: ignore[method-assign]
    came = b""
    async with api.read.stream("GET", "/v1/calls/c1/audio") as answer:
        assert answer.headers["content-type"] == "audio/wav"
        async for piece in answer.aiter_bytes():
            came += piece
            if len(came) >= HEAD.size + 3 * len(TICK):
                await api.operate.post("/v1/calls/c1/end")
    assert HEAD.unpack(came[: HEAD.size])[7] == 8000
    assert came[HEAD.size :] == TICK * 3
    assert OutsideOrder("api read", "ListenIn") in heard
    async with patience.within(5):
        while not tap.closed:  # noqa: ASYNC110 - the socket's side ends by itself
            await asyncio.sleep(0.01)


async def test_who_leaves_is_let_go(api: RunningApi) -> None:
    """The tap is closed, and another may listen."""
    leg = await answered(api)
    tap = Tap(*(TapBlock(number, 8000, TICK) for number in range(200)))
    leg.tap = lambda seconds=1.0: tap  # type: ignore[method-assign]
    async with api.read.stream("GET", "/v1/calls/c1/audio") as answer:
        async for _ in answer.aiter_bytes():
            break
    async with patience.within(5):
        while not tap.closed or api.app.state.live_audio._listeners:  # noqa: ASYNC110 - of another process' kind
            await asyncio.sleep(0.01)


async def test_what_cannot_be_heard(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such call, a leg that has no tap, nothing for too long, too many: each says why."""
    assert (await api.read.get("/v1/calls/c9/audio")).status_code == 404
    leg = await answered(api)
    refused = await api.read.get("/v1/calls/c1/audio")
    assert (refused.status_code, "nothing is heard here" in refused.text) == (409, True)
    leg.tap = lambda seconds=1.0: Tap()  # type: ignore[method-assign]
    monkeypatch.setattr(module, "FIRST_WITHIN_S", 0.05)
    silent = await api.read.get("/v1/calls/c1/audio")
    assert (silent.status_code, "on hold" in silent.text) == (409, True)
    assert api.app.state.live_audio._listeners == 0
    monkeypatch.setattr(module, "MOST_LISTENERS", 0)
    assert (await api.read.get("/v1/calls/c1/audio")).status_code == 503
