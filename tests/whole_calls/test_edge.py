"""Behind a real Kamailio: who calls is known by where he is, though all calls come from the edge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.node.settings import Settings
from tests.equipment import ports, tone
from tests.equipment.edge import PROGRAM, Kamailio
from tests.equipment.programs import Gateway, LocalServer, agent
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
