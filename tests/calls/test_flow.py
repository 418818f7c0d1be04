"""One call's way through its plans, with a scripted caller and a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.audio import read_wav
from gateway.call import (
    SHUTDOWN,
    AddText,
    AgentAudio,
    Answer,
    Answered,
    CostUpdated,
    Digit,
    Ending,
    ExpectMedia,
    Fact,
    FinishItem,
    Flush,
    Flushed,
    HangUp,
    HearKeys,
    LegEnded,
    Order,
    OutsideOrder,
    Play,
    Played,
    Reason,
    Redirect,
    ResponseStarted,
    Result,
    Ring,
    SessionLost,
    SessionReady,
    Summarised,
    SuppressEcho,
    Tick,
    ToolCalled,
    Truncate,
)
from gateway.calls.actions import agent as talking
from gateway.calls.admission import BUSY, PlanCounts, PlanSlot
from gateway.calls.call import Call
from gateway.calls.call_recording import CallRecording
from gateway.calls.flow import NOTHING_CHOSEN, REDIRECTED, SPEECHLESS, CallFlow
from gateway.calls.prompts import MOMENT, SORRY
from gateway.dialplan import Dialplan, Routed
from gateway.errors import OrderRefused
from gateway.records.recording.sound_file import Storage
from gateway.records.recording.writer import RecordingWriter
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.equipment import patience
from tests.equipment.plans import dialplan
from tests.equipment.services import FakeServices, spoken
from tests.equipment.streams import listening

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
LOST = Ending(Result.FAILED, Reason.SESSION_LOST)
FINISHED = Ending(Result.COMPLETED, Reason.PLAN_FINISHED)
NOBODY = SessionLost("connect_failed", "nobody there")
AGENT = {"agent": {"voice": "heart"}, "answer": {"speaks_first": "caller"}}
ONE = {"limits": {"max_calls": 1}}


class Caller:
    """A call to 100: its leg, the desk where its sessions are made, and how it ended."""

    def __init__(self, plans: Dialplan, leg: ScriptedLeg | None = None) -> None:
        self.leg = leg or ScriptedLeg()
        self.call = Call(self.leg, lambda event, _now: self.heard.append(event))
        self.desk = FakeServices()
        self.heard: list[Fact | Order] = []
        self.plans = plans
        self.counts = PlanCounts()
        self.place = PlanSlot(self.counts, "c1")

    async def run(self) -> Ending:
        """Lead the call to its end."""
        routed = self.plans.route(self.leg.info, datetime.now(UTC))
        assert isinstance(routed, Routed)
        async with patience.within(5), self.desk.services() as services:
            return await CallFlow(self.call, services, self.place).run(self.plans, routed)

    @asynccontextmanager
    async def going(self) -> AsyncIterator[asyncio.Task[Ending]]:
        """Lead it while something else happens."""
        async with asyncio.TaskGroup() as tasks:
            yield tasks.create_task(self.run())


def calling(folder: Path, *on_play: list[object], **plans: Mapping[str, object]) -> Caller:
    """Make a call to a folder of plans; `on_play` is what the caller does instead of hearing prompts out."""
    first, *others = plans.items()
    named = {first[0]: {"numbers": ["100"]} | dict(first[1]), **dict(others)}
    return Caller(dialplan(folder, **named), ScriptedLeg(on_play))  # type: ignore[arg-type]


# --- its limits --------------------------------------------------------------------------------------


async def test_each_plan_says_how_long_nothing_may_come(tmp_path: Path) -> None:
    """The leg is told where a plan says something else than the one before, be it the default again."""
    caller = calling(
        tmp_path,
        [Digit("1")],
        [Digit("2")],
        desk={"menu": {"prompt": {"say": "One."}, "options": {"1": "lobby"}}, "limits": {"no_media": "40s"}},
        lobby={"menu": {"prompt": {"say": "Two."}, "options": {"2": "closed"}}, "limits": {"no_media": None}},
        closed={"announce": {"say": "Closed."}},
    )
    await caller.run()
    told = [order for order in caller.leg.orders if isinstance(order, ExpectMedia)]
    assert told == [ExpectMedia(40.0), ExpectMedia(None), ExpectMedia(15.0)]


async def test_each_plan_says_whether_keys_are_in_the_sound(tmp_path: Path) -> None:
    """The leg is told where a plan says something else than the one before."""
    caller = calling(
        tmp_path,
        [Digit("1")],
        [Digit("2")],
        desk={"menu": {"prompt": {"say": "One."}, "options": {"1": "lobby"}}, "digits": {"inband": True}},
        lobby={"menu": {"prompt": {"say": "Two."}, "options": {"2": "closed"}}, "digits": {"inband": True}},
        closed={"announce": {"say": "Closed."}},
    )
    await caller.run()
    told = [order for order in caller.leg.orders if isinstance(order, HearKeys)]
    assert told == [HearKeys(on=True), HearKeys(on=False)]


# --- without a model -------------------------------------------------------------------------------------


async def test_an_announcement(tmp_path: Path) -> None:
    """It is answered without ringing, heard, and the line is cleared."""
    caller = calling(tmp_path, closed={"announce": {"say": "We are closed."}})
    assert await caller.run() == FINISHED
    assert caller.leg.orders[0] == Answer()
    assert caller.leg.played == [spoken("We are closed.")]
    assert caller.leg.ending == FINISHED


async def test_words_before_an_agent_asks_for_consent(tmp_path: Path) -> None:
    """The plan's own, after what has to be disclosed; nothing is recorded for them."""
    caller = calling(
        tmp_path,
        closed={
            "answer": {"disclosure": "I am a machine."},
            "record": {"consent": "spoken", "say": "I will ask you."},
            "announce": {"say": "Closed."},
        },
    )
    writer = RecordingWriter(Storage(tmp_path / "recordings"))
    caller.call.recording = recording = CallRecording(caller.call, writer, lambda _begun: None)
    assert await caller.run() == FINISHED
    told = ["I am a machine.", "I will ask you.", "Closed."]
    assert caller.leg.played == [spoken(words) for words in told]
    assert not recording.begun
    writer.close()


