"""A spoken conversation with the embedded agent as it is shipped: words recognised, not only sound heard."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import yaml

from gateway.local.engines import stt
from gateway.local.vocabulary import Clip
from tests.equipment import tone
from tests.equipment.pids import embedded
from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.local.speech import engines_or_skip
from tests.sounds import speech
from tests.whole_calls.conftest import hang_up_all

pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def shipped() -> Iterator[Gateway]:
    """`gateway serve` with the default dialplan: it starts the embedded agent by itself."""
    engines_or_skip()
    plan = yaml.safe_load(Path(ROOT, "dialplans", "default.yaml").read_text(encoding="utf-8"))
    with Gateway({"default": plan}) as running:
        yield running


@pytest.fixture
async def caller(shipped: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    async with Phone(shipped.sip, pump) as ready:
        yield ready
        await hang_up_all(ready, shipped)


def words(pcm: tone.Pcm) -> str:
    """What a listener understands, in small letters."""
    return stt.recogniser().hear(Clip(pcm.tobytes(), tone.RATE)).text.lower()


async def says(call: Call, name: str) -> int:
    """Say a sentence when the agent has finished; gives the time of its end."""
    await call.hears_silence(700)
    return (await call.said(call.media.say(speech(name)))).ended_at


async def test_a_conversation(caller: Phone) -> None:
    """The agent greets, answers two questions rightly and soon, and hangs up after the goodbye."""
    call = caller.call("assistant")
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(700)
    assert "assistant" in words(call.media.heard())

    asked = await says(call, "sum")
    answered = await call.hears_sound(since=asked)
    assert (answered - asked) / MS < 2500
    await call.hears_silence(700)
    assert {"twelve", "12"} & set(words(call.media.heard(since=asked)).replace(".", " ").split())

    asked = await says(call, "question")
    await call.hears_sound(since=asked)
    await call.hears_silence(700)
    told = words(call.media.heard(since=asked))
    assert "it is" in told or "it's" in told or "time" in told, told

    asked = await says(call, "goodbye")
    await call.ended()
    assert "goodbye" in words(call.media.heard(since=asked)).replace(" ", "").replace("-", "")


async def test_speaking_over_the_greeting(caller: Phone) -> None:
    """A caller's voice (not any sound) silences the greeting in the middle."""
    call = caller.call("assistant")
    await call.answered()
    await call.hears_sound()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) > 600, "600 ms of the greeting")
    said = call.media.say(speech("interruption"))
    last = await call.hears_silence(250)
    assert said.started_at < last < said.started_at + 900 * MS
    assert tone.sound_ms(call.media.heard()) < 2000


async def test_an_agent_that_hears_itself(caller: Phone, shipped: Gateway) -> None:
    """Transferred to an echo, it is not left there until its time is over."""
    call = caller.call("assistant")
    await call.answered()
    call.media.echoes_after = 4
    await call.ended(30)
    line = await shipped.said("call.ended", sip_call_id=call.call_id)
    assert (line["reason"], line["turns"] < 8) == ("echo", True)


async def test_the_agents_sudden_death(caller: Phone, shipped: Gateway) -> None:
    """Killed with -9 while the caller asks, it answers all the same: the call goes on where it was."""
    call = caller.call("assistant")
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(700)
    asked = call.media.say(speech("sum"))
    await call.hears(lambda: asked.started_at, "the question to begin")
    os.kill(embedded(shipped.popen.pid), signal.SIGKILL)
    since = asked_until = (await call.said(asked)).ended_at
    told: set[str] = set()
    while not {"twelve", "12"} & told:  # "One moment, please." may come before
        await call.hears_sound(since=since, patient_seconds=20)
        since = await call.hears_silence(700) + 1
        told = set(words(call.media.heard(since=asked_until)).replace(".", " ").split())
    await call.hang_up()
    line = await shipped.said("call.ended", sip_call_id=call.call_id)
    assert line["reason"] == "caller_hung_up"
