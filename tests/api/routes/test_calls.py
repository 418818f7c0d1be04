"""Calls over HTTP: seen, spoken into, moved on, ended; whoever asked is who has ordered it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.api.shapes import CallShown, CallsShown
from gateway.call import (
    AddImage,
    AddText,
    Digit,
    Instruct,
    LegState,
    Mute,
    OutsideOrder,
    Play,
    Respond,
    SendDigits,
)
from tests.api.running_api import RunningApi, running_api
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.equipment import patience

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[RunningApi]:
    """The API, with no call up."""
    async with running_api(tmp_path) as running:
        yield running


async def answered(api: RunningApi, name: str = "c1") -> ScriptedLeg:
    """Let somebody call and talk."""
    leg = await api.house.talking(name)
    await leg.until(lambda: leg.state is LegState.ANSWERED)
    return leg


async def test_calls_are_listed_and_shown(api: RunningApi) -> None:
    """In the shape that is promised, the oldest first."""
    assert (await api.read.get("/v1/calls")).json()["calls"] == []
    await answered(api, "c1")
    await answered(api, "c2")
    async with patience.within(5):
        while len((listed := CallsShown(**(await api.read.get("/v1/calls")).json())).calls) < 2:  # noqa: ASYNC110 - asked anew
            await asyncio.sleep(0.05)
    assert [call.id for call in listed.calls] == ["c1", "c2"]
    shown = CallShown(**(await api.read.get("/v1/calls/c2")).json())
    assert (shown.plan, shown.caller, shown.state) == ("agent", "+15551230001", "answered")


async def test_what_is_ordered_reaches_the_call(api: RunningApi) -> None:
    """Words to the caller, words and an image to the agent, keys; and who it was."""
    leg = await answered(api)
    heard: list[object] = []
    api.house.worker.calls["c1"].notify.add(lambda event, _now: heard.append(event))
    said = await api.operate.post("/v1/calls/c1/say", json={"text": "One moment."})
    assert said.json() == {"item": "api operate_0"}
    for path, body in {
        "tell": {"text": "They are a good customer.", "answer": True},
        "show": {"image": PIXEL, "text": "Their meter."},
        "instruct": {"text": "Speak French from now on."},
        "keys": {"digits": "12#"},
        "mute": {"on": True},
    }.items():
        assert (await api.operate.post(f"/v1/calls/c1/{path}", json=body)).status_code == 204
    assert any(isinstance(order, Play) for order in leg.orders)
    assert SendDigits("12#") in leg.orders
    told = api.house.desk.sessions[0].orders
    assert AddText("system", "They are a good customer.") in told
    assert AddImage(PIXEL, "Their meter.") in told
    assert Respond() in told
    assert Instruct("Speak French from now on.") in told
    assert Mute(on=True) in leg.orders
    assert (await api.read.get("/v1/calls/c1")).json()["muted"] is True
    assert {event.by for event in heard if isinstance(event, OutsideOrder)} == {"api operate"}


async def test_a_caller_presses_keys(api: RunningApi) -> None:
    """They are the answer."""
    leg = await answered(api)
    async with asyncio.TaskGroup() as tasks:
        wanted = {"count": 2, "seconds": 5}
        asked = tasks.create_task(api.operate.post("/v1/calls/c1/collect", json=wanted))
        await asyncio.sleep(0.2)
        leg.happen(Digit("4"), Digit("2"))
        assert (await asked).json() == {"digits": "42"}


async def test_a_call_is_moved_and_ended(api: RunningApi) -> None:
    """To a plan that there is; then it is over, and unknown."""
    leg = await answered(api)
    assert (await api.operate.post("/v1/calls/c1/move", json={"plan": "night"})).status_code == 204
    async with patience.within(5):
        while (await api.read.get("/v1/calls/c1")).json()["plan"] != "night":  # noqa: ASYNC110 - asked anew
            await asyncio.sleep(0.02)
    assert (await api.operate.post("/v1/calls/c1/end")).status_code == 204
    await api.house.over()
    assert leg.ending is not None
    assert leg.ending.reason == "operator_hung_up"
    assert (await api.read.get("/v1/calls/c1")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("c1/say", {}, 422, "text"),
        ("c1/say", {"text": " "}, 422, "text"),
        ("c1/say", {"text": "x" * 4001}, 422, "text"),
        ("c1/say", {"text": "hi", "louder": True}, 422, "louder"),
        ("c1/say", {"text": "unspeakable"}, 400, "nobody can speak it"),
        ("c1/keys", {"digits": "call me"}, 422, "digits"),
        ("c1/show", {"image": "data:text/html;base64,AAAA"}, 422, "image"),
        ("c1/move", {"plan": "none"}, 409, "no plan 'none'"),
        ("c1/transfer", {"target": "nobody"}, 409, "no such target"),
        ("c1/instruct", {"text": "x" * 64_001}, 422, "text"),
        ("c1/mute", {"on": "perhaps"}, 422, "on"),
        ("c1/message", None, 409, "its plan keeps no messages"),
        ("c1/collect", {"seconds": 600}, 422, "seconds"),
        ("c1/record", {"on": False}, 409, "it is not recorded"),
        ("c9/hold", None, 404, "there is no call"),
        ("c9/end", None, 404, "there is no call"),
        ("c9/say", {"text": "hi"}, 404, "there is no call"),
        ("c%209/end", None, 422, "call"),
    ],
)
async def test_what_cannot_be_done_is_told_why(
    api: RunningApi, path: str, body: object, status: int, said: str
) -> None:
    """With the status that says whose fault it is, in words."""
    await answered(api)
    answer = await api.operate.post(f"/v1/calls/{path}", json=body)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


async def test_a_gateway_that_is_away(api: RunningApi, tmp_path: Path) -> None:
    """503, in words; when it is back, what is asked is answered."""
    assert (await api.read.get("/v1/process")).status_code == 200
    aside = tmp_path / "aside.sock"
    api.control.rename(aside)
    await api.link.close()
    await asyncio.sleep(0.6)
    answer = await api.read.get("/v1/calls")
    assert (answer.status_code, "does not answer" in answer.json()["error"]) == (503, True)
    aside.rename(api.control)
    assert (await api.read.get("/v1/calls")).status_code == 200


async def test_somebody_is_called(api: RunningApi) -> None:
    """By a plan, and once however often it is asked for; what cannot be is said, and a reader may not."""
    wanted = {"number": "+4930123456", "plan": "agent", "ring": 20, "call_id": "0a0a0a0a"}
    assert (await api.read.post("/v1/calls", json=wanted)).status_code == 403
    for _ in range(2):
        made = await api.operate.post("/v1/calls", json=wanted)
        assert (made.status_code, made.json()) == (202, {"call": "0a0a0a0a"})
    (dial,) = api.house.desk.dialled
    assert (dial.to.user, dial.rings_s, dial.call_id) == ("+4930123456", 20, "0a0a0a0a")
    refused = await api.operate.post("/v1/calls", json={"number": "+4930123456", "plan": "nothing"})
    assert refused.status_code == 400
    assert "there are: agent" in refused.json()["error"]
    assert (await api.operate.post("/v1/calls", json={**wanted, "ring": 0})).status_code == 422