async def test_an_announcement_is_told_like_a_talk(tmp_path: Path) -> None:
    """Who listens to calls hears its answer and its end."""
    caller = calling(tmp_path, closed={"announce": {"say": "We are closed."}})
    await caller.run()
    assert [event for event in caller.heard if isinstance(event, Answered | HangUp | LegEnded)] == [
        Answered(),
        HangUp(FINISHED),
        LegEnded(FINISHED),
    ]


async def test_words_that_cannot_be_had(tmp_path: Path) -> None:
    """A silent announcement or menu is nothing to answer for: 503, unless the plan has other words."""
    for plan in ({"announce": {"say": "We are closed."}}, {"menu": MENU}):
        caller = calling(tmp_path, first=plan, agent=AGENT | {"numbers": ["200"]})
        caller.desk.mute = True
        assert await caller.run() == SPEECHLESS
        assert caller.leg.orders == [HangUp(SPEECHLESS)]
        words = {"on_failure": {"say": "No luck."}}
        caller = calling(tmp_path, first=plan | words, agent=AGENT | {"numbers": ["200"]})
        caller.desk.mute = True
        assert await caller.run() == SPEECHLESS
        assert len(caller.leg.played[0]) > 24_000  # our own apology needs nobody to speak it


async def test_a_refusal(tmp_path: Path) -> None:
    """The plan's status, and nothing else."""
    caller = calling(tmp_path, no={"reject": {"status": 486}})
    refused = Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, 486)
    assert await caller.run() == refused
    assert caller.leg.orders == [HangUp(refused)]


async def test_a_redirection(tmp_path: Path) -> None:
    """The variables of the address are filled in."""
    caller = calling(tmp_path, desk={"redirect": {"to": "sip:{called.user}@10.0.0.7"}})
    assert await caller.run() == REDIRECTED
    assert caller.leg.orders == [Redirect("sip:100@10.0.0.7")]
    assert Redirect("sip:100@10.0.0.7") in caller.heard


async def test_a_caller_who_does_not_listen_to_the_end(tmp_path: Path) -> None:
    """Hanging up in a prompt is the end of the call."""
    caller = calling(tmp_path, [LegEnded(GONE)], closed={"announce": {"say": "We are closed."}})
    assert await caller.run() == GONE


async def test_a_caller_who_left_before_the_refusal(tmp_path: Path) -> None:
    """What they were told is what counts, not what we would have said."""
    cancelled = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)
    for action in ({"reject": {}}, {"redirect": {"to": "sip:desk@10.0.0.7"}}):
        caller = calling(tmp_path, no=action)
        caller.leg.happen(LegEnded(cancelled))
        assert await caller.run() == cancelled


