"""Messages of RFC 4475 and RFC 5118, over UDP, TCP, TLS, IPv4 and IPv6: each is answered as it deserves."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.equipment import patience, ports, torture, torture_ipv6, wire_sip
from tests.equipment.certificates import LOOPBACK, Authority
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_transport import Wire

pytestmark = [
    pytest.mark.native,
    # asyncio forgets a TLS connection that breaks while it is opened or closed (seen in Python 3.11).
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(autouse=True)
def _forgotten_connections() -> Iterator[None]:
    """Let them go here, and not in another test."""
    yield
    gc.collect()


HOSTS = ["127.0.0.1", *(["::1"] if ports.has_ipv6() else [])]
SILENCE_S = 0.3
"""After all others were answered: what should not be is not."""


@dataclass
class Target:
    """A gateway over all transports."""

    gateway: Gateway
    six: int
    tls: int
    authority: Authority

    def at(self, host: str, transport: str) -> tuple[str, int]:
        """Return where it is reached so."""
        if transport == "tls":
            return host, self.tls
        return host, self.six if ":" in host else self.gateway.sip[1]

    def trusted(self, transport: str) -> ssl.SSLContext | None:
        """Return what a phone trusts over it."""
        return ssl.create_default_context(cafile=str(self.authority.file)) if transport == "tls" else None


@pytest.fixture(scope="module")
def target(local_server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A gateway whose number 600 is refused by its plan."""
    authority = Authority(tmp_path_factory.mktemp("tls"))
    us = authority.gives("gateway", names=f"{LOOPBACK},IP:::1")
    sip, six, tls = (ports.free_port() for _ in range(3))
    plans = {
        "tone": agent("100", local_server.url),
        "refused": {"numbers": ["600"], "reject": {"status": torture.PLAN}},
    }
    both = [f"127.0.0.1:{sip}", *([f"[::1]:{six}"] if "::1" in HOSTS else [])]
    secured = [place.rpartition(":")[0] + f":{tls}" for place in both]
    options = ("--no-local", "--sip", ",".join(both), "--tls", ",".join(secured))
    env = {
        "GATEWAY_TLS__CERTIFICATE": str(us.certificate),
        "GATEWAY_TLS__KEY": str(us.key),
        "GATEWAY_LIMITS__SOURCES__EXEMPT": '["127.0.0.0/8", "::1"]',  # nobody acknowledges here
    }
    with Gateway(plans, *options, env=env, sip_port=sip) as gateway:
        yield Target(gateway, six, tls, authority)


class Sent:
    """A message from a place of its own, and the status that it is answered with at last."""

    def __init__(self, transport: str, context: ssl.SSLContext | None) -> None:
        self.wire = Wire(transport, self._hear, context)
        self.status = 0
        self.answered = asyncio.Event()

    def _hear(self, data: bytes, _source: tuple[str, int]) -> None:
        if (found := wire_sip.parse(data).status) >= 200 and not self.status:
            self.status = found
            self.answered.set()


async def all_of(
    target: Target, host: str, transport: str, right: dict[str, tuple[int, ...]]
) -> dict[str, int]:
    """Send every message, and return how they were answered: 0 for one that was not, when all others were."""
    place = target.at(host, transport)
    sent = {name: Sent(transport, target.trusted(transport)) for name in right}
    async with asyncio.TaskGroup() as tasks:
        for one in sent.values():
            tasks.create_task(one.wire.open(host, 0, place))
    for n, (name, one) in enumerate(sent.items()):
        given = {"number": "600", "own": one.wire.local[1], "n": time.monotonic_ns() + n}
        if name in torture.CASES:
            message = torture.case(name, **given, transport=transport.upper(), host=host)  # type: ignore[arg-type]
        else:
            message = torture_ipv6.case(name, **given, transport=transport.upper())  # type: ignore[arg-type]
        one.wire.send(message, place)
    with contextlib.suppress(TimeoutError):
        async with patience.within(5):
            for name, one in sent.items():
                if right[name] != (0,):
                    await one.answered.wait()
    await asyncio.sleep(SILENCE_S)
    for one in sent.values():
        one.wire.abort()
    await asyncio.sleep(0.2)  # they close
    return {name: one.status for name, one in sent.items()}


def wanted(transport: str) -> dict[str, tuple[int, ...]]:
    """Return what each may be answered with."""
    by_name = torture.STATUSES | (torture.OVER_STREAMS if transport != "udp" else {})
    six = dict(torture_ipv6.STATUSES)
    if "::1" not in HOSTS:
        six["ipv6-in-sdp"] = (488,)
    return by_name | six


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_each_message_is_answered_as_it_deserves(
    target: Target, pump: Pump, transport: str, host: str
) -> None:
    """None ends the gateway; the next caller hears it talk."""
    right = wanted(transport)
    told = await all_of(target, host, transport, right)
    assert {name: told[name] for name in right if told[name] not in right[name]} == {}
    place, context = target.at(host, transport), target.trusted(transport)
    async with Phone(place, pump, transport=transport, host=host, tls=context) as phone:
        call = phone.call("100")
        await call.answered()
        await call.hears_sound()
        await call.hang_up()
    assert target.gateway.running


def test_all_names_have_a_status() -> None:
    """A message without one would prove nothing."""
    assert set(torture.STATUSES) == set(torture.CASES)
    assert set(torture_ipv6.STATUSES) == set(torture_ipv6.CASES)
