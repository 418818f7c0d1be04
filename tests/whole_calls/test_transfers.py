"""Real calls that go on with somebody else: who hears what, is told what, and has the caller in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.equipment import ports, tone
from tests.equipment.functions import called, outcome, result
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.referred import asked, notify
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import hang_up_all

AGENT = tone.sine(660, 300, rate=RATE, fade_ms=5)
WORDS = "Ein Anruf von Ann."
FAREWELL = tone.sine(880, 700, rate=RATE, fade_ms=5)
QUIET = {"answer": {"speaks_first": "caller"}}


@pytest.fixture(scope="module")
def desk_port() -> int:
    return ports.free_port()


@pytest.fixture(scope="module")
def exchange(model_port: int, desk_port: int) -> Iterator[Gateway]:
    """One gateway with a target of each kind; nobody but the desk can be reached."""
    at = f"127.0.0.1:{desk_port}"
    targets = {
        "blind": {"to": f"sip:200@{at}", "mode": "blind"},
        "desk": {"to": f"sip:200@{at}", "about": "the desk"},
        "told": {"to": f"sip:200@{at}", "announce": "Ein Anruf von {summary}."},
        "impatient": {"to": f"sip:200@{at}", "ring": "1s", "waits_with": "ringback"},
        "back": {"to": f"sip:200@{at}", "then": "agent"},
        "rings": {"to": f"sip:200@{at}", "waits_with": "ringback"},
        "rings_told": {
            "to": f"sip:200@{at}",
            "waits_with": "ringback",
            "announce": "Ein Anruf von {summary}.",
        },
        "attended": {"to": f"sip:200@{at}", "mode": "attended"},
        "brief": {"to": f"sip:200@{at}", "mode": "attended", "ring": "1s", "waits_with": "ringback"},
        "overheard": {"to": f"sip:200@{at}", "agent": "listens"},
        "shared": {"to": f"sip:200@{at}", "agent": "listens", "then": "agent"},
        "extension": {"to": f"sip:{{digits}}@{at}", "digits": ["2XX"], "mode": "blind"},
    }
    url = f"ws://127.0.0.1:{model_port}/v1/realtime"
    tools = ["transfer", "hold", "send_digits", "collect_digits", "goto", "hang_up"]
    plans = {
        "office": agent(
            "100",
            url,
            model="scripted",
            agent={"tools": tools, "goto": ["later"]},
            targets=targets,
            language="de",
            limits={"max_transfers": 2},
            **QUIET,
        ),
        "later": agent("101", url, model="scripted"),
    }
    with Gateway(plans, "--no-local") as running:
        yield running


@dataclass
class Put:
    """A caller who talks with the agent, its session, and the desk to which they may be put through."""

    caller: Call
    session: Session
    desk: Phone
    exchange: Gateway

    async def through(self, target: str, **more: str) -> None:
        """Have the agent say a word and put the caller through."""
        await self.session.respond(FAREWELL)
        await called(self.session, "transfer", target=target, **more)

    async def ended(self) -> dict[str, Any]:
        """Wait for the call's last line."""
        return dict(await self.exchange.said("call.ended", sip_call_id=self.caller.call_id))

    async def hear_each_other(self, other: Call) -> None:
        """Wait until what each says is heard by the other."""
        self.caller.media.say(tone.sine(500, 3000, fade_ms=5))
        other.media.say(tone.sine(900, 3000, fade_ms=5))
        await other.hears(lambda: tone.share(other.media.heard()[-1600:], 500) > 0.8, "the caller")
        await self.caller.hears(lambda: tone.share(self.caller.media.heard()[-1600:], 900) > 0.8, "the desk")


@pytest.fixture
async def put(exchange: Gateway, model: Model, pump: Pump, desk_port: int) -> AsyncIterator[Put]:
    """A caller who has just been answered."""
    async with (
        Phone(exchange.sip, pump) as phone,
        Phone(exchange.sip, pump, port=desk_port, user="desk") as desk,
    ):
        model.says, model.words = None, "beep"
        phone.answers["REFER"] = 202
        call = phone.call("100")
        await call.answered()
        yield Put(call, await model.session(), desk, exchange)
        await hang_up_all(phone, exchange)


# --- blind -----------------------------------------------------------------------------------------------