# --- with a model ----------------------------------------------------------------------------------------


async def test_an_agent(tmp_path: Path) -> None:
    """It rings while the session is opened; then they talk until somebody hangs up."""
    caller = calling(tmp_path, agent=AGENT)
    async with caller.going() as call:
        await caller.desk.session()
        caller.leg.happen(LegEnded(GONE))
    assert call.result() == GONE
    assert Ring() in caller.heard
    assert SessionReady() in caller.heard
    assert caller.leg.deeds == [Ring(), Answer()]


async def test_an_agent_for_whom_no_audio_is_agreed_upon_yet(tmp_path: Path) -> None:
    """An INVITE without an offer is answered first; no session is made before its ACK, or without one."""
    for acknowledges in (True, False):
        caller = calling(tmp_path, agent=AGENT)
        caller.leg.info = replace(caller.leg.info, offered=False)
        caller.leg.answers = False
        async with caller.going() as call:
            await caller.leg.until(lambda leg=caller.leg: Answer() in leg.orders)
            assert caller.desk.asked == []
            if acknowledges:
                caller.leg.happen(Answered())
                await caller.desk.session()
            caller.leg.happen(LegEnded(GONE))
        assert call.result() == GONE
        assert caller.leg.orders[0] == Answer()
        assert len(caller.desk.sessions) == acknowledges


async def test_an_agent_is_told_what_is_known_of_the_call(tmp_path: Path) -> None:
    """The variables of its instructions are filled in before the session is made."""
    caller = calling(tmp_path, agent={"agent": {"instructions": "You speak with {caller.number}."}})
    caller.desk.at_once = [NOBODY]
    await caller.run()
    ((plan, agent),) = caller.desk.asked
    assert "15551230001" in agent.instructions
    assert plan.agent == agent


async def test_an_agent_that_cannot_be_had(tmp_path: Path) -> None:
    """A plan that says nothing about failures lets a proxy try elsewhere: 503, not an apology."""
    caller = calling(tmp_path, agent=AGENT)
    caller.desk.at_once = [NOBODY]
    unavailable = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
    assert await caller.run() == unavailable
    assert caller.leg.deeds == [Ring(), HangUp(unavailable)]


async def test_an_apology_instead_of_a_status(tmp_path: Path) -> None:
    """A plan with its own words for it answers, says them, and then ends the call, answered as it was."""
    caller = calling(tmp_path, agent=AGENT | {"on_failure": {"say": "No luck."}})
    caller.desk.at_once = [NOBODY]
    assert await caller.run() == Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
    assert caller.leg.deeds[:2] == [Ring(), Answer()]
    assert caller.leg.played == [spoken("No luck.")]


async def test_a_caller_who_leaves_in_the_apology(tmp_path: Path) -> None:
    """The call has failed all the same."""
    caller = calling(tmp_path, [LegEnded(GONE)], agent=AGENT)
    caller.desk.at_once = [SessionReady(), SessionLost("gone", "without a word")]
    assert await caller.run() == LOST


async def test_an_agent_that_is_lost_in_the_call(tmp_path: Path) -> None:
    """The caller hears an apology in any case, and is not answered twice."""
    caller = calling(tmp_path, agent=AGENT)
    caller.desk.at_once = [SessionReady(), SessionLost("gone", "without a word")]
    assert await caller.run() == LOST
    assert caller.leg.orders.count(Answer()) == 1
    assert caller.leg.played == [read_wav(SORRY)]
    assert caller.leg.ending == LOST


async def test_an_apology_when_nobody_can_speak(tmp_path: Path) -> None:
    """There is one that needs no engine."""
    caller = calling(tmp_path, agent=AGENT)
    caller.desk.mute = True
    caller.desk.at_once = [SessionReady(), SessionLost("gone", "without a word")]
    assert await caller.run() == LOST
    assert len(caller.leg.played[0]) > 24_000


async def test_a_plan_may_want_silence(tmp_path: Path) -> None:
    """No words and no file: the call is just ended."""
    caller = calling(tmp_path, agent=AGENT | {"on_failure": {"say": None}})
    caller.desk.at_once = [SessionReady(), SessionLost("gone", "without a word")]
    assert await caller.run() == LOST
    assert caller.leg.played == [b""]


