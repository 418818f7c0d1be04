"""An INVITE that is never ACKed costs a second of audio, and a place for 32 s.

`python -m tests.proofs.unacknowledged`. The SDP names an address that has not asked for anything. Counted is
what really leaves towards it, and when the call, its model session and the only place of its plan are free
again. The times are RFC 3261's own: 40 s in all.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_capture import Capture
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Sdp
from tests.proofs import NOT_HERE

VICTIM = ("127.0.0.66", 41_000)
GIVEN_UP_S = 32.0
SLACK_S = 0.5
"""For the machine: nothing of it is ours to wait for."""
MOST_PACKETS = 50


async def prove(gateway: Gateway, server: LocalServer, pump: Pump) -> bool:
    """Call without an ACK; print and judge what came of it."""
    with Capture() as capture:
        async with Phone(gateway.sip, pump) as phone:
            del phone.answers["BYE"]
            call = phone.call("100", invite=False)
            call.acks = False
            offer = Sdp(*VICTIM)
            call.invite(sdp=offer)
            await call.final()
            began = time.monotonic()
            busy = (await phone.call("100").final()).status
            line = await gateway.said("call.ended", 60, sip_call_id=call.call_id)
            ended_s = time.monotonic() - began
            await server.said("client.gone", 5)
            free = phone.call("100")
            status = (await free.final()).status
            packets, bytes_out = (
                len(capture.rtp_to(*VICTIM)),
                sum(len(p.data) for p in capture.udp_to(VICTIM[0])),
            )
            before = len(capture.udp_to(VICTIM[0]))
            await asyncio.sleep(1)
            late = len(capture.udp_to(VICTIM[0])) - before
            await free.hang_up()
    bytes_in = len(bytes(call.make("INVITE", body=offer.write())))
    print_line(f"RTP packets to the victim        {packets}, of at most {MOST_PACKETS}")
    print_line(f"bytes there for a byte of ours   {bytes_out / bytes_in:.1f}")
    print_line(f"another call, meanwhile          {busy}")
    print_line(f"given up after                   {ended_s:.2f} s: {line['result']}, {line['reason']}")
    print_line(f"another call, then               {status}")
    print_line(f"packets in the second after      {late}")
    right_in_time = ended_s <= GIVEN_UP_S + SLACK_S
    return packets <= MOST_PACKETS and not late and busy in {486, 503} and right_in_time and status == 200


def print_line(text: str) -> None:
    """Write a figure as soon as it is known."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run a gateway whose plan has one place."""
    if os.geteuid() != 0:
        print_line("capturing packets needs root")
        return NOT_HERE
    with LocalServer() as server, Pump() as pump:
        plan = agent("100", server.url, voice="tone-440-60s", limits={"max_calls": 1})
        with Gateway({"tone": plan}, "--no-local") as gateway:
            return 0 if asyncio.run(prove(gateway, server, pump)) else 1


if __name__ == "__main__":
    sys.exit(main())
