"""Connections go to addresses that were judged, and to no others."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import httpcore2
import httpx2
import pytest

from gateway.http_client.addresses import Address
from gateway.http_client.names import Names
from gateway.http_client.transport import ForbiddenAddress, JudgedConnections, JudgedTransport
from tests.equipment.name_server import NameServer
from tests.equipment.web_server import Answered, web_server


class Told(Names):
    """Names as a test tells them: each look-up gets the next answer, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        super().__init__()
        self._answers = list(answers)
        self.asked = 0

    async def find(self, host: str) -> list[Address]:
        """Return the next answer."""
        self.asked += 1
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [ip_address(one) for one in found]


FORBIDDEN = (
    ["127.0.0.1"],
    ["10.0.0.1"],
    ["192.168.0.1"],
    ["169.254.169.254"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["fe80::1"],
    ["0.0.0.0"],
    ["93.184.216.34", "127.0.0.1"],
)


@pytest.mark.parametrize("addresses", FORBIDDEN)
async def test_a_name_that_leads_inside_is_refused(addresses: list[str]) -> None:
    """One such address among good ones is enough: which is taken would be chance."""
    with pytest.raises(ForbiddenAddress, match="leads to"):
        await JudgedConnections(Told(addresses), inside=False).connect_tcp("shop.example", 1)


@pytest.mark.parametrize("addresses", [["169.254.169.254"], ["::ffff:169.254.169.254"], ["0.0.0.0"]])
async def test_no_name_leads_to_a_clouds_metadata(addresses: list[str]) -> None:
    """Not even one that may lead inside."""
    with pytest.raises(ForbiddenAddress, match="leads to"):
        await JudgedConnections(Told(addresses), inside=True).connect_tcp("shop.example", 1)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "::ffff:7f00:1", "169.254.169.254", "2130706433", "0x7f.1"]
)
async def test_an_address_in_place_of_a_name_is_judged_alike(host: str) -> None:
    """Nobody is asked for it."""
    names = Told(["127.0.0.1"])
    with pytest.raises(ForbiddenAddress):
        await JudgedConnections(names, inside=False).connect_tcp(host, 1)
    assert not names.asked


async def test_what_is_judged_is_what_is_connected_to() -> None:
    """A name server that says something else a moment later (DNS rebinding) is not asked again."""
    async with web_server() as web:
        web.answers["/"] = Answered({"ok": True})
        names = Told(["127.0.0.1"], ["192.0.2.1"])
        client = httpx2.AsyncClient(transport=JudgedTransport(names, inside=True))
        async with client:
            answer = await client.get(f"http://shop.internal:{web.port}/")
        assert answer.json() == {"ok": True}
        assert names.asked == 1
        assert (await web.got()).head["host"] == f"shop.internal:{web.port}"


async def test_the_next_address_is_tried_when_one_is_silent() -> None:
    """As a browser does it."""
    async with web_server() as web:
        stream = await JudgedConnections(Told(["127.0.0.3", "127.0.0.1"]), inside=True).connect_tcp(
            "a.lan", web.port
        )
        await stream.aclose()
        with pytest.raises(httpcore2.ConnectError):
            await JudgedConnections(Told([]), inside=True).connect_tcp("a.lan", web.port)


async def test_a_real_name_server_cannot_lead_a_request_inside() -> None:
    """The name is public, its address is this machine's."""
    with NameServer({"shop.example": "127.0.0.1", "gone.example": None}) as dns:
        names = Names([dns.address])
        with pytest.raises(ForbiddenAddress, match=r"shop\.example.*127\.0\.0\.1"):
            await JudgedConnections(names, inside=False).connect_tcp("shop.example", 80)
        with pytest.raises(httpcore2.ConnectError):
            await JudgedConnections(names, inside=False).connect_tcp("gone.example", 80)
        await names.close()