# --- menus -----------------------------------------------------------------------------------------------

MENU = {"prompt": {"say": "Press one."}, "options": {"1": "agent"}, "timeout": "1s", "retries": 0}


async def test_the_time_in_a_menu_is_part_of_the_call(tmp_path: Path) -> None:
    """The agent has what is left of the plan's time: nothing, after the time in which no key was pressed."""
    menu = {"menu": MENU | {"otherwise": "agent", "timeout": "1100ms"}}
    brief = {"limits": {"max_duration": "1s", "notice": None}}
    caller = calling(tmp_path, menu=menu, agent=AGENT | brief)
    assert await caller.run() == Ending(Result.COMPLETED, Reason.MAX_DURATION)
    ticks = [event for event in caller.heard if isinstance(event, Tick)]
    assert len(ticks) <= 5  # 0.1 s apart: the first finds the time used up, the others let a word end


async def test_a_key_leads_to_another_plan(tmp_path: Path) -> None:
    """The call was answered by the menu: no more ringing, no second answer."""
    caller = calling(tmp_path, [Digit("1")], menu={"menu": MENU}, agent=AGENT)
    async with caller.going() as call:
        await caller.desk.session()
        caller.leg.happen(LegEnded(GONE))
    assert call.result() == GONE
    assert (caller.leg.orders.count(Ring()), caller.leg.orders.count(Answer())) == (0, 1)


async def test_a_key_leads_to_an_action_in_place(tmp_path: Path) -> None:
    """An announcement behind a key ends the call like any other."""
    options = {"2": {"announce": {"say": "From nine to five."}}}
    caller = calling(tmp_path, [Digit("2")], menu={"menu": MENU | {"options": options}})
    assert await caller.run() == FINISHED
    assert caller.leg.played[1:] == [spoken("From nine to five.")]


async def test_a_wrong_key_is_commented_on(tmp_path: Path) -> None:
    """Then the menu is said again."""
    menu = MENU | {"retries": 1, "invalid": {"say": "Wrong."}}
    caller = calling(tmp_path, [Digit("9")], [LegEnded(GONE)], menu={"menu": menu}, agent=AGENT)
    assert await caller.run() == GONE
    assert caller.leg.played == [spoken("Press one."), spoken("Wrong.")]


async def test_nothing_chosen_ends_the_call(tmp_path: Path) -> None:
    """A plan that says no more about it is finished."""
    caller = calling(tmp_path, [Digit("9")], menu={"menu": MENU}, agent=AGENT)
    assert await caller.run() == NOTHING_CHOSEN
    assert caller.leg.ending == NOTHING_CHOSEN


async def test_nothing_chosen_may_lead_on(tmp_path: Path) -> None:
    """To the plan that is named for it; one that turns the caller away says so, for it rings no more."""
    menu = MENU | {"otherwise": "no"}
    no = AGENT | {"from": {"deny": ["+1*"]}}
    caller = calling(tmp_path, [Digit("9")], menu={"menu": menu}, agent=AGENT, no=no)
    assert (await caller.run()).reason is Reason.REJECTED_BY_PLAN
    assert caller.leg.played[1:] == [read_wav(SORRY)]


async def test_an_agent_behind_a_menu_that_cannot_be_had(tmp_path: Path) -> None:
    """The call is answered already: an apology, whatever the plan says."""
    caller = calling(tmp_path, [Digit("1")], menu={"menu": MENU}, agent=AGENT)
    caller.desk.at_once = [NOBODY]
    ending = await caller.run()
    assert ending.reason is Reason.SESSION_LOST
    assert caller.leg.played[1:] == [read_wav(SORRY)]


# --- look-ups --------------------------------------------------------------------------------------------


