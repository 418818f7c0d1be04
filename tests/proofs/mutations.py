"""Mutated SIP messages beside ten talking calls: `python -m tests.proofs.mutations [--messages N --seed N]`.

100 000, over UDP and TCP, requests and answers inside and outside of calls, and then every byte in every
header of an INVITE, in a network of its own. Nobody else notices: all calls go on with their whole sound,
OPTIONS is answered within 100 ms, and afterwards everything is as it was. `--short` is the form for
`make test`: fewer, and how long OPTIONS takes is a busy machine's business. `--watched` is for a gateway
built with AddressSanitizer (mutations_watched).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from deploy.pjsip import build
from tests.equipment import alone, patience
from tests.equipment.elsewhere import as_elsewhere
from tests.equipment.hostile_caller import EXEMPT, hostile_caller
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump, is_loud
from tests.proofs import NOT_HERE

CALLS = 10
MESSAGES = 100_000
A_ROUND = 16_000
"""Messages while the same ten calls talk: 40 s of them."""
SHORT = 3_000
RATE = 400
SLOTS = 60
"""Calls at once that the gateway takes, the hostile ones included."""
BRIEF = {"max_duration": "20s", "notice": None}
LATE_MS, MOST_LATE = 100.0, 1.0
"""When OPTIONS is answered late, and how many of a thousand may be: a shared machine makes some late."""
MOST_GAP_MS = 100.0
MOST_MB = 100.0
"""More than before, at the end; the allocator's, not ours (see tests.proofs.memory)."""
OVER_S = 45
"""Until the last hostile call has been given up: 32 s for its ACK or the answer to our BYE."""


class Prober:
    """Asks OPTIONS twenty times a second from an address of its own, and keeps how long each answer took."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.2", 0))
        self._target = target
        self.took_ms: list[float] = []
        self.unanswered = 0

    def ask(self, number: int) -> None:
        """Ask once; wait a second for the answer."""
        port = self._socket.getsockname()[1]
        text = (
            f"OPTIONS sip:{self._target[0]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.2:{port};branch=z9hG4bKprobe{number}\r\n"
            f"From: <sip:probe@127.0.0.2>;tag=p\r\nTo: <sip:{self._target[0]}>\r\nCall-ID: probe{number}\r\n"
            f"CSeq: {number} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        self._socket.settimeout(patience.seconds(1))
        began = time.monotonic()
        self._socket.sendto(text.encode(), self._target)
        try:
            while b"Call-ID: probe%d\r\n" % number not in (answer := self._socket.recv(4096)):
                pass
        except OSError:
            self.unanswered += 1
            return
        self.unanswered += not answer.startswith(b"SIP/2.0 200")
        self.took_ms.append((time.monotonic() - began) * 1000)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask from now on."""
        over = threading.Event()

        def run() -> None:
            number = 0
            while not over.wait(0.05):
                self.ask(number := number + 1)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self._socket.close()


def sound(calls: list[Call], began: int, ended: int) -> tuple[int, int, float]:
    """Return the frames without sound and the packets lost of all calls, and the longest gap in ms."""
    silent = lost = 0
    gap = 0.0
    for call in calls:
        packets = [packet for packet in call.media.audio() if began <= packet.at <= ended]
        silent += sum(not is_loud(packet) for packet in packets)
        lost += call.media.lost()
        gap = max(gap, float(np.diff([began, *(packet.at for packet in packets), ended]).max()) / MS)
    return silent, lost, gap


class Proof:
    """One gateway, and what it goes through."""

    def __init__(self, gateway: Gateway, pump: Pump, keep: Path) -> None:
        self._gateway, self._pump, self._keep = gateway, pump, keep
        self.figures: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.gap_ms = 0.0

    async def round(self, *said: str) -> None:
        """Talk, and have somebody say spoiled messages meanwhile: options of the hostile caller."""
        async with Phone(self._gateway.sip, self._pump) as phone:
            calls = [phone.call("100") for _ in range(CALLS)]
            for call in calls:
                await call.answered(30)
                await call.hears_sound()
            began = time.monotonic_ns()
            await self._attack(*said)
            silent, lost, gap = sound(calls, began, time.monotonic_ns())
            self.figures["calls lost"] += sum(call.over for call in calls)
            self.figures["frames without sound"] += silent
            self.figures["RTP packets lost"] += lost
            self.gap_ms = max(self.gap_ms, gap)
            for call in calls:
                if not call.over:
                    self.figures["BYEs not answered 200"] += (await call.hang_up()).status != 200

    async def _attack(self, *said: str) -> None:
        options = (f"--rate={RATE}", "--answering=101", "--refusing=404", *said)
        with hostile_caller(self._gateway.sip[1], *options, keep=self._keep) as attacker:
            heard = await attacker.said("said", A_ROUND / RATE * 3 + 30)
            self.answered.update(heard["answered"])
            self.figures["messages"] += heard["messages"]

    async def all_over(self) -> None:
        """Wait until every call that came has ended."""
        for _ in range(OVER_S):
            begun, ended = (
                {line["call"] for line in lines}
                for lines in (self._gateway.events("call.started"), self._gateway.ended_calls())
            )
            self.figures["calls still there"] = len(begun - ended)
            if begun <= ended:
                return
            await asyncio.sleep(patience.seconds(1))

    async def afterwards(self, idle_kb: int) -> None:
        """See that it works as before."""
        async with Phone(self._gateway.sip, self._pump) as phone:
            call = phone.call("100")
            await call.answered(10)
            await call.hears_sound()
            await call.hang_up()
        self.figures["MB more"] = (self._gateway.rss_kb() - idle_kb) // 1024
        self.figures["mistakes logged"] = len(mistakes(self._gateway))


