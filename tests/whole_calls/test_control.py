"""Real calls over UDP, steered from outside of their plans: listed, told something, moved on, ended."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from gateway.call import (
    AddImage,
    AddText,
    Answer,
    Instruct,
    LegState,
    Mute,
    Played,
    SendDigits,
    TransferEnded,
    TransferOutcome,
)
from gateway.calls.outcomes import OutcomeLog
from gateway.control import CallOver, Control
from gateway.errors import NoSuchCall, OrderRefused
from gateway.node.serve import running
from gateway.node.settings import Settings
from gateway.signals import Signals
from tests.equipment import patience, ports, tone
from tests.equipment.model import RATE, Model
from tests.equipment.programs import agent
from tests.equipment.referred import asked, notify
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

PIXEL = "data:image/png;base64,iVBORw0KGgo="
QUIET = {"answer": {"speaks_first": "caller"}}
DESK = "sip:200@127.0.0.1:5999"
TARGETS = {"desk": {"to": DESK, "mode": "blind"}}


class Watched:
    """A gateway in the test's own process: what may be asked of it, a phone, and the model behind it."""

    def __init__(self, control: Control, phone: Phone, model: Model) -> None:
        self.control = control
        self.phone = phone
        self.model = model

    async def only_call(self) -> str:
        """Wait until there is a call that has reached its plan; return its id."""
        async with patience.within(10), self.control.watch() as watch:
            while not (there := [view.id for view in await self.control.calls() if view.plan]):
                await watch.__aiter__().__anext__()
        return there[0]

    async def none(self) -> None:
        """Wait until there is no call."""
        async with patience.within(10), self.control.watch() as watch:
            while await self.control.calls():
                await watch.__aiter__().__anext__()


@pytest.fixture
async def watched(tmp_path: Path, pump: Pump) -> AsyncIterator[Watched]:
    """The gateway; calls that a test leaves open are hung up."""
    async with (
        Model() as model,
        gateway(tmp_path, model) as (control, address),
        Phone(address, pump) as phone,
    ):
        yield Watched(control, phone, model)
        for view in await control.calls():
            await control.end(view.id, "test")


@asynccontextmanager
async def gateway(folder: Path, model: Model) -> AsyncIterator[tuple[Control, tuple[str, int]]]:
    """Run one whose numbers reach the model, or an announcement."""
    with wave.open(str(folder / "closed.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone.sine(1000, 600, rate=RATE, fade_ms=5).tobytes())
    plans = {
        "agent": agent("100", model.url, model="scripted", targets=TARGETS, **QUIET),
        "greeting": agent("101", model.url, model="scripted"),
        "closed": {"numbers": ["200"], "announce": {"play": "closed.wav"}},
    }
    for name, plan in plans.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(dict(plan)), encoding="utf-8")
    port, (low, high) = ports.free_port(), ports.free_range(40)
    settings = Settings(
        sip=f"127.0.0.1:{port}",
        rtp=f"{low}-{high}",
        dialplans=folder,
        local=False,
        local_listen=f"127.0.0.1:{ports.free_port()}",
        max_calls=4,
    )
    async with running(settings, Signals(terminal=True), None, "test", OutcomeLog()) as node:
        yield node.control, ("127.0.0.1", port)


async def test_a_call_is_looked_at_told_something_and_ended(watched: Watched) -> None:
    """Text and image reach the model, a prompt the caller's ear; the end is a BYE."""
    control, call = watched.control, watched.phone.call("100")
    await call.answered()
    session = await watched.model.session()
    name = await watched.only_call()
    view = await control.look(name)
    assert (view.called.user, view.plan, view.action, view.sip_call_id) == (
        "100",
        "agent",
        "agent",
        call.call_id,
    )
    assert view.state is LegState.ANSWERED
    async with control.watch(name) as watch:
        await control.order(name, AddText("system", "The caller is a customer."), "operator")
        await control.order(name, AddImage(PIXEL, "His meter."), "operator")
        told = await session.got("conversation.item.create", 2)
        await control.order(name, Instruct("Speak French."), "operator")
        await session.got("session.update", 2)
        await control.order(name, Mute(on=True), "operator")
        item = await control.play(name, tone.sine(880, 500, rate=RATE, fade_ms=5).tobytes(), "operator")
        async with patience.within(10):
            while (await watch.__aiter__().__anext__()).event != Played(item):
                pass
            await control.order(name, SendDigits("5"), "operator")
            await control.end(name, "operator")
            seen = [line.event async for line in watch]
    assert PIXEL in json.dumps(told)
    assert session.events("session.update")[1]["session"]["instructions"] == "Speak French."
    assert "customer" in json.dumps(session.events("conversation.item.create")[0])
    assert tone.share(call.media.heard(), 880) > 0.8
    assert tone.sound_ms(call.media.heard()) == pytest.approx(500, abs=60)
    assert (await call.ended()).method == "BYE"
    assert SendDigits("5") in seen
    assert isinstance(seen[-1], CallOver)
    assert seen[-1].ending.reason == "operator_hung_up"
    with pytest.raises(NoSuchCall):
        await control.look(name)


async def test_a_call_is_moved_on_while_the_agent_speaks(watched: Watched) -> None:
    """The agent is silent at once, the model told what was heard; then the other plan is heard to its end."""
    watched.model.says = tone.sine(440, 8000, rate=RATE, fade_ms=5)
    call = watched.phone.call("101")
    await call.answered()
    session = await watched.model.session()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 500, "half a second of the agent")
    name = await watched.only_call()
    await watched.control.move(name, "closed", "operator")
    assert (await call.ended()).method == "BYE"
    heard = [(round(one.frequency, -1), one.ms) for one in tone.tones(call.media.heard())]
    assert [frequency for frequency, _ms in heard] == [440, 1000]
    assert heard[1][1] == pytest.approx(600, abs=150)
    cut = session.events("conversation.item.truncate")[0]
    assert cut["audio_end_ms"] == pytest.approx(heard[0][1], abs=150)
    await watched.none()


