"""Session timers of calls that we make, in both roles (RFC 4028): `python -m tests.proofs.session_timers`.

Four calls over a trunk with `session_timer: 90s`, side by side, in 110 s: whoever is called lets us refresh;
knows of no timer, so that we do by ourselves; refreshes; says that it does, and does not. We refresh after 45
and 90 s; a call whose other side refreshes goes on; one whose other side does not is hung up before the 90 s
are over.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from gateway.call import Answered, HangUp, LegEnded
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.proofs._trunk_calls import HUNG_UP
from tests.sip.conftest import Exchange, Listening, exchange

WATCHED_S = 110.0
OURS, THEIRS = "Session-Expires", "90;refresher="


@dataclass(frozen=True, slots=True)
class Watched:
    """One call: when we refreshed it, and when it was over by us; seconds after the answer."""

    name: str
    refreshed: tuple[float, ...]
    over: float | None

    def __str__(self) -> str:
        at = ", ".join(f"after {one:.1f} s" for one in self.refreshed) or "never"
        over = "up" if self.over is None else f"hung up after {self.over:.1f} s"
        return f"{self.name:30} refreshed by us {at}; {over}"


async def watched(running: Exchange, pump: Pump, name: str, refresher: str, *, refreshes: bool) -> Watched:
    """Make a call, have it answered so, and watch it."""
    async with Phone(running.address, pump, user="desk") as phone:
        leg = Listening(running.agent.dial(f"sip:desk@{phone.local[0]}:{phone.local[1]}", trunk="carrier"))
        call = await phone.incoming()
        headers = [(OURS, THEIRS + refresher), ("Require", "timer")] if refresher else []
        await call.accept(headers=headers)
        while not isinstance(await leg.fact(), Answered):
            pass
        ended = asyncio.get_running_loop().create_task(leg.fact(10 * WATCHED_S))
        if refreshes:
            await asyncio.wait({ended}, timeout=50)
            await call.request("UPDATE", headers=[("Supported", "timer"), (OURS, "90;refresher=uac")])
        await asyncio.wait({ended}, timeout=WATCHED_S - (50 if refreshes else 0))
        over = isinstance(ended.result(), LegEnded) if ended.done() else False
        ended.cancel()
        leg.leg.execute(HangUp(HUNG_UP))
        await call.ended()
        return Watched(name, _refreshes(call), _since(call, call.times["BYE"]) if over else None)


def _refreshes(call: Call) -> tuple[float, ...]:
    sent = [one.at for one in call.messages[1:] if one.method in ("UPDATE", "INVITE") and not one.status]
    return tuple(_since(call, at) for at in sent)


def _since(call: Call, at: int) -> float:
    return (at - call.times["ACK"]) / MS / 1000


async def main() -> int:
    """Watch all four."""
    keys = TrunkKeys.model_validate({"peers": ["127.0.0.1"], "session_timer": "90s", "keepalive": "off"})
    with Pump() as pump:
        async with exchange(trunks={"carrier": keys}) as running:
            ours, without, theirs, vanished = await asyncio.gather(
                watched(running, pump, "they let us refresh", "uac", refreshes=False),
                watched(running, pump, "they know of no timer", "", refreshes=False),
                watched(running, pump, "they refresh", "uas", refreshes=True),
                watched(running, pump, "they say so, and do not", "uas", refreshes=False),
            )
    for one in (ours, without, theirs, vanished):
        sys.stdout.write(f"{one}\n")
    by_us = all(
        one.over is None
        and len(one.refreshed) == 2
        and all(abs(at - due) < 2 for at, due in zip(one.refreshed, (45, 90), strict=True))
        for one in (ours, without)
    )
    by_them = theirs.over is None and not theirs.refreshed
    gone = vanished.over is not None and 30 < vanished.over < 90
    return 0 if by_us and by_them and gone else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