@asynccontextmanager
async def answering(body: bytes | None, asked: asyncio.Event | None = None) -> AsyncIterator[str]:
    """Answer every HTTP question with some JSON; None never answers. `asked` is set by a question."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.set()
        if body is not None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        await reader.read()

    async with listening(talk) as port:
        yield f"http://127.0.0.1:{port}/"


async def test_a_look_up_chooses_the_plan(tmp_path: Path) -> None:
    """It rings meanwhile; what the answer says is filled in."""
    answer = orjson.dumps({"plan": "vip", "variables": {"name": "Ann"}})
    async with answering(answer) as url:
        asking = {"lookup": {"url": url, "plans": ["vip"]}, "reject": {}}
        vip = {"announce": {"say": "Hello, {name}."}, "variables": {"name": "stranger"}}
        caller = calling(tmp_path, asking=asking, vip=vip)
        assert await caller.run() == FINISHED
    assert caller.leg.orders[0] == Ring()
    assert caller.leg.played == [spoken("Hello, Ann.")]


async def test_a_look_up_that_does_not_answer(tmp_path: Path) -> None:
    """The plan goes on by itself."""
    async with answering(None) as url:
        caller = calling(tmp_path, asking={"lookup": {"url": url, "timeout": "50ms"}, "reject": {}})
        assert (await caller.run()).reason is Reason.REJECTED_BY_PLAN


# --- callers who do not wait -----------------------------------------------------------------------------

CANCELLED = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)


async def test_a_caller_who_leaves_in_the_look_up(tmp_path: Path) -> None:
    """The question is given up at once, and nothing is asked of a model, nor spoken for nobody."""
    asked = asyncio.Event()
    async with answering(None, asked) as url:
        asking = AGENT | ONE | {"lookup": {"url": url, "timeout": "10s"}}
        caller = calling(tmp_path, asking=asking)
        async with caller.going() as call:
            await asked.wait()
            caller.leg.happen(LegEnded(CANCELLED))
        assert call.result() == CANCELLED
    assert (caller.desk.asked, caller.desk.spoke, caller.leg.orders) == ([], [], [Ring()])
    assert (caller.counts.by_plan, caller.heard) == ({}, [Ring(), LegEnded(CANCELLED)])


WAITS = {
    "announcement": {"announce": {"say": "We are closed."}},
    "menu": {"menu": {"prompt": {"say": "Press one."}, "options": {"1": {"announce": {"say": "One."}}}}},
    "wrong key": {
        "menu": {
            "prompt": {"play": str(MOMENT)},
            "invalid": {"say": "Wrong."},
            "options": {"1": {"announce": {"say": "One."}}},
        }
    },
}
"""Plans that have something to wait for before anybody is answered."""


@pytest.mark.parametrize("plan", WAITS.values(), ids=WAITS)
async def test_a_caller_who_leaves_while_a_prompt_is_prepared(tmp_path: Path, plan: dict[str, Any]) -> None:
    """Nobody is answered who is not there any more."""
    caller = calling(tmp_path, first=plan)
    caller.desk.slow = True
    async with caller.going() as call:
        await caller.desk.until(lambda: caller.desk.spoke)
        caller.leg.happen(LegEnded(CANCELLED))
    assert (call.result(), caller.leg.orders) == (CANCELLED, [])


async def test_a_caller_who_leaves_before_the_agent_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is to be shown takes its time to be read; a session that nobody waits for is not made."""
    reading = asyncio.Event()

    async def read_for_ever(_source: object) -> str:
        reading.set()
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(talking, "data_url", read_for_ever)
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    remembers = {"agent": {"history": [{"image": "x.png"}]}}
    caller = calling(tmp_path, agent=remembers)
    async with caller.going() as call:
        await reading.wait()
        caller.leg.happen(LegEnded(CANCELLED))
    assert (call.result(), caller.desk.asked) == (CANCELLED, [])


async def test_who_leaves_while_the_apology_is_prepared_has_met_a_failure(tmp_path: Path) -> None:
    """The call ends at once, and why it does is what it was."""
    caller = calling(tmp_path, agent=AGENT | {"on_failure": {"say": "No luck."}})
    caller.desk.at_once = [NOBODY]
    caller.desk.slow = True
    async with caller.going() as call:
        await caller.desk.until(lambda: caller.desk.spoke == ["No luck."])
        caller.leg.happen(LegEnded(CANCELLED))
    assert call.result().reason is Reason.SESSION_UNAVAILABLE
    assert caller.leg.deeds == [Ring()]


# --- room in a plan --------------------------------------------------------------------------------------


def full(caller: Caller, plan: str) -> None:
    """Let somebody else have the one place of a plan."""
    caller.counts.by_plan[plan] += 1


async def test_a_full_plan_is_busy(tmp_path: Path) -> None:
    """486, and nothing is asked of a model."""
    caller = calling(tmp_path, agent=AGENT | ONE)
    full(caller, "agent")
    assert await caller.run() == BUSY
    assert caller.leg.orders == [HangUp(BUSY)]


