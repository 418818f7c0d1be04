"""Asking a gateway of this machine: only its owner may, each question is answered, and no call is harmed."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from gateway.call import AddText, Announcement, Digit, LegEnded, LegState, OutsideOrder, Play, SendDigits
from gateway.calls.process_control import ProcessControl
from gateway.errors import BadInput, ControlError
from gateway.node.control_client import ControlClient
from gateway.node.control_server import LONGEST_LINE, MOST_CLIENTS, Question
from gateway.node.control_socket import LONGEST_TEXT, ControlSocket
from tests.calls.test_registry import AGENT, GONE, House, house
from tests.equipment import patience

PLANS = {"agent": AGENT, "night": AGENT | {"numbers": ["200"]}}


async def speak(text: str) -> Announcement:
    """Speak, but for one thing."""
    return Announcement() if text == "unspeakable" else Announcement(b"\1\0" * 240, text)


async def about(_question: Question, by: str) -> dict[str, Any]:
    """Tell of the process, and who asked."""
    return {"pid": 1, "by": by}


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[tuple[House, ControlClient, Path]]:
    """Run scripted calls, and a client of their socket."""
    path = folder / "var" / "control.sock"
    async with house(folder, **PLANS) as opened:
        listens = ControlSocket(ProcessControl(opened.worker), speak, {"about": about}).listening(path)
        async with listens, ControlClient.connected(path) as client:
            yield opened, client, path


async def test_only_its_owner_may_ask(tmp_path: Path) -> None:
    """The socket is 0600, in a folder that is 0700; it goes with the gateway."""
    async with asking(tmp_path) as (_, client, path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        told = await client.ask("about")
        assert (told["pid"], told["by"]) == (1, f"operator {pwd.getpwuid(os.getuid()).pw_name}")
        assert (await client.ask("about", by="api ops"))["by"] == "api ops"
        assert (await client.ask("about", by="x\n" * 9))["by"] == told["by"]
    assert not path.exists()


async def test_calls_are_listed_looked_at_and_ended(tmp_path: Path) -> None:
    """As whoever asked it."""
    async with asking(tmp_path) as (opened, client, _):
        leg = await opened.talking("c1")
        assert [call["id"] for call in await client.ask("calls")] == ["c1"]
        assert (await client.ask("look", call="c1"))["plan"] == "agent"
        await client.ask("end", call="c1")
        assert leg.ending is not None
        assert leg.ending.reason.value == "operator_hung_up"


async def test_a_call_is_held_and_taken_back(tmp_path: Path) -> None:
    """And put through, to whom its plan lists alone."""
    async with asking(tmp_path) as (opened, client, _):
        leg = await opened.talking("c1")
        await client.ask("hold", call="c1")
        await leg.until(lambda: leg.state is LegState.HELD)
        await client.ask("resume", call="c1")
        await leg.until(lambda: leg.state is LegState.ANSWERED)
        with pytest.raises(ControlError, match="no such target"):
            await client.ask("transfer", call="c1", target="sip:evil@evil")


async def test_a_caller_presses_keys_for_whoever_asks(tmp_path: Path) -> None:
    """They are answered with them; one who hangs up instead has pressed none, and is gone."""
    async with asking(tmp_path) as (opened, client, _):
        leg = await opened.talking("c1")
        later = asyncio.get_running_loop().call_later
        later(0.05, leg.happen, *(Digit(key) for key in "12*"))
        assert await client.ask("collect", call="c1", count=4, ends="*", seconds=5) == "12"
        later(0.05, leg.happen, LegEnded(GONE))
        with pytest.raises(ControlError, match="it is over"):
            await client.ask("collect", call="c1", seconds=30)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 33}, {"ends": "1"}, {"seconds": 61}])
async def test_keys_that_nobody_can_press(tmp_path: Path, wrong: dict[str, object]) -> None:
    """What may be asked for is said."""
    async with asking(tmp_path) as (opened, client, _):
        await opened.talking("c1")
        with pytest.raises(ControlError, match="count 1 to 32, seconds 1 to 60"):
            await client.ask("collect", call="c1", **wrong)


async def test_a_plan_that_keeps_no_messages(tmp_path: Path) -> None:
    """Takes none for an operator, either."""
    async with asking(tmp_path) as (opened, client, _):
        await opened.talking("c1")
        with pytest.raises(ControlError, match="keeps no messages"):
            await client.ask("message", call="c1")


async def test_what_is_ordered_reaches_the_call(tmp_path: Path) -> None:
    """Words to the caller, words to the agent, keys; listeners hear whose orders they were."""
    async with asking(tmp_path) as (opened, client, _):
        leg = await opened.talking("c1")
        await leg.until(lambda: leg.state is LegState.ANSWERED)
        await client.ask("say", call="c1", text="One moment.")
        await client.ask("tell", call="c1", text="They are a good customer.")
        await client.ask("keys", call="c1", digits="12#")
        assert [order.pcm for order in leg.orders if isinstance(order, Play)][-1] == (await speak("")).pcm
        assert SendDigits("12#") in leg.orders
        assert AddText("system", "They are a good customer.") in opened.desk.sessions[0].orders


async def test_a_call_is_moved_on(tmp_path: Path) -> None:
    """To a plan that there is."""
    async with asking(tmp_path) as (opened, client, _):
        await opened.talking("c1")
        await client.ask("move", call="c1", plan="night")
        async with patience.within(5):
            while (await client.ask("look", call="c1"))["plan"] != "night":  # noqa: ASYNC110 - asked anew
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("do", "about", "said"),
    [
        ("end", {"call": "nobody"}, "there is no call 'nobody'"),
        ("end", {}, "call"),
        ("end", {"call": 5}, "call"),
        ("say", {"call": "c1", "text": "unspeakable"}, "nobody can speak it"),
        ("say", {"call": "c1", "text": "x" * (LONGEST_TEXT + 1)}, "1 to 4000 characters"),
        ("keys", {"call": "c1", "digits": "call me"}, "keys are"),
        ("move", {"call": "c1", "plan": "none"}, "no plan 'none'"),
        ("record", {"call": "c1", "on": False}, "it is not recorded"),
        ("record", {"call": "c1", "on": "no"}, "true or false"),
        ("dance", {}, "`do` is one of"),
    ],
)
async def test_what_cannot_be_done_is_told_why(
    tmp_path: Path, do: str, about: dict[str, Any], said: str
) -> None:
    """In words, and the next question is answered."""
    async with asking(tmp_path) as (opened, client, _):
        await opened.talking("c1")
        with pytest.raises(ControlError, match=said):
            await client.ask(do, **about)
        assert [call["id"] for call in await client.ask("calls")] == ["c1"]


async def test_watching_a_call_to_its_end(tmp_path: Path) -> None:
    """What happens, in its order, until it is over."""
    async with asking(tmp_path) as (opened, client, path):
        leg = await opened.talking("c1")
        async with patience.within(5), ControlClient.connected(path) as watcher:
            lines = watcher.watch("c1")
            first = asyncio.ensure_future(anext(lines))  # noqa: TID251 - asked before anything happens
            while not opened.worker.watches._open:
                await client.ask("calls")
            leg.happen(Digit("5"))
            assert (await first)["is"] == {"digit": "5", "duration_ms": 0}
            leg.happen(LegEnded(GONE))
            seen = [line["what"] async for line in lines]
        assert (seen[0], seen[-1]) == ("LegEnded", "CallOver")


async def test_a_watcher_of_nobody(tmp_path: Path) -> None:
    """It is told at once."""
    async with asking(tmp_path) as (_, client, _path):
        with pytest.raises(ControlError, match="there is no call"):
            async for _line in client.watch("nobody"):
                pass


@pytest.mark.parametrize(
    "said", [b"\xff\n", b"[]\n", b"no json\n", b"x" * (LONGEST_LINE + 10) + b"\n", b"{}"]
)
async def test_whatever_is_said(tmp_path: Path, said: bytes) -> None:
    """Nonsense, a line without an end or beyond all bounds: others are answered as before."""
    async with asking(tmp_path) as (_, client, path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(said)
        writer.write_eof()
        async with patience.within(5):
            answer = await reader.read()
        assert b"watched" not in answer
        writer.close()
        assert await client.ask("calls") == []


async def test_too_many_ask(tmp_path: Path) -> None:
    """One more is told so, and there is room again."""
    async with asking(tmp_path) as (_, client, path):
        others = [await asyncio.open_unix_connection(path) for _ in range(MOST_CLIENTS - 1)]
        await client.ask("calls")
        async with patience.within(5):
            reader, writer = await asyncio.open_unix_connection(path)
            assert "ask already" in orjson.loads(await reader.readline())["error"]
            writer.close()
            for _, other in others:
                other.close()
            while True:
                async with ControlClient.connected(path) as again:
                    try:
                        assert await again.ask("calls") == []
                        break
                    except (ControlError, ConnectionError):
                        await asyncio.sleep(0.01)


async def test_a_path_that_another_gateway_has(tmp_path: Path) -> None:
    """It keeps it; the second one says so and takes calls all the same. A dead one's path is taken over."""
    async with asking(tmp_path) as (opened, client, path):
        control = ProcessControl(opened.worker)
        with capture_logs() as lines:
            async with ControlSocket(control, speak, {}).listening(path):
                assert await client.ask("calls") == []
        assert [line["event"] for line in lines] == ["control.unavailable"]
        assert "another gateway" in lines[0]["error"]
        assert path.exists()
    killed = path.with_name("killed.sock")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(killed))
    async with (
        ControlSocket(control, speak, {}).listening(killed),
        ControlClient.connected(killed) as client,
    ):
        assert await client.ask("calls") == []


async def test_nobody_answers(tmp_path: Path) -> None:
    """It is said where, and what to look for; a path that is too long is told as well."""
    with pytest.raises(BadInput, match="no gateway answers"):
        async with ControlClient.connected(tmp_path / "control.sock"):
            pass
    with capture_logs() as lines:
        async with ControlSocket(None, speak, {}).listening(tmp_path / ("x" * 120)):  # type: ignore[arg-type]
            pass
    assert "107 bytes" in lines[0]["error"]


async def test_who_asked_is_heard_by_listeners(tmp_path: Path) -> None:
    """By the name that the kernel knows."""
    heard: list[Any] = []
    async with asking(tmp_path) as (opened, client, _):
        await opened.talking("c1")
        opened.worker.calls["c1"].notify.add(lambda event, _now: heard.append(event))
        await client.ask("keys", call="c1", digits="1")
    assert next(event.by.split()[0] for event in heard if isinstance(event, OutsideOrder)) == "operator"
