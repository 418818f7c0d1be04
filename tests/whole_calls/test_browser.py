"""A call from a browser: the same plan, the same conversation, the same records."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Iterator

import httpx2
import numpy as np
import orjson
import pytest
from websockets.asyncio.client import connect

from gateway.dialplan.model import OnFailure
from tests.equipment import patience, tone
from tests.equipment.browser_phone import RATE, BrowserPhone, calling
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.test_dialplan import CLOSED_TODAY
from tests.whole_calls.test_telemetry import api as api_of

pytestmark = pytest.mark.native
SDP = {"Content-Type": "application/sdp"}


@pytest.fixture(scope="module")
def reception(
    local_server: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, httpx2.AsyncClient]]:
    """A gateway with an API."""
    env, client = api_of(tmp_path_factory.mktemp("browser"))
    plans = {
        "tone": agent("100", local_server.url, voice="tone-440-2s"),
        "echo": agent("101", local_server.url, model="echo", answer={"speaks_first": "caller"}),
        "kept": agent(
            "102",
            local_server.url,
            model="echo",
            answer={"speaks_first": "caller"},
            record={"consent": "announce", "say": OnFailure().hold},
        ),
        "narrow": agent("103", local_server.url, voice="tone-440-2s", codecs=["pcma"]),
        "narrow-at-night": agent(
            "104", local_server.url, hours={"open": [f"{CLOSED_TODAY} 00:00-00:01"], "closed": "narrow"}
        ),
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
        assert call["media"]["encryption"] == "dtls"
        assert (await client.post(f"/v1/calls/{call['id']}/end")).status_code == 204
        await phone.until(lambda: any("ended" in told for told in phone.told), "its end")
    line = await gateway.said("call.ended", sip_call_id=sip_call_id)
    assert (line["reason"], line["packets_lost"]) == ("operator_hung_up", 0)
    assert line["encryption"] == "dtls"


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


@pytest.mark.parametrize("number", ["103", "104"])
async def test_a_number_that_does_not_speak_opus(
    number: str, reception: tuple[Gateway, httpx2.AsyncClient], client: httpx2.AsyncClient
) -> None:
    """Is rung with what it speaks, or what each says is brought to the other where that shows late."""
    gateway, _ = reception
    async with calling(client, number) as phone:
        await phone.until(lambda: tone.share(phone.heard()[-4000:], 440) > 0.8, "the agent")
        phone.channel.send('{"keys": "4"}')
        sip_call_id = phone.told[0]["answered"]
        phone.microphone.say(tone.sine(700, 500, rate=RATE, fade_ms=5))
        await asyncio.sleep(0.5)
        phone.channel.send('{"end": true}')
        line = await gateway.said("call.ended", sip_call_id=sip_call_id, reason="caller_hung_up")
    assert line["digits"] == 1


async def test_an_offer_that_is_none(client: httpx2.AsyncClient) -> None:
    """Is refused, with the reason, and the next one is answered."""
    answer = await client.post("/v1/browser-calls", json={"offer": "v=0", "number": "100"})
    assert (answer.status_code, "cannot be answered" in answer.json()["error"]) == (400, True), answer.text
    for wrong in ({"offer": "v=0", "number": "1@evil"}, {"offer": "", "number": "100"}, {"number": "100"}):
        assert (await client.post("/v1/browser-calls", json=wrong)).status_code == 422


async def test_a_page_for_openais_service_rings_a_number(
    reception: tuple[Gateway, httpx2.AsyncClient], client: httpx2.AsyncClient
) -> None:
    """By a key that is good once: it hears the agent, is told of it on the data channel, and is hung up."""
    gateway, _ = reception
    asked = {"session": {"type": "realtime", "model": "100", "instructions": "are the plan's"}}
    key = (await client.post("/v1/realtime/client_secrets", json=asked)).json()["value"]
    page = {"Authorization": f"Bearer {key}", "Content-Type": "application/sdp"}
    phone = BrowserPhone("oai-events")
    try:
        offer = await phone.offer()
        answer = await client.post("/v1/realtime/calls", content=offer, headers=page)
        assert answer.status_code == 201, answer.text
        assert (await client.post("/v1/realtime/calls", content=offer, headers=page)).status_code == 401
        await phone.answered(answer.text)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(phone.listen())
            await phone.until(lambda: tone.share(phone.heard()[-4000:], 440) > 0.8, "the agent")
            await phone.until(lambda: "response.output_audio_transcript.done" in phone.kinds(), "its words")
            kinds = phone.kinds()
            assert kinds[0] == "session.created"
            assert kinds.index("response.created") < kinds.index("response.output_audio_transcript.done")
            phone.send(type="session.update", session={"type": "realtime", "instructions": "Be rude."})
            phone.send(type="input_audio_buffer.append", audio="")
            await phone.until(lambda: "error" in phone.kinds(), "an error")
            assert "session.updated" in phone.kinds()
            (call,) = (await client.get("/v1/calls")).json()["calls"]
            assert (await client.post(f"{answer.headers['location']}/hangup")).status_code == 200
            await phone.until(lambda: phone.peer.connectionState == "closed", "its end")
            listening.cancel()
    finally:
        await phone.peer.close()
    line = await gateway.said("call.ended", call=call["id"])
    assert line["reason"] == "caller_hung_up"


async def test_a_program_beside_a_page(client: httpx2.AsyncClient) -> None:
    """Is there before the call is, sees what the page sees, and has the agent told something; to its end."""
    phone = BrowserPhone("oai-events")
    try:
        about = {"headers": SDP, "params": {"model": "100"}}
        answer = await client.post("/v1/realtime/calls", content=await phone.offer(), **about)
        assert answer.status_code == 201, answer.text
        call_id = answer.headers["location"].rpartition("/")[2]
        url = f"{str(client.base_url).replace('http', 'ws').rstrip('/')}/v1/realtime?call_id={call_id}"
        shown = {"Authorization": client.headers["authorization"]}
        async with connect(url, additional_headers=shown, proxy=None) as beside, patience.within(20):
            await phone.answered(answer.text)
            kinds = [orjson.loads(await beside.recv())["type"]]
            while kinds[-1] != "output_audio_buffer.stopped":
                kinds.append(orjson.loads(await beside.recv())["type"])
            (call,) = (await client.get("/v1/calls")).json()["calls"]
            assert call["sip_call_id"] == call_id
            await beside.send('{"type": "response.create", "response": {"instructions": "Say it again."}}')
            while kinds[-1] != "response.created":
                kinds.append(orjson.loads(await beside.recv())["type"])
            assert (await client.post(f"{answer.headers['location']}/hangup")).status_code == 200
            kinds += [orjson.loads(event)["type"] async for event in beside]
        assert (beside.close_code, beside.close_reason) == (1000, "The call is over.")
        assert kinds[0] == "session.created"
        assert [kind for kind in phone.kinds() if kind not in kinds] == []
    finally:
        await phone.peer.close()


async def test_a_recording_of_a_browsers_call(
    reception: tuple[Gateway, httpx2.AsyncClient], client: httpx2.AsyncClient
) -> None:
    """Has the browser on its left, and what the browser was sent on its right, as any other."""
    gateway, _ = reception
    async with calling(client, "102") as phone:
        await phone.until(lambda: any("answered" in told for told in phone.told), "answered")
        (call,) = (await client.get("/v1/calls")).json()["calls"]
        await gateway.said("session.ready", call=call["id"])  # after the words that it is recorded
        phone.microphone.say(tone.sine(700, 1500, rate=RATE, fade_ms=5))
        await phone.until(lambda: len(at_700_hz(phone.heard())) >= 8, "its own words")
        phone.channel.send('{"end": true}')
        await gateway.said("call.ended", call=call["id"])
    async with patience.within(10):
        while (  # noqa: ASYNC110 - it is written after the call
            audio := await client.get(f"/v1/records/{call['id']}/audio")
        ).status_code != 200:
            await asyncio.sleep(0.2)
    with wave.open(io.BytesIO(audio.content)) as file:
        rate = file.getframerate()
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    caller, agent_said = (at_700_hz(np.ascontiguousarray(both[:, side]), rate) for side in (0, 1))
    assert min(len(caller), len(agent_said)) >= 6, (caller, agent_said)
    assert caller[0] < agent_said[0]  # it repeats what was said


def at_700_hz(pcm: tone.Pcm, rate: int = 8000) -> list[int]:
    """Return where in some sound there is a tone of 700 Hz: the tenths of a second."""
    piece = rate // 10
    pieces = (pcm[at : at + piece] for at in range(0, len(pcm), piece))
    return [number for number, one in enumerate(pieces) if tone.share(one, 700, rate=rate) > 0.8]


async def test_an_operator_takes_a_call_over_and_gives_it_back(
    reception: tuple[Gateway, httpx2.AsyncClient], client: httpx2.AsyncClient, pump: Pump
) -> None:
    """Caller and operator hear each other, the agent nobody; afterwards it has the caller again."""
    gateway, _ = reception
    async with Phone(gateway.sip, pump) as caller:
        call = caller.call("101")
        await call.answered()
        (view,) = (await client.get("/v1/calls")).json()["calls"]
        phone = BrowserPhone()
        try:
            offer = {"offer": await phone.offer(), "take_over": view["id"]}
            answer = await client.post("/v1/browser-calls", json=offer)
            assert answer.status_code == 200, answer.text
            await phone.answered(answer.json()["answer"])
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(phone.listen())
                await phone.until(lambda: any("answered" in told for told in phone.told), "answered")
                phone.microphone.say(tone.sine(700, 3000, rate=RATE, fade_ms=5))
                await call.hears(lambda: tone.share(call.media.heard()[-4000:], 700) > 0.8, "the operator")
                call.media.say(tone.sine(1000, 1500, fade_ms=5))
                await phone.until(lambda: tone.share(phone.heard()[-2000:], 1000) > 0.8, "the caller")
                phone.send(end=True)
                await gateway.said("transfer.ended", call=view["id"])
                listening.cancel()
        finally:
            await phone.peer.close()
        await call.hears_silence(500)
        assert tone.share(call.media.heard()[-4000:], 1000) < 0.5
        said = await call.said(call.media.say(tone.sine(1000, 1000, fade_ms=5)))
        await call.hears(
            lambda: tone.share(call.media.heard(since=said.ended_at)[-2000:], 1000) > 0.8, "the agent again"
        )
        await call.hang_up()


async def test_a_call_that_cannot_be_taken_over(client: httpx2.AsyncClient) -> None:
    """One that is not up: the operator is told, and no browser is left waiting."""
    phone = BrowserPhone()
    try:
        offer = {"offer": await phone.offer(), "take_over": "nobody"}
        answer = await client.post("/v1/browser-calls", json=offer)
        assert (answer.status_code, "nobody" in answer.json()["error"]) == (404, True)
        both = await client.post("/v1/browser-calls", json=offer | {"number": "100"})
        assert both.status_code == 422
    finally:
        await phone.peer.close()