def mistakes(gateway: Gateway) -> list[str]:
    """Return the log lines that tell of a mistake of ours: exceptions, and what a callback failed at."""
    signs = ("Traceback", '"exception"', "callback_failed", "AddressSanitizer")
    return [text for text in gateway.text if any(sign in text for sign in signs)]


def judge(proof: Proof, prober: Prober, given: argparse.Namespace) -> list[str]:
    """Print the figures; return what does not hold."""
    took = np.array(prober.took_ms or [np.inf])
    late = "OPTIONS answered late, of 1000"
    figures: dict[str, float] = {**proof.figures, "OPTIONS unanswered": prober.unanswered}
    figures |= {late: float((took > LATE_MS).mean() * 1000), "longest gap in a call, ms": proof.gap_ms}
    bounds = dict.fromkeys(figures, 0.0) | {"messages": np.inf, "MB more": MOST_MB}
    bounds |= {late: MOST_LATE, "longest gap in a call, ms": MOST_GAP_MS}
    if given.short or given.watched:
        bounds |= dict.fromkeys(("MB more", late, "longest gap in a call, ms"), np.inf)
    for what, figure in figures.items():
        bound = f"  at most {bounds[what]:g}" if bounds[what] < np.inf else ""
        sys.stdout.write(f"{what:30} {figure:10.1f}{bound}\n")
    median, last, slowest = np.percentile(took, (50, 99.9, 100))
    sys.stdout.write(f"OPTIONS, ms: median {median:.1f}, p99.9 {last:.1f}, slowest {slowest:.1f}\n")
    sys.stdout.write(f"answered: {dict(sorted(proof.answered.items()))}\n")
    return [what for what, figure in figures.items() if figure > bounds[what]]


async def prove(given: argparse.Namespace) -> int:
    """Return 0 if nobody notices."""
    env = {"GATEWAY_LIMITS__SOURCES__EXEMPT": json.dumps(EXEMPT), "GATEWAY_MAX_CALLS": str(SLOTS)}
    env |= {"GATEWAY_DRAIN_SECONDS": "0", "PYTHONFAULTHANDLER": "1"}
    if given.watched:
        env |= build.watching()
    with LocalServer() as server, Pump() as pump:
        plans = {
            "talking": agent("100", server.url, voice="tone-440-60s"),
            # A call that was put on hold by a spoiled offer ends, too.
            "hostile": agent("101", server.url, voice="tone-880-1s", limits=BRIEF),
            "refusing": {"numbers": ["404"], "reject": {"status": 404}},
        }
        with Gateway(plans, "--no-local", env=env) as gateway:
            prober = Prober(gateway.sip)
            proof = Proof(gateway, pump, given.keep)
            idle_kb = gateway.rss_kb()
            try:
                with prober.asking():
                    for number, begun in enumerate(range(0, given.messages, A_ROUND)):
                        messages = min(A_ROUND, given.messages - begun)
                        await proof.round(f"--messages={messages}", f"--seed={given.seed + number}")
                    if not given.short:
                        await proof.round("--every-byte")
                if not given.short:
                    await proof.all_over()
                await proof.afterwards(idle_kb)
            finally:
                if not gateway.running:
                    code = gateway.popen.returncode
                    sys.stdout.write(f"the gateway ended with {code}, seed {given.seed}\n{gateway.tail(150)}")
            for text in mistakes(gateway)[:5]:
                sys.stdout.write(f"    | {text}\n")
    failed = judge(proof, prober, given)
    sys.stdout.write(f"does not hold: {', '.join(failed)}\n" if failed else "holds\n")
    return int(bool(failed))


def main() -> int:
    """Read the command line; prove it where nobody else is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int)
    parser.add_argument("--seed", type=int, default=4475)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--watched", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir(), "mutations.kept"))
    given = parser.parse_args()
    given.messages = given.messages or (SHORT if given.short else MESSAGES)
    if why := alone.refusal():
        sys.stdout.write(f"{why}\n")
        return NOT_HERE
    alone.enter()
    with as_elsewhere():
        return asyncio.run(prove(given))


if __name__ == "__main__":
    sys.exit(main())