async def test_the_callers_side_makes_the_call(put: Put) -> None:
    """It is asked when the agent's last word was heard, and let go when it tells that somebody answered."""
    await put.through("blind")
    refer = await asked(put.caller)
    assert tone.sound_ms(put.caller.media.heard()) >= 690
    assert refer.header("Refer-To") == f"<sip:200@127.0.0.1:{put.desk.local[1]}>"
    await notify(put.caller, 180)
    await notify(put.caller, 200)
    assert (await put.caller.ended()).method == "BYE"
    assert (await put.ended())["reason"] == "transferred"


async def test_a_caller_whose_side_could_not_is_with_the_agent_again(put: Put, model: Model) -> None:
    """It hears music meanwhile; the agent is told why, and speaks of it."""
    model.says = AGENT
    await put.through("blind")
    await asked(put.caller)
    await put.caller.hears_sound(since=await put.caller.hears_silence(200) + 1)
    await notify(put.caller, 486)
    assert await outcome(put.session) == {"transferred": False, "why": "they are busy"}
    await put.session.got("response.create")
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 660) > 0.8, "the agent again")
    assert not put.caller.over


async def test_a_side_that_does_not_refer(put: Put) -> None:
    """Its refusal is the result."""
    put.caller.phone.answers["REFER"] = 603
    await put.through("blind")
    assert await outcome(put.session) == {"transferred": False, "why": "they declined the call"}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (480, "they did not answer"),
        (486, "they are busy"),
        (603, "they declined the call"),
        (404, "they cannot be reached"),
    ],
)
async def test_the_callers_side_reaches_nobody(put: Put, status: int, why: str) -> None:
    """As its last NOTIFY tells it; the caller hears music until then, and is ours again."""
    await put.through("blind")
    await asked(put.caller)
    await notify(put.caller, 180)
    await put.caller.hears_sound(since=put.caller.phone.pump.heard_until)
    await notify(put.caller, status)
    assert await outcome(put.session) == {"transferred": False, "why": why}
    assert not put.caller.over


async def test_a_caller_who_goes_with_the_transfer(put: Put) -> None:
    """Whose side has agreed and hangs up, as many do, has left us for them."""
    await put.through("blind")
    await asked(put.caller)
    await put.caller.hang_up()
    assert (await put.ended())["reason"] == "transferred"


async def test_a_caller_who_hangs_up_before_their_side_has_answered(put: Put) -> None:
    """Has not been put through."""
    del put.caller.phone.answers["REFER"]
    await put.through("blind")
    await asked(put.caller)
    await put.caller.hang_up()
    assert (await put.ended())["reason"] == "caller_hung_up"


@pytest.mark.parametrize("digits", ["300", "200\r\nX: y", "200@evil.example", "\uff12\uff10\uff10", ""])
async def test_who_is_not_listed_is_not_reached(put: Put, digits: str) -> None:
    """The model is told, the network is not."""
    assert "error" in await result(put.session, "transfer", target="extension", digits=digits)
    assert "error" in await result(put.session, "transfer", target="boss")
    assert [one for one in put.caller.messages if one.method == "REFER"] == []
    assert put.desk.received == []


async def test_it_is_not_tried_for_ever(put: Put) -> None:
    """Twice is what the plan allows."""
    put.caller.phone.answers["REFER"] = 486
    for _ in range(2):
        assert (await result(put.session, "transfer", target="blind"))["transferred"] is False
    assert "often enough" in (await result(put.session, "transfer", target="blind"))["error"]


# --- bridge ----------------------------------------------------------------------------------------------


async def test_two_people_are_joined(put: Put) -> None:
    """The caller hears music until the desk answers, then the desk; whoever hangs up ends it for both."""
    await put.through("desk")
    rung = await put.desk.incoming()
    assert "<sip:phone@" in rung.messages[0].header("From")
    rung.ring()
    await put.caller.hears_sound(since=rung.messages[0].at)
    await rung.accept()
    await put.hear_each_other(rung)
    await rung.hang_up()
    assert (await put.caller.ended()).method == "BYE"
    assert (await put.ended())["reason"] == "target_hung_up"


async def test_a_caller_who_hangs_up_takes_the_desk_along(put: Put) -> None:
    """Nobody is left on a dead line."""
    await put.through("desk")
    rung = await put.desk.incoming()
    await rung.accept()
    await put.hear_each_other(rung)
    await put.caller.hang_up()
    assert (await rung.ended()).method == "BYE"
    assert (await put.ended())["reason"] == "caller_hung_up"


