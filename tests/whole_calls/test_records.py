"""What is kept of real calls: one record each, whatever became of the call or of the gateway."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from gateway.dialplan.model import OnFailure
from gateway.node.control_client import ControlClient
from gateway.records.call_record import CallRecord
from gateway.records.webhook.signature import headers, key
from tests.equipment import patience, tone
from tests.equipment.model import RATE, Model
from tests.equipment.process import python
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.receiver import Receiver
from tests.equipment.short_calls import (
    added,
    all_over,
    counted,
    differences,
    plans,
    ring_all,
    settings,
    used_up,
)
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

Starter = Callable[..., Gateway]


async def kept(gateway: Gateway, holds: Callable[[list[CallRecord]], bool]) -> list[CallRecord]:
    """Return the records as soon as something holds of them."""
    async with patience.within(5):
        while not holds(found := gateway.records()):  # noqa: ASYNC110 - a database sets no event
            await asyncio.sleep(0.05)
    return found


async def test_a_call_is_recorded_once(phone: Phone, gateway: Gateway) -> None:
    """While it goes on and when it is over; the figures are those of its log line."""
    call = phone.call("100")
    await call.answered()
    await call.hears_sound()
    going = (await kept(gateway, lambda found: any(one.open for one in found)))[0]
    assert (going.sip_call_id, going.called, going.plan) == (call.call_id, "100", "tone")
    await call.hang_up()
    line = await gateway.said("call.ended", sip_call_id=call.call_id)

    def closed(records: list[CallRecord]) -> bool:
        return [one.open for one in records if one.call == line["call"]] == [False]

    record = next(one for one in await kept(gateway, closed) if one.call == line["call"])
    told = {"result", "reason", "status", "seconds", "talk_seconds", "cost_usd", "plan", "last_plan"}
    assert {name: getattr(record, name) for name in told} == {name: line[name] for name in told}
    assert {name: line[name] for name in record.figures} == dict(record.figures)
    assert [moment.what for moment in record.moments[:3]] == ["ringing", "session_ready", "answered"]
    assert record.transcript is None


async def test_refused_calls_are_recorded(gateway_process: Starter, local_server: LocalServer) -> None:
    """With how they were refused, and with what plan, if any."""
    no = {"numbers": ["600"], "reject": {"status": 603}}
    gateway = gateway_process({"tone": agent("100", local_server.url), "no": no}, "--no-local")
    with Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:
            for number in ("999", "600"):
                with pytest.raises(Rejected):
                    await phone.call(number).answered()
    records = await kept(gateway, lambda found: len([one for one in found if not one.open]) == 2)
    assert [(one.status, one.plan, one.reason) for one in records] == [
        (603, "no", "rejected_by_plan"),
        (404, None, "no_plan"),
    ]


async def test_a_gateway_that_is_killed(gateway_process: Starter, local_server: LocalServer) -> None:
    """The calls that it had are found as lost by the next one, those that were over stay as they were."""
    plans = {"tone": agent("100", local_server.url, voice="tone-440-60s")}
    gateway = gateway_process(plans, "--no-local")
    with Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:
            over = phone.call("100")
            await over.answered()
            await over.hang_up()
            calls = [phone.call("100") for _ in range(5)]
            for call in calls:
                await call.answered()
            before = await kept(gateway, lambda found: len([one for one in found if one.open]) == 5)
            gateway.popen.send_signal(signal.SIGKILL)
            gateway.wait()
        env = {"GATEWAY_RECORDS__DATABASE": str(gateway.database)}
        next_one = gateway_process(plans, "--no-local", env=env)
        said = await next_one.said("records.calls_lost")
        assert said["calls"] == 5
        found = gateway.records()
        assert [one.call for one in found] == [one.call for one in before]
        assert {one.call: one.result for one in found} == {
            one.call: "lost" if one.open else "completed" for one in before
        }
        async with Phone(next_one.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.hang_up()
        assert len(await kept(gateway, lambda records: len(records) == 7 and not records[0].open)) == 7


async def test_what_was_said(gateway_process: Starter, local_server: LocalServer) -> None:
    """It is kept where the operator wants it; `gateway calls show` prints it."""
    env = {"GATEWAY_RECORDS__TRANSCRIPT": "true"}
    plans = {"tone": agent("100", local_server.url, answer={"greeting": "Good morning."})}
    gateway = gateway_process(plans, "--no-local", env=env)
    with Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.hears_sound()
            await call.hears_silence(500)
            await call.hang_up()
    (record,) = await kept(gateway, lambda found: [one.open for one in found] == [False])
    assert record.transcript is not None
    assert [line.who for line in record.transcript] == ["agent"]
    command = python("-m", "gateway", "calls", "show", record.call[:4], "--json")
    command += ["--database", str(gateway.database)]
    shown = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with patience.within(20):
        out, _ = await shown.communicate()
    assert orjson.loads(out)["transcript"][0]["text"] == record.transcript[0].text


async def test_a_server_of_ones_own_is_told(
    gateway_process: Starter, local_server: LocalServer, tmp_path: Path
) -> None:
    """Of each call that is over, whatever became of it, signed."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    with Receiver((503, {}), (204, {})) as receiver, Pump() as pump:
        settings = tmp_path / "gateway.yaml"
        settings.write_text(f"webhook: {{url: '{receiver.url}', secret: '${{HOOK}}'}}\n")
        plans = {"tone": agent("100", local_server.url)}
        gateway = gateway_process(plans, "--no-local", "--config", str(settings), env={"HOOK": secret})
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.hang_up()
        async with patience.within(20):  # the second try is five seconds after the first
            while len(receiver.came) < 2:  # noqa: ASYNC110 - another thread sets no event for us
                await asyncio.sleep(0.05)
    (record,) = gateway.records()
    assert len(set(receiver.ids())) == 1
    told, body = receiver.came[-1]
    signed = headers(key(secret), told["webhook-id"], int(told["webhook-timestamp"]), body)
    assert signed["webhook-signature"] == told["webhook-signature"]
    assert orjson.loads(body)["data"]["call"] == record.call


