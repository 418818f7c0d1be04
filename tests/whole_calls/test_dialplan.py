"""What happens when a number is dialled, heard on the line."""

from __future__ import annotations

import signal
import socket
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.equipment import tone, wire_sip
from tests.equipment.process import Line
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.whole_calls.conftest import hang_up_all

FRONT, NIGHT, VIP, SPRING, ANYBODY, BEEP, AFTER_MENU = 400, 520, 640, 760, 880, 1000, 1120
"""What each agent or announcement sounds like, in Hz."""
CLOSED_TODAY = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[(datetime.now(UTC).weekday() + 3) % 7]

DENIED = ["+15559990001", "sip:eve", "555", "sip:bad*", "/.*worse/"]
DENIED_AS = [
    "<sip:+15559990001@h>",
    f'"{"n" * 2000}" <sip:+15559990001@h>',
    f"{'n' * 2000} <sip:+15559990001@h>",
    "<tel:+1-(555)-999.0001>",
    "<tel:5559990001;phone-context=+1>",
    "<sip:5559990001;phone-context=+1@h;user=phone>",
    "<sip:%2B15559990001@h>",
    "<sip:0015559990001@h>",
    "<SIP:EVE@h>",
    "<sips:%65ve:secret@h>",
    '"bob <sip:bob@h>" <sip:eve@h>',
    '"bob\\" <sip:bob@h>" <sip:eve@h>',
    '"bob"\r\n <sip:eve@h>',
    '"bob"\n\t<sip:eve@h>',
    'bob "b" <sip:eve@h>',
    "< sip:eve@h >",
    "sip:eve@h",
    "<sip:eve@anonymous.invalid>",
    "<sip:5-55@h>",
    f"<sip:bad{'x' * 3000}@h>",
    f"<sip:{'x' * 3000}worse@h>",
]
"""Ways to write From; each is one of those that are denied."""


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Prompts as WAV files: a tone each."""
    folder = tmp_path_factory.mktemp("sounds")

    def write(name: str, hertz: int, ms: int) -> Path:
        path = folder / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(tone.sine(hertz, ms).astype("<i2").tobytes())
        return path

    return {"beep": write("beep", BEEP, 600), "menu": write("menu", 300, 1500)}


@pytest.fixture(scope="module")
def never() -> Iterator[str]:
    """A model that takes connections and says nothing: its calls ring."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"ws://127.0.0.1:{silent.getsockname()[1]}/"


@pytest.fixture(scope="module")
def acme(local_server: LocalServer, sounds: dict[str, Path], never: str) -> Iterator[Gateway]:
    """A company with opening hours, important callers, a campaign, a menu and an announcement."""

    def says(number: str, hertz: int, **plan: object) -> dict[str, object]:
        return dict(agent(number, local_server.url, voice=f"tone-{hertz}-1s", **plan))

    def named(hertz: int) -> dict[str, object]:
        plan = says("none", hertz)
        del plan["numbers"]
        return plan

    plans: dict[str, dict[str, object]] = {
        "front": says("+15551230001", FRONT),
        "office": says(
            "+15551230002", FRONT, hours={"open": [f"{CLOSED_TODAY} 00:00-00:01"], "closed": "night"}
        ),
        "night": named(NIGHT),
        "a-vip": says("+15551230003", VIP, **{"from": {"allow": ["+1555999*"], "otherwise": "next"}}),
        "b-everybody": says("+15551230003", ANYBODY),
        "c-spring": says("+15551230004", SPRING, headers={"X-Campaign": "spring-*"}),
        "d-no-campaign": says("+15551230004", ANYBODY),
        "menu": {
            "numbers": ["+15551230005"],
            "menu": {
                "prompt": {"play": str(sounds["menu"])},
                "options": {"1": "after-menu", "2": {"announce": {"play": str(sounds["beep"])}}, "3": "solo"},
                "timeout": "1s",
                "retries": 0,
            },
        },
        "after-menu": named(AFTER_MENU),
        "solo": {
            "numbers": ["+15551230011"],
            "announce": {"play": str(sounds["menu"]), "repeat": 5},
            "limits": {"max_calls": 1},
            "on_failure": {"play": str(sounds["beep"])},
        },
        "slow": agent("+15551230010", never),
        "asking": agent(
            "+15551230013", never, lookup={"url": never.replace("ws:", "http:"), "timeout": "10s"}
        ),
        "beep": {"numbers": ["+15551230006"], "announce": {"play": str(sounds["beep"]), "repeat": 2}},
        "gone": {"numbers": ["+15551230007"], "redirect": {"to": "sip:{called.number}@127.0.0.9"}},
        "nobody": {"numbers": ["+15551230008"], "reject": {"status": 480}},
        "written": {"numbers": ["+44(0)20 7946 0123"], "reject": {"status": 486}},
        "denies": {"numbers": ["+15551230012"], "from": {"deny": DENIED}, "reject": {"status": 480}},
        "lost": agent("+15551230009", "ws://127.0.0.1:9/", on_failure={"play": str(sounds["beep"])}),
    }
    with Gateway(plans, "--no-local") as running:
        yield running