async def test_the_desk_hears_first_who_calls(put: Put, model: Model) -> None:
    """In the plan's words, with the agent's summary; the caller hears none of it."""
    model.says, model.words = tone.sine(1500, 600, rate=RATE, fade_ms=5), WORDS
    await put.through("told", summary="Ann")
    rung = await put.desk.incoming()
    await rung.accept()
    await rung.hears(lambda: tone.share(rung.media.heard()[-1600:], 1500) > 0.8, "who calls")
    await rung.hears_silence(200)
    await put.hear_each_other(rung)
    assert tone.share(put.caller.media.heard(), 1500) < 0.01


async def test_a_desk_that_leaves_before_it_was_told(put: Put, model: Model) -> None:
    """Whoever hears who calls and hangs up has declined."""
    model.says, model.words = tone.sine(1500, 3000, rate=RATE, fade_ms=5), WORDS
    await put.through("told", summary="Ann")
    rung = await put.desk.incoming()
    await rung.accept()
    await rung.hears_sound()
    await rung.hang_up()
    assert (await outcome(put.session))["transferred"] is False
    assert not put.caller.over


@pytest.mark.parametrize("target", ["desk", "attended"])
@pytest.mark.parametrize(("status", "why"), [(486, "they are busy"), (603, "they declined the call")])
async def test_a_desk_that_does_not_want_to(put: Put, target: str, status: int, why: str) -> None:
    """The caller is with the agent again, who knows why."""
    await put.through(target)
    (await put.desk.incoming()).reject(status)
    assert await outcome(put.session) == {"transferred": False, "why": why}
    assert not put.caller.over


@pytest.mark.parametrize("target", ["impatient", "brief"])
async def test_a_desk_where_nobody_is(put: Put, target: str) -> None:
    """It is rung for as long as the plan says, and the caller hears it ring."""
    await put.through(target)
    rung = await put.desk.incoming()
    rung.ring()
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 425) > 0.8, "the ringing")
    assert await outcome(put.session) == {"transferred": False, "why": "they did not answer"}
    assert (await rung.ended()).method == "CANCEL"


async def test_what_the_desk_plays_before_it_answers_is_heard(put: Put) -> None:
    """In place of our ringing; nothing of the caller is heard there until the answer."""
    await put.through("rings")
    rung = await put.desk.incoming()
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 425) > 0.8, "the ringing")
    rung.play_early()
    rung.media.say(tone.sine(900, 1500, fade_ms=5))
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 900) > 0.95, "the desk's own")
    await put.caller.said(put.caller.media.say(tone.sine(500, 200)))
    assert tone.sound_ms(rung.media.heard()) == 0
    await rung.accept()
    await put.hear_each_other(rung)


async def test_a_desk_that_says_that_it_is_busy(put: Put) -> None:
    """Its announcement is heard before its status; then the caller is with the agent again."""
    await put.through("rings")
    rung = await put.desk.incoming()
    rung.play_early()
    said = rung.media.say(tone.sine(900, 600, fade_ms=5))
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 900) > 0.95, "the desk's own")
    await rung.said(said)
    rung.reject(486)
    assert await outcome(put.session) == {"transferred": False, "why": "they are busy"}
    assert not put.caller.over


async def test_a_caller_hears_nothing_of_what_the_desk_is_told(put: Put, model: Model) -> None:
    """Though the two were joined before the answer: it rings again meanwhile."""
    model.says, model.words = tone.sine(1500, 600, rate=RATE, fade_ms=5), WORDS
    await put.through("rings_told", summary="Ann")
    rung = await put.desk.incoming()
    rung.play_early()
    rung.media.say(tone.sine(900, 600, fade_ms=5))
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 900) > 0.95, "the desk's own")
    await rung.accept()
    await rung.hears(lambda: tone.share(rung.media.heard()[-1600:], 1500) > 0.8, "who calls")
    await rung.hears_silence(200)
    await put.hear_each_other(rung)
    assert tone.share(put.caller.media.heard(), 1500) < 0.01


@pytest.mark.parametrize("target", ["desk", "attended"])
async def test_a_caller_who_does_not_wait(put: Put, target: str) -> None:
    """The desk's phone stops ringing."""
    await put.through(target)
    rung = await put.desk.incoming()
    rung.ring()
    await put.caller.hang_up()
    assert (await rung.ended()).method == "CANCEL"
    assert (await put.ended())["reason"] == "caller_hung_up"


