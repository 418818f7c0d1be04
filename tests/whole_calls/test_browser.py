"""A call from a browser: the same plan, the same conversation, the same records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from gateway.browser.connection import with_loopback
from tests.equipment import patience, tone
from tests.equipment.browser_phone import RATE, calling
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.whole_calls.test_telemetry import api as api_of

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def reception(
    local_server: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, httpx2.AsyncClient]]:
    """A gateway with an API."""
    with_loopback()
    env, client = api_of(tmp_path_factory.mktemp("browser"))
    plans = {
        "tone": agent("100", local_server.url, voice="tone-440-2s"),
        "echo": agent("101", local_server.url, model="echo", answer={"speaks_first": "caller"}),
    }
    with Gateway(plans, "--no-local", env=env) as gateway:
        gateway.wait_for(lambda line: line.get("event") == "api.listening", 10, "api.listening")
        yield gateway, client


@pytest.fixture
async def client(reception: tuple[Gateway, httpx2.AsyncClient]) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of this test's loop."""
    made = reception[1]
    async with httpx2.AsyncClient(base_url=made.base_url, headers=made.headers, timeout=made.timeout) as own:
        yield own


async def test_the_agent_is_heard_in_the_browser(
    reception: tuple[Gateway, httpx2.AsyncClient], client: httpx2.AsyncClient
) -> None:
    """Its words, to their end; the call is one of the gateway's, and its end is told to the page."""
    gateway, _ = reception
    async with calling(client, "100") as phone:
        await phone.until(lambda: tone.share(phone.heard()[-4000:], 440) > 0.8, "the agent")
        await phone.until(lambda: any("answered" in told for told in phone.told), "answered")
        sip_call_id = next(told["answered"] for told in phone.told if "answered" in told)
        (call,) = (await client.get("/v1/calls")).json()["calls"]
        assert (call["sip_call_id"], call["caller"], call["plan"]) == (sip_call_id, "browser", "tone")
        assert (await client.post(f"/v1/calls/{call['id']}/end")).status_code == 204
        await phone.until(lambda: any("ended" in told for told in phone.told), "its end")
    line = await gateway.said("call.ended", sip_call_id=sip_call_id)
    assert (line["reason"], line["packets_lost"]) == ("operator_hung_up", 0)


async def test_the_browser_is_heard_by_the_agent(
    reception: tuple[Gateway, httpx2.AsyncClient], client: httpx2.AsyncClient
) -> None:
    """Its words come back from a model that repeats them; keys are pressed; who leaves has hung up."""
    gateway, _ = reception
    async with calling(client, "101") as phone:
        await phone.until(lambda: any("answered" in told for told in phone.told), "answered")
        phone.microphone.say(tone.sine(700, 1500, rate=RATE, fade_ms=5))
        await phone.until(lambda: tone.share(phone.heard()[-2000:], 700) > 0.8, "its own words")
        phone.channel.send('{"keys": "42"}')
        async with patience.within(10):
            while (await client.get("/v1/calls")).json()["calls"][0]["digits"] < 2:  # noqa: ASYNC110 - asked anew
                await asyncio.sleep(0.2)
        sip_call_id = phone.told[0]["answered"]
        phone.channel.send('{"end": true}')
        line = await gateway.said("call.ended", sip_call_id=sip_call_id)
    assert (line["reason"], line["digits"]) == ("caller_hung_up", 2)


async def test_an_offer_that_is_none(client: httpx2.AsyncClient) -> None:
    """Is refused, with the reason, and the next one is answered."""
    answer = await client.post("/v1/browser-calls", json={"offer": "v=0", "number": "100"})
    assert (answer.status_code, "cannot be answered" in answer.json()["error"]) == (400, True), answer.text
    for wrong in ({"offer": "v=0", "number": "1@evil"}, {"offer": "", "number": "100"}, {"number": "100"}):
        assert (await client.post("/v1/browser-calls", json=wrong)).status_code == 422
