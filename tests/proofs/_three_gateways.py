"""Three gateways behind an edge, new calls all the time, and a picture of what became of them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from gateway.errors import GatewayError
from gateway.node.control_client import ControlClient
from gateway.node.settings import Settings
from tests.equipment import postgres, redis_server
from tests.equipment.edge import Kamailio
from tests.equipment.ports import free_port
from tests.equipment.postgres import Postgres
from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.redis_server import RedisServer
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

NODES, MOST, A_SECOND = 3, 90, 5.0
"""Gateways, the calls of their one plan, new calls."""


@contextmanager
def gateways(server: RedisServer, database: Postgres, local: LocalServer) -> Iterator[list[Gateway]]:
    """Run them, each as if on a machine of its own."""
    plans = {"few": agent("100", local.url, voice="tone-440-60s", limits={"max_calls": MOST})}
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                Gateway(
                    plans,
                    "--no-local",
                    env={
                        "GATEWAY_CLUSTER__REDIS": server.url,
                        "GATEWAY_CLUSTER__NODE": f"n{number}",
                        "GATEWAY_RECORDS__DATABASE": database.url,
                        "GATEWAY_EDGES": '["127.0.0.1"]',
                    },
                    rtp_ports=400,
                )
            )
            for number in range(NODES)
        ]


@asynccontextmanager
async def all_of_it() -> AsyncIterator[tuple[RedisServer, Postgres, list[Gateway], Phone]]:
    """Run gateways behind a Kamailio, and a phone that calls there."""
    programs = postgres.programs()
    assert programs is not None
    async with AsyncExitStack() as stack:
        server = stack.enter_context(redis_server.running())
        database = stack.enter_context(postgres.running(programs))
        local = stack.enter_context(LocalServer())
        nodes = stack.enter_context(gateways(server, database, local))
        own = Settings(sip=f"127.0.0.1:{nodes[0].sip[1]}")
        elsewhere = tuple(f"127.0.0.1:{node.sip[1]}" for node in nodes[1:])
        edge = stack.enter_context(Kamailio(own, free_port(), nodes=elsewhere, flood_requests=10_000))
        pump = stack.enter_context(Pump())
        yield server, database, nodes, await stack.enter_async_context(Phone(edge.sip, pump))


class NewCalls:
    """Calls one after the other, so many a second, each of which is answered and hung up after so long."""

    def __init__(self, phone: Phone, a_second: float = A_SECOND, lasting_s: float = 0.0) -> None:
        self._phone = phone
        self._every = 1 / a_second
        self._lasting_s = lasting_s
        self.failed: list[str] = []
        self.ms: list[float] = []
        self.made: set[str] = set()

    async def ring(self, seconds: float, enough: asyncio.Event | None = None) -> None:
        """Ring for so long, or until it is enough, whatever becomes of each call; ends with the last one."""
        ends = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            while time.monotonic() < ends and not (enough and enough.is_set()):
                tasks.create_task(self._one())
                await asyncio.sleep(self._every)

    async def _one(self) -> None:
        began = time.monotonic()
        call = self._phone.call("100")
        self.made.add(call.call_id)
        try:
            await call.answered(10)
        except (Rejected, AssertionError, TimeoutError) as error:
            self.failed.append(repr(error))
            return
        self.ms.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(self._lasting_s)
        if call.over:
            self.failed.append("cut")
        else:
            await call.hang_up()

    @property
    def p99(self) -> float:
        """Milliseconds from INVITE to 200."""
        return sorted(self.ms)[round((len(self.ms) - 1) * 0.99)]


class Drawing:
    """Calls by gateway over time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = time.monotonic()
        self._seen: list[tuple[float, dict[str, int]]] = []

    async def keep(self, *controls: Path) -> None:
        """Look twice a second, until cancelled."""
        while True:
            counts: dict[str, int] = {}
            for number, control in enumerate(controls):
                with contextlib.suppress(GatewayError):
                    async with ControlClient.connected(control) as client:
                        about = await client.ask("about")
                    each = about.get("workers", [about | {"sip": f"gateway {number}"}])
                    counts |= {str(worker["sip"]): int(worker["calls"]) for worker in each}
            self._seen.append((time.monotonic() - self._began, counts))
            await asyncio.sleep(0.5)

    def save(self, title: str) -> None:
        """Draw it."""
        from matplotlib import figure  # noqa: PLC0415 - it takes a second

        drawn = figure.Figure(figsize=(9, 3.2), layout="constrained")
        axes = drawn.subplots()
        for name in sorted({name for _, counts in self._seen for name in counts}):
            points = [(at, counts.get(name, 0)) for at, counts in self._seen]
            axes.step(*zip(*points, strict=True), where="post", label=name)
        axes.set(xlabel="seconds", ylabel="calls that are up", title=title, ylim=(0, None))
        axes.legend(loc="upper right", fontsize="small")
        axes.grid(visible=True, alpha=0.3)
        folder = ROOT / "var"
        folder.mkdir(exist_ok=True)
        drawn.savefig(folder / f"{self._name}.png", dpi=120)
