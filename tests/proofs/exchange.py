"""Transfers through a real exchange: `python -m tests.proofs.exchange`.

A phone calls Asterisk, which calls the gateway; the agent puts the caller through to a phone of the same
exchange: by REFER, by REFER with Replaces, and joined by the gateway. Each time both phones hear each other
and both of the gateway's calls end; a phone that is busy leaves the caller with the agent. Then the exchange
itself asks the gateway, by REFER, to go on with that phone: the agent talks with it. Asterisk is installed
first, where that can be (`tests.equipment.asterisk`).
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.equipment import asterisk, patience, ports, tone
from tests.equipment.functions import called, outcome
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.proofs import NOT_HERE

WORDS = tone.sine(880, 500, rate=RATE, fade_ms=5)
EXCHANGE = f"{asterisk.HOST}:{asterisk.PORT}"
TARGETS = {
    "blind": {"to": f"sip:200@{EXCHANGE}", "mode": "blind"},
    "attended": {"to": f"sip:201@{EXCHANGE}", "mode": "attended"},
    "bridge": {"to": f"sip:201@{EXCHANGE}"},
}


async def hear_each_other(one: Call, other: Call) -> None:
    """Wait until what each says is heard by the other."""
    one.media.say(tone.sine(500, 4000, fade_ms=5))
    other.media.say(tone.sine(900, 4000, fade_ms=5))
    await other.hears(lambda: tone.share(other.media.heard()[-1600:], 500) > 0.8, "the caller")
    await one.hears(lambda: tone.share(one.media.heard()[-1600:], 900) > 0.8, "the desk")


class Exchange:
    """The phones, the gateway and the model behind it."""

    def __init__(self, gateway: Gateway, caller: Phone, desk: Phone, model: Model) -> None:
        self.gateway = gateway
        self.caller = caller
        self.desk = desk
        self.model = model
        self.calls = 0

    async def ring(self) -> tuple[Call, Session]:
        """Call the agent through the exchange."""
        call = self.caller.call("100")
        await call.answered()
        self.calls += 1
        session = await self.model.session(self.calls)
        await session.respond(WORDS)
        return call, session

    async def transfers(self, target: str) -> str:
        """Have a caller put through; return why the gateway's call ended."""
        call, session = await self.ring()
        await called(session, "transfer", target=target)
        rung = await self.desk.incoming()
        rung.ring()
        await rung.accept()
        await hear_each_other(call, rung)
        if target == "bridge":
            await rung.hang_up()
        ended = (await self.ended())["reason"]
        if target != "bridge":
            await hear_each_other(call, rung)  # without us
            await rung.hang_up()
        await call.ended()
        return str(ended)

    async def referred(self) -> str:
        """Have the exchange put the agent through; return why the gateway's call ended."""
        self.model.says = WORDS
        call = self.caller.call("102")
        self.calls += 1
        session = await self.model.session(self.calls)
        rung = await self.desk.incoming(20)
        rung.ring()
        await rung.accept()
        await rung.hears(lambda: tone.share(rung.media.heard()[-1600:], 880) > 0.8, "the agent")
        rung.media.say(tone.sine(900, 2000, fade_ms=5))
        await session.until(lambda: tone.share(session.caller()[-RATE // 5 :], 900, rate=RATE) > 0.5)
        self.model.says = None
        await rung.hang_up()
        ended = (await self.ended())["reason"]
        if not call.over:
            await call.cancel() if 200 not in call.times else await call.hang_up()
        return str(ended)

    async def busy(self) -> Any:
        """Have a caller put through to somebody who is busy; return what the agent is told."""
        call, session = await self.ring()
        await called(session, "transfer", target="bridge")
        (await self.desk.incoming()).reject(486)
        told = await outcome(session)
        await call.hang_up()
        await self.ended()
        return told

    async def ended(self) -> dict[str, Any]:
        """Wait until the gateway's call is over."""
        async with patience.within(20):
            while len(ended := self.gateway.ended_calls()) < self.calls:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
        return dict(ended[-1])


async def prove() -> bool:
    """Do each once; return whether all came out as they should."""
    desk_port = ports.free_port(asterisk.DESK)
    with Pump() as pump:
        async with Model() as model:
            model.says = None
            plan = agent("100", model.url, model="scripted", targets=TARGETS, agent={"tools": ["transfer"]},
                         answer={"speaks_first": "caller"})  # fmt: skip
            with (
                tempfile.TemporaryDirectory() as folder,
                Gateway({"office": plan}, "--no-local", "--config", _settings(folder)) as gateway,
                asterisk.running(gateway.sip, desk_port) as address,
            ):
                async with (
                    Phone(address, pump, host=asterisk.CALLER) as caller,
                    Phone(address, pump, host=asterisk.DESK, port=desk_port, user="desk") as desk,
                ):
                    await _awake(caller)
                    return await _all(Exchange(gateway, caller, desk, model))


def _settings(folder: str) -> str:
    """Write those of a gateway that lets the exchange put its calls through; return the file."""
    trunk = {"peers": [asterisk.HOST], "dial": ["20"], "refers": "follow"}
    file = Path(folder, "gateway.yaml")
    file.write_text(json.dumps({"trunks": {"exchange": trunk}}), encoding="utf-8")
    return str(file)


async def _awake(phone: Phone) -> None:
    async with patience.within(60):
        while (await phone.ask("OPTIONS")).status >= 500:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.2)


async def _all(exchange: Exchange) -> bool:
    wanted = {"blind": "transferred", "attended": "transferred", "bridge": "target_hung_up"}
    holds = True
    for target, reason in wanted.items():
        got = await exchange.transfers(target)
        holds &= got == reason
        sys.stdout.write(f"{target:9} both heard each other; the gateway's call ended: {got}\n")
    got = await exchange.referred()
    holds &= got == "callee_hung_up"
    sys.stdout.write(f"asked     the agent talked with the desk; the gateway's call ended: {got}\n")
    told = await exchange.busy()
    holds &= told == {"transferred": False, "why": "they are busy"}
    sys.stdout.write(f"busy      the agent was told: {told}\n")
    return holds


def main() -> int:
    """Install the exchange if that can be, and prove."""
    try:
        asterisk.install()
    except (OSError, subprocess.SubprocessError) as error:
        sys.stdout.write(f"no exchange can be installed here: {error}\n")
        return NOT_HERE
    if why := asterisk.missing():
        sys.stdout.write(f"{why}\n")
        return NOT_HERE
    return 0 if asyncio.run(prove()) else 1


if __name__ == "__main__":
    sys.exit(main())
