"""What calls have in memory, and what they leave behind."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.equipment import tone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

CALLS = 4
NEGLIGIBLE = 5
"""Objects a call; it has about 260 of its own."""


async def test_a_call_that_is_over_leaves_nothing_to_the_garbage_collector(
    gateway_process: Callable[..., Gateway], local_server: LocalServer, pump: Pump
) -> None:
    """A full collection would halt all other calls for a fifth of a second."""
    plans = {"tone": agent("100", local_server.url, voice="tone-440-300ms")}
    gateway = gateway_process(plans, "--no-local", command=("-m", "tests.equipment.uncollected_gateway"))
    async with Phone(gateway.sip, pump) as phone:
        await _ring(phone, gateway)
        await _garbage(gateway, 1)  # what the first call has made once and for all
        for _ in range(CALLS):
            await _ring(phone, gateway)
        assert await _garbage(gateway, 2) < NEGLIGIBLE * CALLS


@pytest.mark.native  # in portable mode it makes the sound
async def test_a_call_does_without_numpy(
    gateway_process: Callable[..., Gateway], local_server: LocalServer, pump: Pump
) -> None:
    """An agent speaks, the caller interrupts it and is answered: numpy would be a sixth of a process."""
    gateway = gateway_process({"tone": agent("100", local_server.url)}, "--no-local")
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call("100")
        await call.answered()
        await call.hears_sound()
        call.media.say(tone.sine(300, 1000))
        interrupted = await call.hears_silence(200)
        await call.hears_sound(since=interrupted + 1)
        await call.hang_up()
        await gateway.said("call.ended", sip_call_id=call.call_id)
    assert "numpy" not in _loaded(gateway)


def _loaded(gateway: Gateway) -> str:
    """Return what its memory is of, files of modules among them."""
    return Path(f"/proc/{gateway.popen.pid}/maps").read_text(encoding="utf-8")


async def _ring(phone: Phone, gateway: Gateway) -> None:
    call = phone.call("100")
    await call.answered()
    await call.hears_sound()
    await call.hang_up()
    await gateway.said("call.ended", sip_call_id=call.call_id)
    await asyncio.sleep(0.1)  # the log line is not quite a call's last act


async def _garbage(gateway: Gateway, time: int) -> int:
    """Have it collect for the `time`-th time; gives the number of objects that had to be."""
    gateway.popen.send_signal(signal.SIGUSR1)
    return int((await gateway.said("garbage", time=time))["objects"])
