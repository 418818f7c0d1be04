"""A gateway that was stopped for a while, and goes on."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.equipment.certificates import Authority
from tests.equipment.ports import free_port
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Sdp

LONG_S = 2.3
"""After which nobody waits for an answer any more (`stale.cpp`)."""


@pytest.mark.native
async def test_who_went_elsewhere_meanwhile_is_not_answered(local_server: LocalServer, pump: Pump) -> None:
    """Who has just come is, or who still asks."""
    plans = {"tone": agent("100", local_server.url)}
    with Gateway(plans, "--no-local") as gateway:
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.hang_up()
            body = Sdp(*call.media.local).write()
            with gateway.halted():
                phone.send(phone.request("INVITE", headers=[("Content-Type", "application/sdp")], body=body))
                await asyncio.sleep(LONG_S)  # what is tried is an age
                waits = phone.call("100")
            await waits.answered()
            await waits.hang_up()
            assert (await gateway.said("sip.read_late"))["calls"] == 1
            await gateway.said("call.ended", sip_call_id=waits.call_id)
            assert phone._strays.empty()  # not even a 100, which would have come before
            assert len(gateway.events("call.started")) == 2


@pytest.mark.native
async def test_who_closes_the_connection_meanwhile_is_not_answered(
    local_server: LocalServer, pump: Pump, tmp_path: Path
) -> None:
    """Over a connection nobody asks twice: who waits is answered, and who cancels has cancelled."""
    authority = Authority(tmp_path)
    us, tls = authority.gives("gateway"), free_port()
    env = {"GATEWAY_TLS__CERTIFICATE": str(us.certificate), "GATEWAY_TLS__KEY": str(us.key)}
    plans = {"tone": agent("100", local_server.url)}
    with Gateway(plans, "--no-local", "--tls", f"127.0.0.1:{tls}", env=env) as gateway:
        trusts = ssl.create_default_context(cafile=str(authority.file))
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            phones = [Phone(gateway.sip, pump, transport="tcp") for _ in range(4)]
            phones += [Phone(("127.0.0.1", tls), pump, transport="tls", tls=trusts)]
            for phone in phones:
                await stack.enter_async_context(phone)
                assert (await phone.ask("OPTIONS")).status == 200
            with gateway.halted():
                waits, cancels, *_ = [phone.call("100") for phone in phones]
                cancelled = tasks.create_task(cancels.cancel())
                await asyncio.sleep(LONG_S / 10)
                phones[2].wire.close()
                phones[3].wire.reset()
                phones[4].wire.close()
                await asyncio.sleep(LONG_S)  # what is tried is an age
            await waits.answered()
            await waits.hang_up()
            assert (await cancelled).status == 200
            assert (await cancels.final()).status == 487
            assert (await gateway.said("sip.read_late"))["calls"] == 3
            for call in (waits, cancels):
                await gateway.said("call.ended", sip_call_id=call.call_id)
            assert len(gateway.events("call.started")) == 2