async def test_a_caller_comes_back_from_the_desk(put: Put, model: Model) -> None:
    """Where the plan wants it, the agent has them again when the desk hangs up."""
    model.says = AGENT
    await put.through("back")
    rung = await put.desk.incoming()
    await rung.accept()
    await put.hear_each_other(rung)
    await rung.hang_up()
    assert (await outcome(put.session))["transferred"] is True
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 660) > 0.8, "the agent again")


# --- an agent that listens -----------------------------------------------------------------------------


async def listens(put: Put, target: str) -> Call:
    """Join caller and desk beside the agent, and wait until it has heard both; return the desk's call."""
    await put.through(target)
    rung = await put.desk.incoming()
    await rung.accept()
    update = await put.session.got("session.update", 2)
    found = update["session"]["audio"]["input"]["turn_detection"]
    assert (found["create_response"], found["interrupt_response"]) == (False, False)
    put.caller.media.say(tone.sine(500, 4000, fade_ms=5))
    rung.media.say(tone.sine(900, 4000, fade_ms=5))
    await rung.hears(lambda: tone.share(rung.media.heard()[-1600:], 500) > 0.8, "the caller")
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 900) > 0.8, "the desk")

    def both() -> bool:
        heard = put.session.caller()[-RATE // 5 :]
        return min(tone.share(heard, hertz, rate=RATE) for hertz in (500, 900)) > 0.2

    await put.session.until(both)
    return rung


async def test_the_agent_listens_and_nobody_hears_it(put: Put) -> None:
    """It hears both, whatever it says is stopped, and the call is over when the desk hangs up."""
    rung = await listens(put, "overheard")
    await put.session.caller_speaks("theirs")
    await put.session.caller_stops("theirs")
    await put.session.respond(AGENT)
    await put.session.got("response.cancel")
    await rung.listens(400)
    for heard in (rung.media.heard(), put.caller.media.heard()):
        assert tone.share(heard[-4000:], 660) < 0.02
    await rung.hang_up()
    assert (await put.caller.ended()).method == "BYE"
    assert (await put.ended())["reason"] == "target_hung_up"


async def test_the_agent_has_listened_and_goes_on(put: Put, model: Model) -> None:
    """It knows what was said, and may speak again."""
    model.says = AGENT
    rung = await listens(put, "shared")
    await rung.hang_up()
    assert (await outcome(put.session))["transferred"] is True
    update = await put.session.got("session.update", 3)
    assert update["session"]["audio"]["input"]["turn_detection"]["create_response"] is True
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 660) > 0.8, "the agent again")


async def test_a_caller_leaves_the_desk_and_the_agent(put: Put) -> None:
    """All is over."""
    rung = await listens(put, "overheard")
    await put.caller.hang_up()
    assert (await rung.ended()).method == "BYE"
    assert (await put.ended())["reason"] == "caller_hung_up"


# --- attended --------------------------------------------------------------------------------------------


async def test_the_callers_side_takes_the_call_over(put: Put) -> None:
    """It is told which; then both of our calls end."""
    await put.through("attended")
    rung = await put.desk.incoming()
    await rung.accept()
    refer = await asked(put.caller)
    assert f"from-tag%3D{rung.remote_tag}" in refer.header("Refer-To")
    await notify(put.caller, 200)
    assert (await put.caller.ended()).method == "BYE"
    assert (await rung.ended()).method == "BYE"
    assert (await put.ended())["reason"] == "transferred"


async def test_a_side_that_cannot_take_over_is_joined(put: Put) -> None:
    """The desk has answered: it is not left alone."""
    put.caller.phone.answers["REFER"] = 501
    await put.through("attended")
    rung = await put.desk.incoming()
    await rung.accept()
    await put.hear_each_other(rung)


async def test_a_desk_that_hangs_up_before_it_is_taken_over(put: Put) -> None:
    """The caller's side tells that it could not, and there is nobody to be joined with: the agent is."""
    await put.through("attended")
    rung = await put.desk.incoming()
    await rung.accept()
    await asked(put.caller)
    await rung.hang_up()
    await notify(put.caller, 481)
    assert (await outcome(put.session))["transferred"] is False
    assert not put.caller.over


async def test_a_caller_who_leaves_before_being_taken_over(put: Put) -> None:
    """The desk is not left on a dead line."""
    del put.caller.phone.answers["REFER"]
    await put.through("attended")
    rung = await put.desk.incoming()
    await rung.accept()
    await asked(put.caller)
    await put.caller.hang_up()
    assert (await rung.ended()).method == "BYE"
    assert (await put.ended())["reason"] == "caller_hung_up"