async def test_what_the_gateway_says_and_what_was_said_before(gateway_process: Starter) -> None:
    """Its words are cut where a caller leaves; the model of the next call is told what was said in it."""
    async with Model() as model:
        model.says = tone.sine(440, 400, rate=RATE, fade_ms=5)
        here = {"agent": {"history": {"calls": 3}, "model": "scripted"}}
        plans = {
            "sorry": agent("300", "ws://127.0.0.1:1/v1/realtime", on_failure={"say": OnFailure().say}),
            "again": agent("200", model.url, **here),
        }
        gateway = gateway_process(plans, "--no-local", env={"GATEWAY_RECORDS__TRANSCRIPT": "true"})
        with Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                sorry = phone.call("300")
                await sorry.answered()
                await sorry.hears_sound()
                await sorry.listens(1500)
                await sorry.hang_up()
                for count in (1, 2):
                    call = phone.call("200")
                    session = await model.session(count)
                    await call.answered()
                    await call.hears_sound()
                    await call.hears_silence(300)
                    await call.hang_up()
                    await gateway.said("call.ended", sip_call_id=call.call_id)
                    await kept(gateway, lambda found, n=count: sum(not one.open for one in found) == n + 1)
                    memory = str(session.events("conversation.item.create"))
                    assert ("You: beep" in memory) == (count == 2)
                    assert "sorry" not in memory
        records = await kept(gateway, lambda found: [one.open for one in found] == [False] * 3)
    (words,) = records[-1].transcript or ()
    assert (words.who, words.cut) == ("gateway", True)
    assert str(OnFailure().say).startswith(words.text.removesuffix(" ..."))


async def test_a_plan_with_a_limit_of_the_day(gateway_process: Starter, local_server: LocalServer) -> None:
    """So many calls are let in, also over a restart; minutes that are used up end the call that is up."""
    plans = {
        "two": agent("100", local_server.url, limits={"day": {"calls": 2}}),
        "brief": agent("101", local_server.url, voice="tone-440-500ms", limits={"day": {"minutes": 0.03}}),
    }
    first = gateway_process(plans, "--no-local")
    env = {"GATEWAY_RECORDS__DATABASE": str(first.database)}
    with Pump() as pump:
        async with Phone(first.sip, pump) as phone:
            brief = phone.call("101")
            await brief.answered()
            one = phone.call("100")
            await one.answered()
            await one.hang_up()
            await brief.ended()
            line = await first.said("call.ended", sip_call_id=brief.call_id)
            assert (line["reason"], line["result"]) == ("day_limit", "completed")
        await kept(first, lambda found: [one.open for one in found] == [False] * 2)
        next_one = gateway_process(plans, "--no-local", env=env)
        async with Phone(next_one.sip, pump) as phone:
            two = phone.call("100")
            await two.answered()
            await two.hang_up()
            for number in ("100", "101"):
                with pytest.raises(Rejected, match="480"):
                    await phone.call(number).answered()


async def test_what_short_calls_used_up(gateway_process: Starter, tmp_path: Path) -> None:
    """Tokens and costs are what the server has counted, wherever callers left (a thousand: tests/proofs)."""
    with LocalServer() as server:
        config = settings(server.url, tmp_path)
        gateway = gateway_process(plans(), "--no-local", "--config", str(config))
        await ring_all(gateway, 30, seed=17)
        await all_over(gateway, server, 30)
        records = gateway.records()
        assert (len(records), len({one.call for one in records})) == (30, 30)
        assert differences(records, server.events("client.gone")) == ([], [])
        assert sum(one.cost_usd or 0 for one in records) > 0


async def test_what_two_agents_of_a_call_used_up(gateway_process: Starter, tmp_path: Path) -> None:
    """Together: the first one's answers, and those of the one to which the call was moved."""
    with LocalServer() as server, Pump() as pump:
        short = plans()["short"]
        agents = {"first": short, "second": {**short, "numbers": ["200"]}}
        gateway = gateway_process(agents, "--no-local", "--config", str(settings(server.url, tmp_path)))
        async with Phone(gateway.sip, pump) as phone, ControlClient.connected(gateway.control) as control:
            call = phone.call("100")
            await call.answered()
            await call.hears_sound()
            silent_at = await call.hears_silence(200)
            (view,) = await control.ask("calls")
            await control.ask("move", call=view["id"], plan="second")
            await call.hears_sound(since=silent_at + 1)
            await call.hang_up()
            await all_over(gateway, server, 1, sessions=2)
        sessions = [counted(line) for line in server.events("client.gone")]
        assert len(sessions) == 2
        assert used_up(gateway.records()[0]) == added(sessions)
