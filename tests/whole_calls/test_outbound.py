"""Calls that the gateway makes: by command, over its control socket, and from a list."""

from __future__ import annotations

import asyncio
import csv
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from gateway.node.control_client import ControlClient, Refusal
from tests.equipment import patience, tone
from tests.equipment.functions import called
from tests.equipment.model import RATE, Model
from tests.equipment.process import python
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.sounds import speech

GREETING = tone.sine(660, 400, rate=RATE, fade_ms=5)


@pytest.fixture(scope="module")
def gateway(model_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway with plans that call people."""
    url = f"ws://127.0.0.1:{model_port}/v1/realtime"
    words = {"greeting": "Hello {name}."}
    message = tmp_path_factory.mktemp("message") / "message.wav"
    with wave.open(str(message), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(tone.sine(900, 300, fade_ms=5).tobytes())
    leaves = {
        "answer": {"speaks_first": "caller"},
        "agent": {"tools": ["machine_answered"]},
        "outbound": {"on_machine": "leave_message", "play": str(message)},
    }
    plans = {
        "leaves": agent("502", url, model="scripted", **leaves),
        "reminder": agent("500", url, model="scripted", answer=words, variables={"name": "somebody"}),
        "early": agent("501", url, model="scripted", answer={"early": "ringback"}),
    }
    with Gateway(plans, "--no-local") as running:
        yield running


@pytest.fixture
async def desk(gateway: Gateway, model: Model, pump: Pump) -> AsyncIterator[Phone]:
    """The phone of whoever is called."""
    model.says = None
    async with Phone(gateway.sip, pump, user="desk") as phone:
        yield phone


def at(phone: Phone, user: str = "desk") -> str:
    """Return its address."""
    return f"sip:{user}@{phone.local[0]}:{phone.local[1]}"


async def command(*words: str) -> tuple[int, str]:
    """Type a command; return its exit code and all that it said."""
    out = asyncio.subprocess.PIPE
    typed = python("-m", "gateway", *words)
    run = await asyncio.create_subprocess_exec(*typed, stdout=out, stderr=asyncio.subprocess.STDOUT)
    async with patience.within(30):
        said, _ = await run.communicate()
    return run.returncode or 0, said.decode()


async def dial(gateway: Gateway, number: str, *more: str) -> tuple[int, str]:
    """Call somebody from the command line."""
    return await command("dial", number, "--plan", "reminder", "--socket", str(gateway.control), *more)


async def test_somebody_is_called_and_talks_with_the_agent(
    gateway: Gateway, desk: Phone, model: Model
) -> None:
    """It is ready when they answer: its first word is in the first packets; all of it is told."""
    async with asyncio.TaskGroup() as tasks:
        typed = tasks.create_task(dial(gateway, at(desk), "--var", "name=Ann"))
        call = await desk.incoming(20)
        session = await model.session()
        assert session.events("response.create") == []  # nobody is greeted who may not be there
        call.ring()
        asked = await session.got("response.create")
        assert "Hello Ann." in asked["response"]["instructions"]
        await session.respond(GREETING)
        await call.accept()
        first = await call.hears_sound(call.times["ACK"])
        assert (first - call.times["ACK"]) / MS < 100  # how soon is measured in the proof `campaign`
        await call.hears(lambda: tone.share(call.media.heard(), 660) > 0.8, "the agent")
        said = call.media.say(tone.sine(500, 300))
        await call.said(said)
        await session.until(lambda: tone.share(session.caller()[-6000:], 500, rate=RATE) > 0.5)
        await call.hang_up()
        code, told = await typed
    assert code == 0, told
    assert "calling sip:desk@" in told
    assert "answered" in told
    assert "they hung up" in told
    (record,) = [one for one in gateway.records() if one.called == "desk"]
    assert (record.direction, record.reason, record.plan) == ("out", "callee_hung_up", "reminder")


@pytest.mark.parametrize(("status", "words"), [(486, "busy (486)"), (404, "cannot be reached (404)")])
async def test_nobody_answers(gateway: Gateway, desk: Phone, status: int, words: str) -> None:
    """Why not is told, and the command fails."""
    async with asyncio.TaskGroup() as tasks:
        typed = tasks.create_task(dial(gateway, at(desk)))
        (await desk.incoming(20)).reject(status)
        code, told = await typed
    assert code == 1
    assert words in told


async def test_it_rings_for_so_long(gateway: Gateway, desk: Phone) -> None:
    """Then it is let go with CANCEL."""
    async with asyncio.TaskGroup() as tasks:
        typed = tasks.create_task(dial(gateway, at(desk), "--ring", "1s"))
        call = await desk.incoming(20)
        call.ring()
        assert (await call.ended()).method == "CANCEL"
        code, told = await typed
    assert (code, "no answer (408)" in told) == (1, True)


async def test_nothing_is_said_into_early_media(gateway: Gateway, desk: Phone, model: Model) -> None:
    """What comes before the answer is heard by nobody; what the agent says waits for it."""
    async with ControlClient.connected(gateway.control) as control:
        await control.ask("originate", number=at(desk), plan="reminder")
        call = await desk.incoming()
        session = await model.session()
        call.play_early()
        call.media.say(tone.sine(425, 600))
        await session.got("response.create")
        await session.respond(GREETING)
        await call.listens(400)
        assert tone.sound_ms(call.media.heard()) == 0
        assert not session.heard
        await call.accept()
        await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 390, "the whole greeting")
        await call.hang_up()


@pytest.mark.native
async def test_a_machine_is_left_a_message_after_its_beep(
    gateway: Gateway, desk: Phone, model: Model
) -> None:
    """Not a word before that; then we hang up. How soon is measured in the proof `messages`."""
    async with ControlClient.connected(gateway.control) as control:
        made = await control.ask("originate", number=at(desk), plan="leaves")
        call = await desk.incoming()
        await model.session()
        await call.accept()
        greeting = np.concatenate([speech("sum")[1000:9000]] * 4)
        said = call.media.say(np.concatenate((greeting, np.zeros(3200, np.int16), tone.sine(1000, 300))))
        await call.said(said)
        assert tone.sound_ms(call.media.heard()) == 0
        assert (await call.ended()).method == "BYE"
        assert tone.share(call.media.heard(), 900) > 0.8
        assert abs(tone.sound_ms(call.media.heard()) - 300) <= 40
    ended = await gateway.said("call.ended", call=made)
    assert (ended["reason"], ended["answered_by"]) == ("message_left", "machine")


@pytest.mark.native
async def test_its_agent_hears_that_it_is_a_machine(gateway: Gateway, desk: Phone, model: Model) -> None:
    """Whose owner had said a word and paused, as a person does; the message still waits for the beep."""
    async with ControlClient.connected(gateway.control) as control:
        made = await control.ask("originate", number=at(desk), plan="leaves")
        call = await desk.incoming()
        session = await model.session()
        await call.accept()
        call.media.say(speech("sum")[1000:7000])
        await gateway.said("call.answered_by", call=made, who="human")
        await called(session, "machine_answered")
        await gateway.said("call.answered_by", call=made, who="machine", why="the agent says so")
        call.media.say(np.concatenate((np.zeros(1600, np.int16), tone.sine(1000, 300))))
        assert (await call.ended()).method == "BYE"
        assert tone.share(call.media.heard(), 900) > 0.8
    assert (await gateway.said("call.ended", call=made))["reason"] == "message_left"


async def test_what_is_barred_or_wrong_is_refused(gateway: Gateway, desk: Phone) -> None:
    """With the reason, and nobody's phone rings."""
    async with ControlClient.connected(gateway.control) as control:
        for wrong, status in (
            ({"number": "sip:112@127.0.0.1:9", "plan": "reminder"}, 403),
            ({"number": at(desk), "plan": "nothing"}, 400),
            ({"number": "+4930123456", "plan": "reminder"}, 400),
            ({"number": at(desk), "plan": "reminder", "variables": {"nam": "Ann"}}, 400),
            ({"number": at(desk), "plan": "reminder", "ring": 0}, 400),
        ):
            with pytest.raises(Refusal) as told:
                await control.ask("originate", **wrong)
            assert told.value.status == status, told.value
    assert desk.received == []


async def test_a_caller_hears_us_ring(gateway: Gateway, pump: Pump, model: Model) -> None:
    """With `early` there is a tone of ours before the answer, and the agent alone after it."""
    model.says = None
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call("501")
        progress = await call.progress(183)
        call.hear_early(progress)
        session = await model.session()
        await call.hears_sound()
        assert not call.times.get(200)
        await session.got("response.create")
        await session.respond(GREETING)
        await call.answered()
        await call.hears(lambda: tone.share(call.media.heard()[-1600:], 660) > 0.8, "the agent")
        await call.hang_up()


async def test_a_list_is_called(gateway: Gateway, desk: Phone, model: Model, tmp_path: Path) -> None:
    """Each outcome stands in the result; started again nobody is called twice."""
    model.says = GREETING
    people = tmp_path / "people.csv"
    people.write_text(
        "number,name\n" + "".join(f"{at(desk, user)},{user}\n" for user in ("ann", "busy", "gone", "eve"))
    )
    options = (
        "campaign",
        str(people),
        "--plan",
        "reminder",
        "--rate",
        "20",
        "--socket",
        str(gateway.control),
    )
    async with asyncio.TaskGroup() as tasks:
        typed = tasks.create_task(command(*options))
        for _ in range(4):
            tasks.create_task(_behave(await desk.incoming(20)))
        code, told = await typed
    assert code == 0, told
    with people.with_name("people.csv.result.csv").open(encoding="utf-8", newline="") as lines:
        found = {
            row["number"].partition("@")[0]: (row["outcome"], row["status"]) for row in csv.DictReader(lines)
        }
    assert found == {
        "sip:ann": ("answered", "200"),
        "sip:busy": ("busy", "486"),
        "sip:gone": ("unreachable", "404"),
        "sip:eve": ("answered", "200"),
    }
    rung = len(desk.received)
    assert (await command(*options))[0] == 0
    assert len(desk.received) == rung


async def _behave(call: Call) -> None:
    user = call.messages[0].start.partition("sip:")[2].partition("@")[0]
    if user in ("busy", "gone"):
        call.reject({"busy": 486, "gone": 404}[user])
        return
    await call.accept()
    await call.hears_sound()
    await call.hang_up()