async def test_an_announcement_is_cut_for_an_agent(watched: Watched) -> None:
    """Who was to hear that nobody is there is put through after all."""
    call = watched.phone.call("200")
    await call.answered()
    name = await watched.only_call()
    await call.hears_sound()
    await watched.control.move(name, "greeting", "operator")
    await watched.model.session()
    await call.hears(lambda: tone.share(call.media.heard()[-4000:], 440) > 0.8, "the agent")
    view = await watched.control.look(name)
    assert (view.first_plan, view.plan, view.action) == ("closed", "greeting", "agent")


async def test_a_call_that_rings_is_turned_away_or_answered(watched: Watched) -> None:
    """With a status that is no error of ours; whoever is answered from outside is not answered twice."""
    watched.model.confirms = False  # no session: it rings on
    call = watched.phone.call("100")
    name = await watched.only_call()
    await call.progress(180)
    with pytest.raises(OrderRefused):
        await watched.control.play(name, bytes(960), "operator")
    await watched.control.end(name, "operator")
    with pytest.raises(Rejected) as rejected:
        await call.answered()
    assert rejected.value.status == 480
    await watched.none()
    call = watched.phone.call("100")
    name = await watched.only_call()
    await watched.control.order(name, Answer(), "operator")
    await call.answered()
    with pytest.raises(OrderRefused, match="answered already"):
        await watched.control.order(name, Answer(), "operator")
    assert not call.over


async def test_a_call_is_held_and_transferred_from_outside(watched: Watched) -> None:
    """An operator may do what the agent may, to the same targets; watchers hear how it comes out."""
    watched.phone.answers["REFER"] = 202
    control, call = watched.control, watched.phone.call("100")
    await call.answered()
    await watched.model.session()
    name = await watched.only_call()
    await control.hold(name, "operator")
    await call.hears_sound()
    assert (await control.look(name)).state is LegState.HELD
    await control.resume(name, "operator")
    with pytest.raises(OrderRefused, match="no such target"):
        await control.transfer(name, "boss", "operator")
    async with control.watch(name) as watch:
        await control.transfer(name, "desk", "operator")
        assert (await asked(call)).header("Refer-To") == f"<{DESK}>"
        await notify(call, 200)
        seen = [line.event async for line in watch]
    assert TransferEnded("desk", TransferOutcome.TRANSFERRED, 200) in seen
    assert isinstance(seen[-1], CallOver)
    assert seen[-1].ending.reason == "transferred"
    assert (await call.ended()).method == "BYE"


async def test_draining_from_outside(watched: Watched) -> None:
    """Calls that are up get their grace, then a word and a BYE; whoever rings and new ones get 503."""
    watched.model.says = tone.sine(440, 20_000, rate=RATE, fade_ms=5)
    talking = watched.phone.call("101")
    await talking.answered()
    await talking.hears(lambda: tone.share(talking.media.heard()[-4000:], 440) > 0.8, "the agent")
    watched.model.confirms = False
    ringing = watched.phone.call("100")
    await ringing.progress(180)
    async with asyncio.TaskGroup() as tasks:
        draining = tasks.create_task(watched.control.drain(0.3))
        assert (await talking.ended(15)).method == "BYE"
    assert draining.result() == 2
    with pytest.raises(Rejected) as rejected:
        await ringing.answered()
    assert rejected.value.status == 503
    heard = talking.media.heard()
    voice = heard[-(8 * 2000) :]
    assert tone.share(voice, 440) < 0.5, "the agent is silent"
    assert tone.sound_ms(voice) > 500, "and somebody says goodbye"
    with pytest.raises(Rejected) as rejected:
        await watched.phone.call("100").answered()
    assert rejected.value.status == 503
    assert int(rejected.value.response.header("Retry-After")) > 0
