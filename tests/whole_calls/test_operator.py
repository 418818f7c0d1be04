"""An operator at the gateway's own machine: sees calls, speaks into one, moves it on, ends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from tests.equipment import patience, tone
from tests.equipment.process import python
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump


async def command(gateway: Gateway, *words: str) -> tuple[int, str]:
    """Type a command; return its exit code and all that it said."""
    typed = python("-m", "gateway", "calls", *words, "--socket", str(gateway.control))
    out = asyncio.subprocess.PIPE
    run = await asyncio.create_subprocess_exec(*typed, stdout=out, stderr=asyncio.subprocess.STDOUT)
    async with patience.within(20):
        said, _ = await run.communicate()
    return run.returncode or 0, said.decode()


async def hears_tone(call: Call, hertz: float) -> None:
    """Wait until the phone has heard half a second of it."""
    await call.hears(lambda: tone.share(call.media.heard()[-4000:], hertz) > 0.9, f"{hertz} Hz")


async def test_a_call_from_its_operators_side(
    gateway_process: Callable[..., Gateway], local_server: LocalServer
) -> None:
    """Listed, told on by a key, moved to another agent whose voice is heard, and ended with BYE."""
    plans = {
        "low": agent("100", local_server.url, voice="tone-440-60s"),
        "high": agent("200", local_server.url, voice="tone-880-60s"),
    }
    gateway = gateway_process(plans, "--no-local")
    with Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await hears_tone(call, 440)
            code, said = await command(gateway, "live", "--json")
            view = json.loads(said)
            assert (code, view["state"], view["plan"], view["called"]) == (0, "answered", "low", "100")
            assert view["id"] in (await command(gateway, "live"))[1]
            assert (await command(gateway, "move", view["id"][:4], "high")) == (0, "")
            await hears_tone(call, 880)
            code, said = await command(gateway, "move", view["id"], "nowhere")
            assert (code, "no plan 'nowhere'" in said) == (1, True)
            assert (await command(gateway, "end", view["id"][:4])) == (0, "")
            await call.ended(5)
            line = await gateway.said("call.ended", sip_call_id=call.call_id)
            assert (line["reason"], line["last_plan"]) == ("operator_hung_up", "high")
            code, said = await command(gateway, "end", view["id"])
            assert (code, "no such call is up" in said) == (1, True)
