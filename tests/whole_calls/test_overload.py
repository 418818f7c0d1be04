"""A machine that is too late for more calls: who comes is sent elsewhere, who is there stays."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import NoReturn

import pytest
from structlog.testing import capture_logs

from gateway.node import load_limit
from tests.equipment import patience
from tests.equipment.model import Model
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.whole_calls.test_control import gateway

pytestmark = pytest.mark.native


async def hold_up() -> NoReturn:
    """Keep the event loop from its work for most of the time."""
    while True:
        time.sleep(0.07)  # noqa: ASYNC251, TID251 - it is what this is about
        await asyncio.sleep(0.005)


async def told(phone: Phone, status: int) -> Message:
    """Ask whether calls are taken until the answer has this status; return it."""
    async with patience.within(20):
        while True:
            if (answer := await phone.ask("OPTIONS")).status == status:
                return answer
            await asyncio.sleep(0.05)


async def test_calls_are_refused_while_it_is_late(
    tmp_path: Path, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After to INVITE and OPTIONS, a line that says why, and all is well once it is over."""
    monkeypatch.setattr(load_limit, "FEW", 1)
    monkeypatch.setattr(load_limit, "LATE_S", 0.3)
    with capture_logs() as lines:
        async with Model() as model, gateway(tmp_path, model) as (_, address), Phone(address, pump) as phone:
            talking = phone.call("101")
            await talking.answered()
            busy = asyncio.get_running_loop().create_task(hold_up())
            options = await told(phone, 503)
            refusal = await phone.call("101").final()
            assert (refusal.status, refusal.header("Retry-After")) == (503, "5")
            assert options.header("Retry-After") == "5"
            assert not talking.over
            await asyncio.sleep(0.3)
            busy.cancel()
            await told(phone, 200)
            again = phone.call("101")
            assert (await again.answered()).status == 200
            for call in (talking, again):
                await call.hang_up()
    said = [line for line in lines if line["event"] == "load.too_high"]
    (line,) = said
    assert (line["refused"] >= 1, line["calls"]) == (True, 1)
    assert "cores" in said[0]["cure"]
