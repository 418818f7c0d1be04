"""Names in every place of every message, and a silent name server: `python -m tests.proofs.silent_names`.

For a minute somebody sends a hundred messages a second, each with a host name of its own, and makes calls
whose BYE goes to such a name. Ten agents talk meanwhile, somebody else asks and calls all the time, and a
third has names in his Contact that are answered for.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.equipment import named_messages, ports, under_etc
from tests.equipment.name_server import NameServer
from tests.equipment.named_messages import new_name
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.proofs import NOT_HERE

SECONDS = 60
TALKING = 10
SILENT = "127.53.0.54"
STRANGER, NAMED, OTHER = "127.0.0.66", "127.0.0.77", "127.0.0.3"
MESSAGE_S = 0.01
UNKNOWN_S, KNOWN_S = 0.25, 2.0
"""Between two calls from names that nobody answers for, and from such that are."""
ASK_S, CALL_S = 0.02, 0.25
REST_S = 5
"""Ten agents have begun to speak by then, and the last calls are hung up on."""
MOST_MS = 100
"""For an answer to OPTIONS, for a new call, and between two packets of an agent's sound."""


@dataclass
class Seen:
    """What was done, and what others had of the gateway, in ms."""

    messages: int = 0
    answers: list[float] = field(default_factory=list)
    set_ups: list[float] = field(default_factory=list)


class Named(Phone):
    """A phone with a name in its Contact."""

    name = ""

    @property
    def contact(self) -> str:
        """The Contact of this phone."""
        return f"<sip:phone@{self.name}:{self.local[1]}>" if self.name else super().contact


async def every(seconds: float, until: float) -> AsyncIterator[None]:
    """Beat until it is time to stop."""
    while (began := time.monotonic()) < until:
        yield
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))


async def sends_names(phone: Phone, call: Call, until: float, seen: Seen) -> None:
    """Send messages with names, outside of calls and in one."""
    messages = itertools.chain.from_iterable(
        itertools.chain(named_messages.outside(phone), named_messages.inside(call)) for _ in itertools.count()
    )
    async for _ in every(MESSAGE_S, until):
        phone.send(next(messages))
        seen.messages += 1


async def is_hung_up_on(phone: Named, names: Callable[[], str], pause: float, until: float) -> list[Call]:
    """Make calls that the gateway ends after a second, each from a name of its own; return them."""
    calls = []
    async for _ in every(pause, until):
        phone.name = names()
        call = phone.call("101")
        await call.answered()
        calls.append(call)
    return calls


async def asks(phone: Phone, until: float, seen: Seen) -> None:
    """Send OPTIONS all the time."""
    async for _ in every(ASK_S, until):
        began = time.monotonic_ns()
        await phone.ask("OPTIONS")
        seen.answers.append((time.monotonic_ns() - began) / MS)


async def calls(phone: Phone, until: float, seen: Seen) -> None:
    """Make calls all the time, and hang up when answered."""
    async for _ in every(CALL_S, until):
        call = phone.call("102")
        await call.answered(30)
        seen.set_ups.append((call.times[200] - call.times["INVITE"]) / MS)
        await call.hang_up()


def longest_gap(talking: list[Call], began: int) -> float:
    """Return the longest time between two packets of an agent's, in ms."""
    arrivals = [[packet.at for packet in call.media.audio() if packet.at > began] for call in talking]
    return max(float(np.diff(at).max()) for at in arrivals) / MS


async def prove(gateway: Gateway, dns: NameServer, pump: Pump) -> bool:
    """Return whether nobody notices."""

    def known() -> str:
        name = f"known-{len(dns.records)}.example"
        dns.records[name] = NAMED
        return name

    seen = Seen()
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        phone, other = (
            await enter(Phone(gateway.sip, pump)),
            await enter(Phone(gateway.sip, pump, host=OTHER)),
        )
        stranger = await enter(Named(gateway.sip, pump, host=STRANGER))
        caller = await enter(Named(gateway.sip, pump, host=STRANGER))
        named = await enter(Named(gateway.sip, pump, host=NAMED))
        talking = [phone.call("100") for _ in range(TALKING)]
        for call in (*talking, held := stranger.call("102")):
            await call.answered()
        for call in talking:
            await call.hears_sound()
        await asyncio.sleep(REST_S)
        began, until = time.monotonic_ns(), time.monotonic() + SECONDS
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sends_names(stranger, held, until, seen))
            tasks.create_task(asks(other, until, seen))
            tasks.create_task(calls(other, until, seen))
            to_nowhere = tasks.create_task(is_hung_up_on(caller, new_name, UNKNOWN_S, until))
            to_names = tasks.create_task(is_hung_up_on(named, known, KNOWN_S, until))
        gap = longest_gap(talking, began)
        await asyncio.sleep(REST_S)
        unended = sum(not call.over for call in to_names.result())
        lost = sum(call.over for call in talking)
        for call in talking:
            await call.hang_up()
    sys.stdout.write(
        f"{seen.messages} messages with names, {len(to_nowhere.result())} calls from unknown and "
        f"{len(to_names.result())} from known ones; {len(set(dns.asked))} questions to the name server\n"
    )
    bounds = {
        f"OPTIONS, slowest of {len(seen.answers)}, ms": (max(seen.answers), MOST_MS),
        f"new call, slowest of {len(seen.set_ups)}, ms": (max(seen.set_ups), MOST_MS),
        "longest gap in an agent's sound, ms": (gap, MOST_MS),
        "agents' calls lost": (lost, 0),
        "calls from known names without a BYE": (unended, 0),
    }
    for what, (figure, bound) in bounds.items():
        sys.stdout.write(f"{what:40} {figure:8.1f}  at most {bound:g}\n")
    for what, figures in (("OPTIONS", seen.answers), ("new call", seen.set_ups)):
        p99 = statistics.quantiles(figures, n=100)[98]
        sys.stdout.write(f"{what}: median {statistics.median(figures):.1f}, p99 {p99:.1f} ms\n")
    return all(figure <= bound for figure, bound in bounds.values())


async def main() -> int:
    """Return 0 if it holds, NOT_HERE if it cannot be tried."""
    if why := under_etc.refusal():
        sys.stdout.write(f"{why}\n")
        return NOT_HERE
    with contextlib.ExitStack() as stack:
        dns = stack.enter_context(NameServer(host=SILENT, port=53))
        server, pump = stack.enter_context(LocalServer()), stack.enter_context(Pump())
        etc = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        under_etc.write(etc, SILENT)
        (etc / "gateway.yaml").write_text(f"limits: {{sources: {{exempt: [{STRANGER}]}}}}\n")
        plans = {
            "talks": agent("100", server.url, voice="tone-440-120s"),
            "listens": agent("102", server.url, answer={"speaks_first": "caller"}),
            "short": agent("101", server.url, limits={"max_duration": "1s", "notice": None}),
            "refused": {"numbers": ["600"], "reject": {"status": 603}},
        }
        port = ports.free_port()
        options = ["--no-local", "--drain-seconds", "1", "--config", str(etc / "gateway.yaml")]
        options += ["--sip", f"0.0.0.0:{port}"]
        command = ("-m", "tests.equipment.under_etc", str(etc))
        gateway = stack.enter_context(Gateway(plans, *options, sip_port=port, command=command))
        holds = await prove(gateway, dns, pump)
    sys.stdout.write("holds\n" if holds else "does not hold\n")
    return int(not holds)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
