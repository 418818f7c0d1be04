"""A spoken conversation with the embedded agent as it is shipped: words recognised, not only sound heard."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from gateway.local.engines import stt
from gateway.local.reply.words import word_list
from gateway.local.vocabulary import Clip
from gateway.media.plane import native_available
from tests.equipment import tone
from tests.equipment.pids import embedded
from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.local.speech import caller_8k, engines_or_skip
from tests.sounds import speech
from tests.whole_calls.conftest import hang_up_all

pytestmark = pytest.mark.speech

SHOP = """You are the assistant of a shop on the telephone.
Opens at eight and closes at six, Monday to Friday; closed on weekends.
When the caller says goodbye, say goodbye and hang up."""
"""The first edit that a newcomer makes, in words."""


@pytest.fixture(scope="module")
def shipped() -> Iterator[Gateway]:
    """`gateway serve` with the default dialplan: it starts the embedded agent by itself."""
    engines_or_skip()
    plan = yaml.safe_load(Path(ROOT, "dialplans", "default.yaml").read_text(encoding="utf-8"))
    newcomers = plan | {"numbers": ["sip:shop"], "agent": plan["agent"] | {"instructions": SHOP}}
    number = {"numbers": ["sip:number"], "announce": {"say": "Call +442079460123, code AB12CD."}}
    with Gateway({"default": plan, "newcomers": newcomers, "number": number}) as running:
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


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("When do you close on Friday?", "six"),
        ("Are you open on Sunday?", "closed"),
        ("My number is five five five, one two three four. Can you repeat that?", "555"),
        ("How many minutes are in two hours?", "120"),
        ("I would like to book a table for two.", "book"),
        ("No, that is wrong.", "sorry"),
    ],
)
async def test_what_callers_ask(caller: Phone, asked: str, told: str) -> None:
    """Hours in words are found, the caller's own number is repeated, wishes are told to have been heard."""
    call = caller.call("shop")
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(700)
    at = (await call.said(call.media.say(caller_8k(asked)))).ended_at
    await call.hears_sound(since=at)
    await call.hears_silence(700)
    heard = words(call.media.heard(since=at)).replace(",", "").replace("-", " ")
    figures = {"five five five": "555", "5 5 5": "555", "one hundred and twenty": "120"}
    for spoken, written in figures.items():
        heard = heard.replace(spoken, written)
    assert told in heard, heard


async def test_a_caller_in_loud_noise_is_asked_to_speak_up(caller: Phone) -> None:
    """What cannot be made out is not answered as if it had been."""
    call = caller.call("shop")
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(700)
    said = caller_8k("Do you speak Spanish?").astype(np.float64)
    noise = tone.pink_noise(len(said)) * np.sqrt(np.mean(said**2)) * 10 ** (-2 / 20)
    at = (await call.said(call.media.say(np.clip(said + noise, -32768, 32767).astype(np.int16)))).ended_at
    await call.hears_sound(since=at)
    await call.hears_silence(700)
    heard = words(call.media.heard(since=at))
    assert "hear you well" in heard or "did not catch" in heard, heard


async def test_a_number_in_an_announcement_can_be_written_down(caller: Phone) -> None:
    """Digit by digit, and a code letter by letter."""
    call = caller.call("number")
    await call.answered()
    await call.ended()
    heard = words(call.media.heard())
    for value, word in enumerate(word_list("zero one two three four five six seven eight nine")):
        heard = re.sub(rf"\b{word}\b", str(value), heard)
    heard = re.sub(r"[^a-z0-9]", "", heard)
    assert "442079460123" in heard
    assert "ab12cd" in heard


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
    assert line["reason"] == "echo"
    # Each of a torn word, as it stops to hear what is said; portable mode tears more on a busy machine.
    assert line["turns"] < (10 if native_available() else 25)


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
