"""Mutated RTP and RTCP under talking calls: `python -m tests.proofs.rtp [--packets N --seed N]`.

100 000 packets, nearly right or not at all, to the ports of seventeen calls whose callers talk with an echo,
from strangers' addresses and from their own machine; three more callers send such packets themselves. No
call is lost, each caller hears himself alone, and nobody hears the strangers. `--short` is the form for
`make test`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter

from tests.equipment import alone, tone
from tests.equipment.elsewhere import as_elsewhere
from tests.equipment.process import Process
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.rtp_mutations import TONE_HZ, RtpMutator
from tests.equipment.rtp_noise import rtp_noise
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.proofs import NOT_HERE
from tests.proofs.mutations import mistakes

PACKETS, SHORT = 100_000, 8_000
RATE = 2000
TALKING, TALKING_SHORT, NOISY = 17, 10, 3
FREQUENCIES = [400 + 70 * number for number in range(TALKING)]
"""Of the callers, in Hz: none is near the strangers', and two are told apart."""
EDGE_MS = 100
"""Shorter is the edge of a tone."""


class Proof:
    """One gateway, and what its calls go through."""

    def __init__(self, gateway: Gateway, pump: Pump, given: argparse.Namespace) -> None:
        self._gateway, self._pump, self._given = gateway, pump, given
        self.figures: Counter[str] = Counter()

    async def run(self) -> None:
        """Talk, and have noise sent meanwhile."""
        async with Phone(self._gateway.sip, self._pump) as phone:
            frequencies = FREQUENCIES[: self._given.talking]
            talking = [phone.call("101") for _ in frequencies]
            noisy = [phone.call("100") for _ in range(NOISY)]
            for call in (*talking, *noisy):
                await call.answered(30)
            ports = [call.remote_sdp.port for call in talking if call.remote_sdp]
            with rtp_noise(ports, self._given.packets, RATE, self._given.seed) as noise:
                callers = zip(talking, frequencies, strict=True)
                await asyncio.gather(
                    *(self._talk(call, frequency, noise) for call, frequency in callers),
                    *(self._be_noisy(call, noise) for call in noisy),
                )
                self.figures["packets of strangers"] += (await noise.said("sent"))["packets"]
            for call in (*talking, *noisy):
                self.figures["calls lost"] += call.over
                if not call.over:
                    self.figures["BYEs not answered 200"] += (await call.hang_up()).status != 200
        self.figures["mistakes logged"] = len(mistakes(self._gateway))

    async def _talk(self, call: Call, frequency: int, noise: Process) -> None:
        """Say a tone and hear it come back, again and again; nothing else is heard."""
        while not noise.events("sent"):
            word = tone.join([tone.silence(200), tone.sine(frequency, 600, fade_ms=5)])
            said = await call.said(call.media.say(word))
            await call.hears_sound(since=said.ended_at)
            await call.hears_silence()
            heard = [
                one.frequency for one in tone.tones(call.media.heard(since=said.ended_at)) if one.ms > EDGE_MS
            ]
            self.figures["words that came back"] += any(abs(one - frequency) < 10 for one in heard)
            self.figures["words that did not"] += not any(abs(one - frequency) < 10 for one in heard)
            self.figures["strangers heard"] += any(abs(one - TONE_HZ) < 30 for one in heard)
            self.figures["other callers heard"] += any(abs(one - frequency) > 30 for one in heard)

    async def _be_noisy(self, call: Call, noise: Process) -> None:
        """Send mutated packets from where one's own audio comes, among it; what is heard goes on."""
        mutator = RtpMutator(self._given.seed)
        while not noise.events("sent") and not call.over:
            for _ in range(5):
                call.media.send_bytes(mutator.rtp())
                self.figures["packets of callers"] += 1
            await asyncio.sleep(0.02)
        before = len(call.media.packets)
        await call.hears(lambda: len(call.media.packets) > before + 20, "RTP after the noise")


async def prove(given: argparse.Namespace) -> int:
    """Return 0 if nobody notices."""
    with LocalServer() as server, Pump() as pump:
        plans = {
            "echo": agent(
                "101",
                server.url,
                model="echo",
                answer={"speaks_first": "caller"},
                limits={"max_echoes": None},
            ),
            "tone": agent("100", server.url, voice="tone-440-20s"),
        }
        with Gateway(plans, "--no-local", env={"PYTHONFAULTHANDLER": "1"}) as gateway:
            proof = Proof(gateway, pump, given)
            try:
                await proof.run()
            finally:
                if not gateway.running:
                    code = gateway.popen.returncode
                    sys.stdout.write(f"the gateway ended with {code}, seed {given.seed}\n{gateway.tail(150)}")
            for text in mistakes(gateway)[:5]:
                sys.stdout.write(f"    | {text}\n")
    for what, figure in proof.figures.items():
        sys.stdout.write(f"{what:24} {figure:10}\n")
    counted = ("packets", "words that came")
    failed = [what for what, figure in proof.figures.items() if figure and not what.startswith(counted)]
    sys.stdout.write(f"does not hold: {', '.join(failed)}\n" if failed else "holds\n")
    return int(bool(failed) or not proof.figures["words that came back"])


def main() -> int:
    """Read the command line; prove it where nobody else is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--packets", type=int)
    parser.add_argument("--seed", type=int, default=3550)
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    given.packets = given.packets or (SHORT if given.short else PACKETS)
    given.talking = TALKING_SHORT if given.short else TALKING
    if why := alone.refusal():
        sys.stdout.write(f"{why}\n")
        return NOT_HERE
    alone.enter()
    with as_elsewhere():
        return asyncio.run(prove(given))


if __name__ == "__main__":
    sys.exit(main())
