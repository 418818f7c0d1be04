"""A machine is left a message as soon as it has beeped: `python -m tests.proofs.messages [CALLS]`.

Whole calls (20), several at once: the gateway calls a phone, which answers as the machines with a beep of
tests/equipment/answered_calls.py do, whose speakers nobody has tuned anything by. The message is spoken by
the embedded voice; its first sound leaves 700 ms after the end of the beep, at most, and never before that.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from tests.bench.figures import percentile
from tests.equipment.answered_calls import AnsweredCall, answered_calls
from tests.equipment.control import control
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.proofs import NOT_HERE

CALLS, AT_ONCE, WITHIN_MS = 20, 4, 700.0
WORDS = "This is Acme. Please remember your appointment on Monday."


@dataclass(frozen=True, slots=True)
class Left:
    """One message. `after_ms`: from the end of the beep to its first sound, None where none was heard."""

    machine: AnsweredCall
    after_ms: float | None
    ended: str


async def leave(gateway: Gateway, pump: Pump, machine: AnsweredCall) -> Left:
    """Make one call, and listen to its message."""
    assert machine.beep_ends_s is not None
    async with Phone(gateway.sip, pump, user="mailbox") as phone:
        number = f"sip:mailbox@{phone.local[0]}:{phone.local[1]}"
        async with control(gateway) as asked:
            made = await asked.ask("originate", number=number, plan="reminder")
        call = await phone.incoming()
        await call.accept()
        said = call.media.say(machine.pcm)
        await call.ended(40)
        first = call.media.first_sound(call.times["ACK"])
        beep_ended = said.started_at + machine.beep_ends_s * 1000 * MS
        await asyncio.sleep(0.2)
        over = next(line for line in gateway.ended_calls() if line["call"] == made)
        return Left(machine, None if first is None else (first - beep_ended) / MS, str(over["reason"]))


async def measure(calls: int) -> bool:
    """Make them all, and say how soon the messages came."""
    machines = [
        one
        for one in answered_calls(4 * calls)
        if one.held_out and one.beep_ends_s is not None and one.beep_ends_s < 11
    ][:calls]
    left: list[Left] = []
    told = {"on_machine": "leave_message", "say": WORDS}
    with LocalServer("agent") as model:
        plans = {"reminder": agent("500", model.url, model="agent", voice="heart", outbound=told)}
        with Gateway(plans, "--no-local") as gateway, Pump() as pump:
            for first in range(0, calls, AT_ONCE):
                some = machines[first : first + AT_ONCE]
                left += await asyncio.gather(*(leave(gateway, pump, one) for one in some))
    after = [one.after_ms for one in left if one.after_ms is not None and one.ended == "message_left"]
    for one in left:
        if one.after_ms is None or not 0 < one.after_ms <= WITHIN_MS or one.ended != "message_left":
            sys.stdout.write(f"{one.machine.speaker}: {one.ended}, after {one.after_ms} ms\n")
    soon = sum(0 < each <= WITHIN_MS for each in after)
    sys.stdout.write(
        f"{len(after)} of {calls} messages left; beep to first word p50 {percentile(after, 50):.0f},"
        f" worst {max(after):.0f} ms; {soon} within {WITHIN_MS:g} ms\n"
    )
    return soon == calls


def main() -> int:
    """Leave messages."""
    if not any(answered_calls(2)):
        sys.stdout.write("needs voices: apt-get install asterisk-core-sounds-en-wav espeak-ng flite\n")
        return NOT_HERE
    return 0 if asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)) else 1


if __name__ == "__main__":
    sys.exit(main())
