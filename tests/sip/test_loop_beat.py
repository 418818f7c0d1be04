"""Signs of life reach whoever answers OPTIONS."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from gateway.sip import loop_beat
from gateway.sip.loop_beat import LoopBeat


async def test_it_beats_until_it_is_stopped() -> None:
    """Again and again while the loop runs; no more afterwards."""
    beats: list[None] = []
    beat = LoopBeat(asyncio.get_running_loop())
    beat.begin(SimpleNamespace(beat=lambda: beats.append(None)))  # type: ignore[arg-type]
    await asyncio.sleep(loop_beat.BEAT_S * 2.5)
    beat.stop()
    assert len(beats) >= 2
    stopped = len(beats)
    await asyncio.sleep(loop_beat.BEAT_S * 1.5)
    assert len(beats) == stopped


async def test_portable_mode_has_nobody_to_tell() -> None:
    """OPTIONS is 200 there, whatever the loop does."""
    beat = LoopBeat(asyncio.get_running_loop())
    beat.begin(None)
    beat.stop()