@pytest.fixture
async def caller(acme: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    async with Phone(acme.sip, pump, user="+15550000001") as phone:
        yield phone
        await hang_up_all(phone, acme)


async def heard(call: Call) -> int:
    """The one tone that a call plays, in Hz."""
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(400)
    pcm = call.media.heard()
    (found,) = {round(one.frequency, -1) for one in tone.tones(pcm)}
    return int(found)


async def test_a_number_reaches_its_agent(caller: Phone) -> None:
    """The simplest plan."""
    assert await heard(caller.call("+15551230001")) == FRONT


@pytest.mark.parametrize(
    "dialled",
    [
        "+442079460123",
        "02079460123;phone-context=+44",
        "79460123;phone-context=+44-20",
        "2079460123;phone-context=%2B44",
    ],
)
async def test_a_written_number_is_reached_however_it_is_dialled(caller: Phone, dialled: str) -> None:
    """The plan says `+44(0)20 7946 0123`; a local number is dialled with its context (RFC 3966 5.1.5)."""
    with pytest.raises(Rejected) as refused:
        await caller.call(dialled).answered()
    assert refused.value.status == 486


def from_(message: Message, value: str) -> Message:
    """Return a request of somebody else's."""
    others = [(name, text) for name, text in message.headers if name != "From"]
    return replace(message, headers=[*others, ("From", f"{value};tag={wire_sip.token()}")])


async def status(caller: Phone, asked: Message) -> int:
    """Send an INVITE, acknowledge how it is refused (RFC 3261 17.1.1.3), and give that."""
    return acknowledged(caller, asked, await caller.transact(asked).final())


def acknowledged(caller: Phone, asked: Message, answer: Message) -> int:
    """Acknowledge a refusal, and give its status."""
    same = [
        (name, text) for name, text in asked.headers if name in {"Via", "From", "Call-ID", "Max-Forwards"}
    ]
    to = [("To", answer.header("To")), ("CSeq", "1 ACK")]
    caller.send(Message(asked.start.replace("INVITE", "ACK", 1), [*same, *to]))
    return answer.status


@pytest.mark.parametrize("written", DENIED_AS, ids=lambda written: str(written)[:24] + str(written)[-24:])
async def test_a_denied_caller_stays_out(caller: Phone, written: str) -> None:
    """However he writes his name, his number or his host: 603; others get the plan's 480."""
    asked = from_(caller.request("INVITE", number="+15551230012"), written)
    assert await status(caller, asked) == 603


async def test_a_caller_who_might_be_somebody_else_stays_out(caller: Phone) -> None:
    """Two names, in long or compact form or behind another end of line: 400; one that is not denied: 480."""
    asked = caller.request("INVITE", number="+15551230012")
    assert await status(caller, asked) == 480
    for name in ("From", "f", "X-Other: 1\nFrom"):
        asked = from_(caller.request("INVITE", number="+15551230012"), "<sip:bob@h>")
        asked.headers.append((name, "<sip:eve@h>;tag=2"))
        assert await status(caller, asked) == 400


async def test_a_denied_caller_does_not_get_in_by_the_ends_of_his_lines(caller: Phone) -> None:
    """PJSIP takes a bare LF for one; what it takes is read."""
    asked = from_(caller.request("INVITE", number="+15551230012"), "<sip:eve@h>")
    caller.send(bytes(asked).replace(b"\r\n", b"\n"))
    while (answer := await caller.stray()).header("Call-ID") != asked.header(
        "Call-ID"
    ) or answer.status < 200:
        pass
    assert acknowledged(caller, asked, answer) == 603


async def test_closing_time_reaches_another_agent(caller: Phone) -> None:
    """Outside of its hours a plan names who answers instead."""
    assert await heard(caller.call("+15551230002")) == NIGHT


async def test_important_callers_have_an_agent_of_their_own(acme: Gateway, caller: Phone, pump: Pump) -> None:
    """A plan that does not want a caller leaves the number to the next plan."""
    assert await heard(caller.call("+15551230003")) == ANYBODY
    async with Phone(acme.sip, pump, user="+15559990001") as important:
        assert await heard(important.call("+15551230003")) == VIP
        await hang_up_all(important, acme)


async def test_a_header_chooses_the_agent(caller: Phone) -> None:
    """A trunk marks its calls."""
    assert await heard(caller.call("+15551230004", headers=[("X-Campaign", "spring-2026")])) == SPRING
    assert await heard(caller.call("+15551230004", headers=[("X-Campaign", "autumn")])) == ANYBODY


async def test_a_key_leads_to_an_agent(caller: Phone) -> None:
    """The menu falls silent at the key (RFC 4733), and the agent greets."""
    call = caller.call("+15551230005")
    await call.answered()
    await call.hears_sound()
    await call.listens(500)
    call.media.press("1")
    pressed = await call.hears_silence(100)
    await call.hears_sound(since=pressed)
    await call.hears_silence(400)
    menu, greeting = (one for one in tone.tones(call.media.heard()) if one.ms > 60)  # not the edge of one
    assert [round(one.frequency, -1) for one in (menu, greeting)] == [300, AFTER_MENU]
    assert menu.ms < 1000, "the menu was not interrupted"
    assert greeting.ms == pytest.approx(1000, abs=90)


async def test_a_key_can_do_something_in_place(acme: Gateway, caller: Phone) -> None:
    """An announcement behind a key, after which the call is over."""
    call = caller.call("+15551230005")
    await call.answered()
    await call.hears_sound()
    call.media.press("2")
    await call.ended()
    assert BEEP in {round(one.frequency, -1) for one in tone.tones(call.media.heard())}
    line = await acme.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("completed", "plan_finished")


async def test_a_menu_that_nobody_uses_ends(caller: Phone) -> None:
    """After the prompt, the wait and the retries."""
    call = caller.call("+15551230005")
    await call.answered()
    await call.ended()
    assert {round(one.frequency, -1) for one in tone.tones(call.media.heard())} == {300}


async def test_an_announcement_is_played_and_the_call_ended(caller: Phone) -> None:
    """Twice, with a second between, whole."""
    call = caller.call("+15551230006")
    await call.answered()
    await call.ended()
    pcm = call.media.heard()
    assert [round(span.ms, -2) for span in tone.spans(pcm, join_ms=200)] == [600, 600]
    assert tone.longest_silence_ms(pcm[8000 * 6 // 10 : 8000 * 15 // 10]) > 800


async def test_refusals_have_their_status(caller: Phone) -> None:
    """Rejected, redirected, unknown."""
    assert (await caller.call("+15551230008").final()).status == 480
    moved = await caller.call("+15551230007").final()
    assert (moved.status, moved.header("Contact")) == (302, "<sip:+15551230007@127.0.0.9>")
    assert (await caller.call("+15551239999").final()).status == 404


async def test_a_plan_may_apologise_instead_of_refusing(acme: Gateway, caller: Phone) -> None:
    """Where a plan says what is heard when its agent cannot be had, that is played."""
    call = caller.call("+15551230009")
    await call.answered()
    await call.ended()
    assert {round(one.frequency, -1) for one in tone.tones(call.media.heard())} == {BEEP}
    line = await acme.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("failed", "session_unavailable")


async def test_a_key_to_a_plan_that_is_full(acme: Gateway, caller: Phone) -> None:
    """Busy for who rings it; who comes out of a menu hears that plan's words. A place left is free."""
    first = caller.call("+15551230005")
    await first.answered()
    first.media.press("3")
    await acme.said("call.onward", plan="solo")
    assert (await caller.call("+15551230011").final()).status == 486
    second = caller.call("+15551230005")
    await second.answered()
    second.media.press("3")
    await second.ended()
    assert BEEP in {round(one.frequency, -1) for one in tone.tones(second.media.heard())}
    line = await acme.said("call.ended", sip_call_id=second.call_id)
    assert told(line) == ("menu", "solo", "rejected", "busy", 200)
    await first.hang_up()
    await acme.said("call.ended", sip_call_id=first.call_id)
    third = caller.call("+15551230011")
    await third.answered()
    await third.hang_up()


# --- the line that an operator reads -------------------------------------------------------------------


def told(line: Line) -> tuple[object, ...]:
    """What the canonical line says of a call's way and end."""
    return tuple(line[key] for key in ("plan", "last_plan", "result", "reason", "status"))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+15551230008", ("nobody", "nobody", "rejected", "rejected_by_plan", 480)),
        ("+15551230007", ("gone", "gone", "rejected", "redirected", 302)),
        ("+15551239999", (None, None, "rejected", "no_plan", 404)),
    ],
)
async def test_the_line_of_a_refusal(
    acme: Gateway, caller: Phone, number: str, expected: tuple[object, ...]
) -> None:
    """The status that the caller got; nothing was answered, nobody talked."""
    call = caller.call(number)
    await call.final()
    line = await acme.said("call.ended", sip_call_id=call.call_id)
    assert told(line) == expected
    assert (line["answer_ms"], line["talk_seconds"]) == (None, None)


async def test_the_line_of_a_caller_who_does_not_wait(acme: Gateway, caller: Phone) -> None:
    """Cancelled while it rings."""
    call = caller.call("+15551230010")
    await call.progress(180)
    await call.cancel()
    line = await acme.said("call.ended", sip_call_id=call.call_id)
    assert told(line) == ("slow", "slow", "cancelled", "caller_cancelled", 487)
    assert (line["answer_ms"], line["talk_seconds"]) == (None, None)


async def test_the_line_of_an_announcement(acme: Gateway, caller: Phone) -> None:
    """Answered at once, up for as long as it was heard, ended by us or by the caller."""
    whole = caller.call("+15551230006")
    await whole.answered()
    await whole.ended()
    line = await acme.said("call.ended", sip_call_id=whole.call_id)
    assert told(line) == ("beep", "beep", "completed", "plan_finished", 200)
    assert line["answer_ms"] < 1000
    assert line["talk_seconds"] == pytest.approx(2.5, abs=0.6)  # two beeps, a second between
    part = caller.call("+15551230006")
    await part.answered()
    await part.hears_sound()
    await part.hang_up()
    line = await acme.said("call.ended", sip_call_id=part.call_id)
    assert told(line) == ("beep", "beep", "completed", "caller_hung_up", 200)
    assert line["talk_seconds"] < 2


async def test_the_line_of_a_menu_and_its_agent(acme: Gateway, caller: Phone) -> None:
    """One call: answered once, by the menu; the key counts; the agent's figures follow."""
    call = caller.call("+15551230005")
    await call.answered()
    await call.hears_sound()
    call.media.press("1")
    await acme.said("call.onward", plan="after-menu")
    await call.hears_silence(300)
    await call.hears_sound()
    await call.hang_up()
    line = await acme.said("call.ended", sip_call_id=call.call_id)
    assert told(line) == ("menu", "after-menu", "completed", "caller_hung_up", 200)
    assert line["digits"] == 1
    assert line["answer_ms"] < line["session_ms"] < line["first_word_ms"]
    assert 0 < line["talk_seconds"] <= line["seconds"]


async def test_the_line_of_an_apology(acme: Gateway, caller: Phone) -> None:
    """The agent could not be had: failed, though the caller was answered to be told so."""
    call = caller.call("+15551230009")
    await call.answered()
    await call.ended()
    line = await acme.said("call.ended", sip_call_id=call.call_id)
    assert told(line) == ("lost", "lost", "failed", "session_unavailable", 200)
    assert (line["session_ms"], line["first_word_ms"]) == (None, None)
    assert line["talk_seconds"] == pytest.approx(0.9, abs=0.5)


async def test_the_line_of_a_ringing_call_at_the_end_of_a_drain(
    gateway_process: Callable[..., Gateway], never: str, pump: Pump
) -> None:
    """503 on the wire and in the line, and not a completed call."""
    own = gateway_process({"slow": agent("1", never)}, "--no-local", env={"GATEWAY_DRAIN_SECONDS": "0.3"})
    async with Phone(own.sip, pump) as phone:
        call = phone.call("1")
        await call.progress(180)
        own.popen.send_signal(signal.SIGTERM)
        with pytest.raises(Rejected) as refused:
            await call.answered()
        assert refused.value.status == 503
        line = await own.said("call.ended", sip_call_id=call.call_id)
    assert told(line) == ("slow", "slow", "rejected", "shutdown", 503)
    assert (line["answer_ms"], line["talk_seconds"]) == (None, None)


# --- plans that change -----------------------------------------------------------------------------------


async def test_a_change_reaches_the_next_call_and_not_this_one(
    local_server: LocalServer, pump: Pump, gateway_process: object
) -> None:
    """A call keeps its voice while its file changes; a broken file is told with its line."""
    assert callable(gateway_process)
    before = agent("500", local_server.url, voice="tone-500-1s")
    after = agent("500", local_server.url, voice="tone-800-1s")
    gateway = gateway_process({"desk": before}, "--no-local")
    async with Phone(gateway.sip, pump) as phone:
        old = phone.call("500")
        assert await heard(old) == 500
        gateway.write_plan("desk", after)
        await gateway.said("dialplan.reloaded")
        assert await heard(phone.call("500")) == 800
        said = await old.said(old.media.say(tone.sine(700, 600)))
        await old.hears_sound(since=said.started_at)
        await old.hears_silence(400)
        assert {round(one.frequency, -1) for one in tone.tones(old.media.heard())} == {500}
        path = gateway.write_plan("desk", after)
        path.write_text(path.read_text() + "limits: {max_cals: 3}\n")
        told = await gateway.said("dialplan.mistake")
        assert told["where"].endswith("desk.yaml:8:10")
        assert told["key"] == "limits.max_cals"
        assert "max_calls" in told["cure"]
        assert await heard(phone.call("500")) == 800
        await hang_up_all(phone, gateway)


def test_tones_can_be_told_apart() -> None:
    """The equipment of this file."""
    pcm = np.concatenate([tone.sine(FRONT, 300), tone.sine(NIGHT, 300)])
    assert [round(one.frequency, -1) for one in tone.tones(pcm)] == [FRONT, NIGHT]


async def test_a_caller_who_leaves_in_the_look_up(caller: Phone, acme: Gateway) -> None:
    """The call is over when he says so; the question has not failed, it is nobody's any more."""
    call = caller.call("+15551230013")
    await call.progress(180)
    assert (await call.cancel()).status == 200
    line = await acme.said("call.ended", sip_call_id=call.call_id)
    assert (line["reason"], line["session_ms"]) == ("caller_cancelled", None)
    assert line["seconds"] < 10, "the look-up's time-out"
    assert not acme.events("lookup.failed")