async def test_a_key_moves_the_call_to_another_plan(tmp_path: Path) -> None:
    """It counts where it is, and no longer where it was."""
    caller = calling(tmp_path, [Digit("1")], menu={"menu": MENU} | ONE, agent=AGENT | ONE)
    async with caller.going():
        await caller.leg.until(lambda: caller.leg.orders)
        assert caller.counts.by_plan == {"menu": 1}
        await caller.desk.session()
        assert caller.counts.by_plan == {"agent": 1}
        caller.leg.happen(LegEnded(GONE))


async def test_a_key_to_a_full_plan(tmp_path: Path) -> None:
    """Who was answered is told with that plan's words; the menu's place is free meanwhile."""
    words = {"on_failure": {"say": "All lines are busy."}}
    caller = calling(tmp_path, [Digit("1")], menu={"menu": MENU} | ONE, agent=AGENT | ONE | words)
    full(caller, "agent")
    assert await caller.run() == BUSY
    assert caller.leg.played[1:] == [spoken("All lines are busy.")]
    assert (caller.leg.ending, caller.counts.by_plan) == (BUSY, {"agent": 1})


async def test_a_look_up_chooses_before_room_is_asked_for(tmp_path: Path) -> None:
    """The plan that was asked about may be full: the call goes to another."""
    async with answering(orjson.dumps({"plan": "vip"})) as url:
        asking = AGENT | ONE | {"lookup": {"url": url, "plans": ["vip"]}}
        caller = calling(tmp_path, asking=asking, vip={"announce": {"say": "Hello."}} | ONE)
        full(caller, "asking")
        assert await caller.run() == FINISHED
    assert caller.counts.by_plan == {"asking": 1, "vip": 1}


async def test_who_is_turned_away_takes_no_room(tmp_path: Path) -> None:
    """A caller who may not call hears that, not that the line is busy."""
    caller = calling(tmp_path, agent=AGENT | ONE | {"from": {"deny": ["+1*"], "otherwise": 480}})
    full(caller, "agent")
    assert (await caller.run()).status == 480


# --- when the process can wait no longer -----------------------------------------------------------------


async def test_a_menu_is_ended(tmp_path: Path) -> None:
    """Whoever shuts down need not know what the call is doing."""
    caller = calling(tmp_path, menu={"menu": MENU}, agent=AGENT)
    caller.leg.answers = False
    async with caller.going() as call:
        await caller.leg.until(lambda: caller.leg.orders)
        caller.call.end(SHUTDOWN, "shutdown")
    assert call.result() == SHUTDOWN
    assert caller.leg.ending == SHUTDOWN


async def test_a_talk_behind_a_menu_is_ended(tmp_path: Path) -> None:
    """Whatever it is doing by then."""
    caller = calling(tmp_path, [Digit("1")], menu={"menu": MENU}, agent=AGENT)
    async with caller.going() as call:
        await caller.desk.session()
        caller.call.end(SHUTDOWN, "shutdown")
    assert call.result() == SHUTDOWN


async def test_what_is_not_answered_yet_is_not_answered_any_more(tmp_path: Path) -> None:
    """A call that comes out of its look-up is refused."""
    caller = calling(tmp_path, closed={"announce": {"say": "We are closed."}})
    caller.call.end(SHUTDOWN, "shutdown")
    assert await caller.run() == SHUTDOWN
    assert caller.leg.orders == [HangUp(SHUTDOWN)]


# --- moved on by somebody else ---------------------------------------------------------------------------


SALES = {"numbers": ["300"], "announce": {"say": "This is the sales department."}}


async def test_a_menu_is_left(tmp_path: Path) -> None:
    """Its prompt is cut; what follows is the other plan's, and counts there."""
    caller = calling(tmp_path, [], menu={"menu": MENU}, agent=AGENT, sales=SALES)
    async with caller.going() as going:
        await caller.leg.until(lambda: caller.leg.played)
        caller.call.onward("sales", "operator")
    assert going.result() == FINISHED
    assert Flush() in caller.leg.orders
    assert caller.leg.played[-1] == spoken("This is the sales department.")
    assert OutsideOrder("operator", "Onward to sales") in caller.heard
    assert (caller.call.plan, caller.call.last_plan) == (caller.plans.plans["sales"], "sales")


