"""Behind a real Kamailio: who calls is known by where he is, though all calls come from the edge."""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.node.control_client import ControlClient
from gateway.node.settings import Settings
from gateway.node.settings_keys import TlsSettings
from tests.equipment import ports, tone
from tests.equipment.certificates import Authority
from tests.equipment.edge import PROGRAM, SPEAKS_TLS, Kamailio
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.streams import listening
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(PROGRAM is None, reason="there is no Kamailio: apt-get install kamailio"),
]

CARRIER, STRANGER = "127.0.0.7", "127.0.0.66"
SETTINGS = f"""
edges: [127.0.0.1]
trunks:
  carrier: {{peers: [{CARRIER}], keepalive: off}}
"""


@pytest.fixture(scope="module")
def gateway(local_server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One to which 127.0.0.1 alone is its own machine, with a plan for the trunk."""
    file = tmp_path_factory.mktemp("edge") / "gateway.yaml"
    file.write_text(SETTINGS)
    plans = {"carrier": agent("100", local_server.url, voice="tone-440-60s", trunk="carrier")}
    home = ("-m", "tests.equipment.narrow_home")
    with Gateway(plans, "--no-local", "--config", str(file), command=home) as running:
        yield running


@pytest.fixture(scope="module")
def edge(gateway: Gateway) -> Iterator[Kamailio]:
    """A Kamailio before it."""
    with Kamailio(Settings(sip=f"127.0.0.1:{gateway.sip[1]}"), ports.free_port()) as running:
        yield running


async def test_a_trunk_is_known(gateway: Gateway, edge: Kamailio, pump: Pump) -> None:
    """By the carrier's address; audio goes straight between carrier and gateway."""
    async with Phone(edge.sip, pump, host=CARRIER) as phone:
        call = phone.call("100")
        await call.answered(30)
        await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.9, "the agent", 20)
        await call.hang_up()
        await gateway.said("call.ended", sip_call_id=call.call_id)
    (line,) = gateway.events("call.started")
    assert (line["source"], line["plan"]) == (f"{CARRIER}:{phone.local[1]}", "carrier")


async def test_a_stranger_stays_one(gateway: Gateway, edge: Kamailio, pump: Pump) -> None:
    """Whatever he writes; the log names him, not the edge."""
    async with Phone(edge.sip, pump, host=STRANGER) as phone:
        with pytest.raises(Rejected, match="403"):
            await phone.call("100", headers=[("X-Edge-Source", f"udp:{CARRIER}:5060")]).answered()
    line = await gateway.said("sip.stranger")
    assert line["source"] == STRANGER


@pytest.mark.skipif(not SPEAKS_TLS, reason="it speaks no TLS: apt-get install kamailio-tls-modules")
async def test_a_carrier_by_tls(gateway: Gateway, pump: Pump, tmp_path: Path) -> None:
    """It sees the edge's certificate, is known by its address, and hears by TLS that the gateway hangs up."""
    authority = Authority(tmp_path)
    shown = authority.gives("edge")
    tls = TlsSettings(certificate=shown.certificate, key=shown.key, ca=authority.file)
    settings = Settings(sip=f"127.0.0.1:{gateway.sip[1]}", tls=tls)
    place = ("127.0.0.1", ports.free_port())
    trusts = ssl.create_default_context(cafile=str(authority.file))
    with Kamailio(settings, ports.free_port(), listen_tls=f"{place[0]}:{place[1]}"):
        async with Phone(place, pump, transport="tls", host=CARRIER, tls=trusts) as phone:
            call = phone.call("100")
            await call.answered(30)
            await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.9, "the agent", 20)
            line = gateway.events("call.started")[-1]
            assert (line["source"], line["plan"]) == (f"{CARRIER}:{phone.local[1]}", "carrier")
            async with ControlClient.connected(gateway.control) as client:
                await client.ask("end", call=line["call"])
            await call.ended()


async def _hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a connection, and say nothing."""
    await reader.read()
    writer.close()


async def test_a_gateway_that_dies_while_it_rings(local_server: LocalServer, pump: Pump) -> None:
    """The next one has the call a few seconds later; one that is only slow keeps it."""
    async with listening(_hangs) as silent:
        slow = agent("100", f"ws://127.0.0.1:{silent}/v1/realtime")
        with ExitStack() as stack:
            env = {"GATEWAY_EDGES": '["127.0.0.1"]'}
            both = [stack.enter_context(Gateway({"any": slow}, "--no-local", env=env)) for _ in range(2)]
            behind = Settings(sip=f"127.0.0.1:{both[0].sip[1]}")
            told = {"nodes": (f"127.0.0.1:{both[1].sip[1]}",)}
            edge = stack.enter_context(Kamailio(behind, ports.free_port(), **told))
            async with Phone(edge.sip, pump) as phone:
                call = phone.call("100")
                await call.progress(180, 20)
                has, other = both if both[0].events("call.started") else reversed(both)
                other.write_plan("any", agent("100", local_server.url, voice="tone-440-60s"))
                await asyncio.sleep(4.5)  # longer than an edge waits for a sign of life
                assert not other.events("call.started")
                has.popen.send_signal(signal.SIGKILL)
                await call.answered(15)
                await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.9, "the agent", 20)
                await call.hang_up()
                await other.said("call.ended", sip_call_id=call.call_id)
