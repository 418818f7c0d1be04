"""Providers that are set up wrongly, or with certificates: what callers get, what operators read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.equipment import ports, tone
from tests.equipment.certificates import Authority, Identity
from tests.equipment.model import RATE, Event, Model, Session
from tests.equipment.process import Line
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

Start = Callable[..., Gateway]

SHORT = tone.sine(880, 600, rate=RATE, fade_ms=5)
KEYLESS = dict.fromkeys(("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"), "")


def settings(folder: Path, providers: Mapping[str, object]) -> tuple[str, str]:
    """Write gateway.yaml, and return the option that names it."""
    file = folder / "gateway.yaml"
    file.write_text(yaml.safe_dump({"providers": providers}))
    return "--config", str(file)


async def refused(phone: Phone, number: str) -> Call:
    """Ring a number that gets 503."""
    call = phone.call(number)
    with pytest.raises(Rejected) as rejected:
        await call.answered(30)
    assert rejected.value.status == 503
    return call


async def test_a_provider_that_lacks_something(gateway_process: Start, pump: Pump) -> None:
    """Told at the start, with file, key and cure; its callers get 503, the others are answered."""
    async with Model() as model:
        model.says = SHORT
        plans = {
            "keyless": {"numbers": ["100"], "agent": {"provider": "openai"}},
            "homeless": {"numbers": ["101"], "agent": {"provider": "azure"}},
            "secretless": {
                "numbers": ["102"],
                "agent": {"provider": "openai", "api_key": "${NOT_SET_HERE}"},
            },
            "stands-in": {
                "numbers": ["103"],
                "agent": {"provider": "openai", "fallback": [{"provider": "local", "url": model.url}]},
            },
        }
        own = gateway_process(plans, "--no-local", env=KEYLESS)
        lines = {
            Path(str(line["where"]).partition(":")[0]).stem: line for line in own.events("dialplan.unready")
        }
        assert {name: line["key"] for name, line in lines.items()} == {
            "keyless": "agent.provider",
            "homeless": "agent.provider",
            "secretless": "agent.api_key",
            "stands-in": "agent.provider",
        }
        assert "set OPENAI_API_KEY" in str(lines["keyless"]["cure"])
        assert "set AZURE_OPENAI_ENDPOINT" in str(lines["homeless"]["cure"])
        assert "NOT_SET_HERE is not set" in str(lines["secretless"]["cure"])
        async with Phone(own.sip, pump) as phone:
            for number in ("100", "101", "102"):
                call = await refused(phone, number)
                line = await own.said("call.ended", sip_call_id=call.call_id)
                assert line["reason"] == "session_unavailable"
            call = phone.call("103")
            await call.answered()
            await call.hears_sound()
            await call.hang_up()


def wrong(authority: Authority, kind: str) -> Identity:
    """Return a certificate that is wrong in one way."""
    if kind == "expired":
        return authority.gives("expired", days=-1)
    if kind == "another host's":
        return authority.gives("another", names="DNS:model.example")
    return authority.gives("unknown")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("of an unknown authority", "authority is not known here"),
        ("expired", "has expired"),
        ("another host's", "not for this IP address"),
    ],
)
async def test_a_wrong_certificate_is_no_outage(
    gateway_process: Start, pump: Pump, tmp_path: Path, kind: str, words: str
) -> None:
    """Asked once, not for ten seconds: the next provider answers, or the caller is refused; a clear line."""
    authority = Authority(tmp_path)
    hellos: list[object] = []
    model, other = Model(), Model()
    model.tls = wrong(authority, kind).serves()
    model.tls.sni_callback = lambda *hello: hellos.append(hello)
    other.says = SHORT
    async with model, other:
        tls = {} if "unknown" in kind else {"tls": {"ca": str(authority.file)}}
        config = settings(tmp_path, {"lab": {"url": model.url, **tls}})
        plans = {
            "alone": {"numbers": ["200"], "agent": {"provider": "lab"}},
            "two": {
                "numbers": ["201"],
                "agent": {"provider": "lab", "fallback": [{"provider": "local", "url": other.url}]},
            },
        }
        own = gateway_process(plans, "--no-local", *config)
        async with Phone(own.sip, pump) as phone:
            await refused(phone, "200")
            assert len(hellos) == 1
            line: Line = await own.said("session.refused", provider="lab")
            assert line["code"] == "tls_certificate"
            assert f"127.0.0.1:{model.port}: " in str(line["message"])
            assert words in str(line["message"])
            call = phone.call("201")
            await call.answered()
            await call.hears_sound()
            assert len(hellos) == 2
            await call.hang_up()
    assert model.sessions == []


async def test_a_certificate_that_goes_wrong_in_the_call(
    gateway_process: Start, pump: Pump, tmp_path: Path
) -> None:
    """A model that comes back as somebody else is not tried for the whole outage: the next one answers."""
    authority = Authority(tmp_path)
    hellos: list[object] = []
    model, other, back = Model(), Model(), Model()
    model.tls, back.tls = authority.gives("good").serves(), authority.gives("old", days=-1).serves()
    back.tls.sni_callback = lambda *hello: hellos.append(hello)
    model.says = other.says = SHORT
    async with other, model:
        config = settings(tmp_path, {"lab": {"url": model.url, "tls": {"ca": str(authority.file)}}})
        plan = {
            "numbers": ["200"],
            "agent": {"provider": "lab", "fallback": [{"provider": "local", "url": other.url}]},
        }
        own = gateway_process({"two": plan}, "--no-local", *config)
        async with Phone(own.sip, pump) as phone:
            call = phone.call("200")
            await call.answered()
            await call.hears_sound()
            await call.hears_silence()
            (await model.session()).cut()
            await model.__aexit__()
            back.port = model.port
            async with back:
                await other.session(patient_seconds=20)
                assert len(hellos) <= 2
                assert not call.over
                await call.hang_up()


async def test_a_provider_with_certificates_of_its_own(
    gateway_process: Start, pump: Pump, tmp_path: Path
) -> None:
    """A private authority, and a client certificate that is asked for: a call like any other."""
    authority = Authority(tmp_path)
    model = Model()
    model.tls = authority.gives("server").serves(clients_of=authority.file)
    model.says = SHORT
    us = authority.gives("us")
    keys = {"ca": authority.file.name, "certificate": us.certificate.name, "key": us.key.name}
    async with model:
        config = settings(tmp_path, {"lab": {"url": model.url, "tls": keys}})
        own = gateway_process(
            {"plan": {"numbers": ["200"], "agent": {"provider": "lab"}}}, "--no-local", *config
        )
        async with Phone(own.sip, pump) as phone:
            call = phone.call("200")
            await call.answered()
            await call.hears_sound()
            await call.hang_up()
    assert len(model.sessions) == 1


async def test_an_address_where_nobody_is(gateway_process: Start, pump: Pump) -> None:
    """One line for all attempts of all calls, with host and cause."""
    url = f"ws://127.0.0.1:{ports.free_port()}/v1/realtime"
    plan = {"numbers": ["200"], "agent": {"provider": "local", "url": url}}
    own = gateway_process({"nowhere": plan}, "--no-local")
    async with Phone(own.sip, pump) as phone:
        for _ in range(2):
            await refused(phone, "200")
    words = f"{url.split('/')[2]}: nobody listens there (connection refused)"
    assert len(own.events("session.refused", message=words)) == 1


class Billing(Session):
    """Says what each response has used up, by kind, and what the caller's words have."""

    async def end_response(self, response: str, status: str = "completed") -> None:
        """Bill a thousand tokens of speech."""
        heard = {"type": "tokens", "input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
        completed = "conversation.item.input_audio_transcription.completed"
        await self.send(completed, item_id="item_caller", content_index=0, transcript="Hi.", usage=heard)
        usage = {
            "total_tokens": 1010,
            "input_tokens": 10,
            "output_tokens": 1000,
            "input_token_details": {"text_tokens": 10},
            "output_token_details": {"audio_tokens": 1000},
        }
        head = {"id": response, "object": "realtime.response", "status": status, "output": []}
        await self.send("response.done", response={**head, "usage": usage})


async def test_a_limit_counts_what_has_a_price(gateway_process: Start, pump: Pump, tmp_path: Path) -> None:
    """Where the transcription's price is not known, the call ends by the rest, and the log says so once."""
    model = Model()
    model.makes, model.says = Billing, SHORT
    prices = {"models": {"ours": {"text": [1, 1, 1], "audio": [10, 1, 20]}}}
    async with model:
        config = settings(tmp_path, {"lab": {"url": model.url, "prices": prices}})
        plan = {
            "numbers": ["200"],
            "agent": {"provider": "lab", "model": "ours", "transcription": {"model": "their-ears"}},
            "limits": {"max_cost_usd": 0.01, "notice": None},
        }
        own = gateway_process({"plan": plan}, "--no-local", *config)
        assert own.events("dialplan.warnings")
        async with Phone(own.sip, pump) as phone:
            call = phone.call("200")
            await call.answered()
            await call.ended(20)
            line = await own.said("call.ended", sip_call_id=call.call_id)
    assert line["reason"] == "max_cost"
    assert (line["cost_usd"], line["cost_at_least_usd"]) == (None, 0.02001)
    (unknown,) = own.events("cost.unknown")
    assert (unknown["provider"], unknown["model"]) == ("lab", "their-ears")


class Strict(Session):
    """Refuses every update, for a part without which no call can be held."""

    async def _take(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        if event["type"] != "session.update":
            await super()._take(event, tasks)
            return
        sentence = "Invalid value: 'x'. Supported values are: 'a' and 'b'."
        error = {"type": "invalid_request_error", "code": "invalid_value", "message": sentence}
        await self.send("error", error={**error, "param": "session.tools[0].type"})


async def test_a_refused_session_is_told_with_parameter_and_sentence(
    phone: Phone, gateway: Gateway, model_port: int
) -> None:
    """At once, once, and in the line of each call that met it."""
    model = Model(model_port)
    model.makes = Strict
    async with model:
        for _ in range(2):
            call = await refused(phone, "200")
            line = await gateway.said("call.ended", sip_call_id=call.call_id)
            assert line["reason"] == "session_unavailable"
            assert "session.tools[0].type: Invalid value: 'x'." in str(line["cause"])
        assert len(model.sessions) == 2
    told = [one for one in gateway.events("session.refused") if "session.tools" in str(one["message"])]
    assert len(told) == 1
    assert str(told[0]["message"]).startswith("session.update was refused: session.tools[0].type: Invalid")