async def test_an_agent_is_left(tmp_path: Path) -> None:
    """It is silenced, its session closed; nobody waits for a summary, and the call goes on."""
    who = AGENT | {"agent": {"voice": "heart", "summary": "Sum up."}}
    caller = calling(tmp_path, agent=who, sales=SALES)
    async with caller.going() as going:
        session = await caller.desk.session()
        session.happen(ResponseStarted("r"), AgentAudio("r", "i", bytes(960)))
        caller.call.onward("sales", "operator")
        session.happen(AgentAudio("r", "i", bytes(960)))
        assert Flush() in caller.leg.orders
        caller.leg.happen(Flushed("i", heard_ms=10, remaining_ms=10))
    assert going.result() == FINISHED
    assert caller.leg.played == [bytes(960), spoken("This is the sales department.")]
    assert session.closed
    assert Truncate("i", 10) in session.orders
    assert not any(isinstance(event, Summarised) for event in caller.heard)


async def test_a_line_that_does_not_answer_a_flush_is_left_too(tmp_path: Path) -> None:
    """While it rings there may be no media yet; and the next plan may turn the caller away."""
    caller = calling(tmp_path, agent=AGENT, no={"numbers": ["300"], "reject": {"status": 486}})
    caller.desk.at_once = ()
    async with caller.going() as going:
        await caller.desk.session()
        caller.call.onward("no", "operator")
    assert going.result() == Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, 486)


async def test_where_a_call_cannot_go(tmp_path: Path) -> None:
    """It stays where it is when its dialplan has no such plan, and when it is over."""
    caller = calling(tmp_path, agent=AGENT, sales=SALES)
    async with caller.going() as going:
        await caller.desk.session()
        with pytest.raises(OrderRefused, match="no plan 'nowhere'"):
            caller.call.onward("nowhere", "operator")
        caller.call.end(GONE, "operator")
        with pytest.raises(OrderRefused):
            caller.call.onward("sales", "operator")
    assert going.result() == GONE


async def test_a_caller_who_leaves_meanwhile_is_gone(tmp_path: Path) -> None:
    """Nobody is moved on who is not there any more."""
    caller = calling(tmp_path, agent=AGENT, sales=SALES)
    async with caller.going() as going:
        await caller.desk.session()
        caller.call.onward("sales", "operator")
        caller.leg.happen(LegEnded(GONE))
    assert going.result() == GONE
    assert caller.leg.played == []


async def test_an_agent_is_told_what_others_add(tmp_path: Path) -> None:
    """Text reaches the model, a prompt the caller; both are heard of with who ordered them."""
    caller = calling(tmp_path, agent=AGENT)
    async with caller.going():
        session = await caller.desk.session()
        await caller.leg.until(lambda: not caller.call.rings)
        caller.call.order(AddText("system", "The caller is a customer."), "operator")
        item = caller.call.play(b"aa", "operator")
        caller.call.end(GONE, "operator")
    assert AddText("system", "The caller is a customer.") in session.orders
    assert [
        event
        for event in caller.heard
        if not isinstance(event, CostUpdated | Tick | SessionReady | SuppressEcho)
    ] == [
        Ring(),
        Answer(),
        Answered(),
        OutsideOrder("operator", "AddText"),
        AddText("system", "The caller is a customer."),
        OutsideOrder("operator", "Play"),
        Play(item, b"aa"),
        FinishItem(item, awaited=True),
        OutsideOrder("operator", "HangUp"),
        HangUp(GONE),
        Played(item),
        LegEnded(GONE),
    ]


async def test_variables_that_were_set_are_filled_in_where_the_call_goes(tmp_path: Path) -> None:
    """As those of a look-up: where the next plan has them, and as data."""
    sales = {
        "numbers": ["300"],
        "variables": {"name": "friend"},
        "announce": {"say": "Hello {name} {{other}}."},
    }
    caller = calling(tmp_path, agent=AGENT, sales=sales)
    async with caller.going():
        session = await caller.desk.session()
        caller.call.set_variable("name", "{caller.number}\nAnn")
        caller.call.onward("sales", "tool t", at_once=False)
        assert not session.closed
        session.happen(ToolCalled("r", "t", "hang_up", "{}"))
        caller.call.onward("sales", "tool t")
    assert caller.leg.played == [spoken("Hello {caller.number} Ann {other}.")]
    assert caller.call.variables["name"] == "{caller.number}\nAnn"
