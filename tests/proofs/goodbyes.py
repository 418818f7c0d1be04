"""Goodbyes are heard whole, and people are joined at once: `python -m tests.proofs.goodbyes [CALLS]`.

50 calls: the agent says a sentence of a length of its own and hangs up with it; of each nothing is
missing at its end, and BYE comes after its last sample. As many callers are put through to a phone that
answers: the time from its 200 until each hears the other is measured (bar: 200 ms).
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass, field

from tests.equipment import ports, tone
from tests.equipment.functions import called
from tests.equipment.model import RATE, Model
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

CALLS = 50
MISSING_MS = 20.0
"""A packet: what may be missing of a tone that begins and ends inside of packets."""
BAR_MS = 200.0
QUIET = {"answer": {"speaks_first": "caller"}}


@dataclass
class Measured:
    """What was heard."""

    missing: list[float] = field(default_factory=list)
    joined: list[float] = field(default_factory=list)


async def goodbye(phone: Phone, model: Model, number: int, length: float, measured: Measured) -> None:
    """Have an agent say goodbye and hang up."""
    call = phone.call("100")
    await call.answered()
    session = model.sessions[number]
    await session.respond(tone.sine(440, length, rate=RATE))
    await called(session, "hang_up")
    bye = await call.ended(20)
    last = call.media.last_sound() or 0
    heard = tone.sound_ms(call.media.heard())
    measured.missing.append(length - heard if bye.at > last else length)


async def put_through(phone: Phone, desk: Phone, model: Model, number: int, measured: Measured) -> None:
    """Have an agent put a caller through; both speak all the time."""
    call = phone.call("101")
    await call.answered()
    await called(model.sessions[number], "transfer", target="desk")
    rung = await desk.incoming()
    rung.ring()
    call.media.say(tone.sine(500, 8000))
    await rung.accept()
    accepted = time.monotonic_ns()
    rung.media.say(tone.sine(900, 8000))
    ms = max(await first(rung, 500, accepted), await first(call, 900, accepted))
    measured.joined.append(ms)
    await call.hang_up()
    await rung.ended()


async def first(call: Call, hertz: float, since: int) -> float:
    """Return after how many ms a tone was heard first."""
    found: list[int] = []

    def heard() -> bool:
        for packet in call.media.packets:
            if (
                packet.at >= since
                and not found
                and tone.share(call.media.heard(packet.at)[:160], hertz) > 0.8
            ):
                found.append(packet.at)
        return bool(found)

    try:
        await call.hears(heard, f"{hertz:g} Hz")
    except TimeoutError:
        return float("inf")
    return (found[0] - since) / 1e6


async def prove(calls: int) -> bool:
    """Make the calls, and print what was measured."""
    measured, rng, desk_port = Measured(), random.Random(1), ports.free_port()
    target = {"desk": {"to": f"sip:desk@127.0.0.1:{desk_port}"}}
    with Pump() as pump:
        async with Model() as model:
            model.says = None
            plans = {
                "bye": agent("100", model.url, model="scripted", agent={"tools": ["hang_up"]}, **QUIET),
                "desk": agent(
                    "101", model.url, model="scripted", targets=target, agent={"tools": ["transfer"]}, **QUIET
                ),
            }
            with Gateway(plans, "--no-local") as gateway:
                async with (
                    Phone(gateway.sip, pump) as phone,
                    Phone(gateway.sip, pump, port=desk_port, user="desk") as desk,
                ):
                    for number in range(calls):
                        await goodbye(phone, model, number, rng.uniform(120, 1500), measured)
                    for number in range(calls):
                        await put_through(phone, desk, model, calls + number, measured)
    whole = sum(ms <= MISSING_MS for ms in measured.missing)
    worst, soon = max(measured.joined), sum(ms <= BAR_MS for ms in measured.joined)
    sys.stdout.write(
        f"{whole} of {calls} goodbyes whole, at most {max(measured.missing):.1f} ms missing; heard both ways "
        f"{sorted(measured.joined)[calls // 2]:.0f} ms after the 200 in the middle, {worst:.0f} at most, "
        f"{soon} of {calls} within {BAR_MS:.0f}\n"
    )
    return whole == calls and worst <= BAR_MS


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    sys.exit(0 if asyncio.run(prove(wanted)) else 1)
