"""What a plan says itself is heard, whoever its agent is, and whenever the plan came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

import pytest

from gateway.local.engines import stt
from gateway.local.vocabulary import Clip
from tests.equipment import tone
from tests.equipment.model import RATE, Model
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.local.speech import engines_or_skip

Start = Callable[..., Gateway]

pytestmark = pytest.mark.speech
engines_or_skip()

GERMAN = "Wir k\u00f6nnen Ihren Anruf leider gerade nicht annehmen."
SHORT = tone.sine(880, 400, rate=RATE, fade_ms=5)
AGENT_HZ, GERMAN_HZ = 880, 520


def words(call: Call) -> str:
    """What a listener understands of the whole call, in small letters."""
    return stt.recogniser().hear(Clip(call.media.heard().tobytes(), tone.RATE)).text.lower()


async def test_hosted_agents_have_the_words_of_their_plan(gateway_process: Start, pump: Pump) -> None:
    """A gateway with hosted agents alone speaks its notice and its apology with a voice of its own."""
    async with Model() as model:
        model.says = SHORT
        hosted = {"provider": "compatible", "url": model.url}
        plans = {
            "limited": {
                "numbers": ["100"],
                "agent": hosted,
                "limits": {"max_duration": "1s", "notice": "The tokens are used up."},
            },
            "failing": {
                "numbers": ["101"],
                "agent": hosted | {"url": "ws://127.0.0.1:9/"},
                "on_failure": {"say": "All bicycles are repaired tomorrow."},
            },
        }
        gateway = gateway_process(plans)
        async with Phone(gateway.sip, pump) as phone:
            for number, told in (("100", "used up"), ("101", "bicycles")):
                call = phone.call(number)
                await call.answered(20)
                await call.ended(20)
                assert told in words(call)


async def test_the_words_of_every_plan_need_no_voice(gateway_process: Start, pump: Pump) -> None:
    """Where a plan says nothing itself, no embedded agent is started, and the caller is told all the same."""
    async with Model() as model:
        model.says = SHORT
        plan = {
            "numbers": ["100"],
            "agent": {"provider": "compatible", "url": model.url},
            "limits": {"max_duration": "1s"},
        }
        gateway = gateway_process({"a": plan})
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.ended(20)
        assert "reached its limit" in words(call)
        assert not gateway.events("embedded.starting")


async def test_another_language_is_spoken_by_the_plans_provider_and_kept(
    gateway_process: Start, pump: Pump
) -> None:
    """Once, before a call needs it; it is there when the provider no longer is."""
    async with Model() as model:
        model.says = tone.sine(GERMAN_HZ, 900, rate=RATE, fade_ms=5)
        model.words = GERMAN
        plan = {
            "numbers": ["100"],
            "agent": {"provider": "compatible", "url": model.url, "voice": "cedar"},
            "on_failure": {"say": GERMAN},
        }
        gateway = gateway_process({"a": plan})
        session = await model.session()
        await gateway.said("session.ready", prompt=GERMAN)
        assert session.config["audio"]["output"]["voice"] == "cedar"
        await session.until(session.closed.is_set)
        model.refuses = HTTPStatus.SERVICE_UNAVAILABLE
        for _ in range(2):
            async with Phone(gateway.sip, pump) as phone:
                call = phone.call("100")
                await call.answered(20)
                await call.ended(20)
            assert tone.share(call.media.heard(), GERMAN_HZ) > 0.9
        assert len(model.sessions) == 1
        assert not gateway.events("embedded.starting")


async def test_a_plan_that_is_added_has_its_voice(gateway_process: Start, pump: Pump) -> None:
    """The embedded agent is started for it; nobody has to start the gateway anew."""
    gateway = gateway_process({"a": {"numbers": ["100"], "reject": {"status": 480}}})
    assert gateway.answering()["agent"] == "hosted"
    gateway.write_plan("b", {"numbers": ["101"], "announce": {"say": "All bicycles are repaired."}})
    await gateway.said("dialplan.reloaded")
    await asyncio.to_thread(gateway.wait_for, lambda line: line["event"] == "embedded.ready", 30)
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call("101")
        await call.answered(20)
        await call.ended(20)
    assert "bicycles" in words(call)
