"""A reader of the log that stops reading: a pipe that is full holds up no call, no signal and no truth."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.equipment import tone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

REFUSED = 150
"""Calls that are refused: two lines of a third of a kilobyte each."""


async def fill_the_pipe(phone: Phone) -> None:
    """Have more logged than a pipe and its reader's buffer take."""
    for _ in itertools.repeat(None, REFUSED):
        assert (await phone.call("600").final()).status == 603


async def test_a_reader_that_stops(
    gateway_process: Callable[..., Gateway], local_server: LocalServer, pump: Pump
) -> None:
    """Agents speak on without a gap, calls are answered, OPTIONS is 200, and SIGTERM ends it."""
    plans = {
        "tone": agent("100", local_server.url, voice="tone-440-4s"),
        "refused": {"numbers": ["600"], "reject": {"status": 603}},
    }
    gateway = gateway_process(plans, "--no-local")
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call("100")
        await call.answered()
        await call.hears_sound()
        gateway.read(False)
        await fill_the_pipe(phone)
        await call.hears_silence()
        (spoken,) = tone.spans(call.media.heard())
        assert spoken.ms == pytest.approx(4000, abs=100), "the agent's four seconds are whole"
        assert (await phone.ask("OPTIONS")).status == 200
        second = phone.call("100")
        await second.answered()
        await second.hears_sound()
        for one in (call, second):
            await one.hang_up()
    gateway.popen.terminate()
    assert gateway.popen.wait(10) == 0
    gateway.read(True)
    gateway.wait()
