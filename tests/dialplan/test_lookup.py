"""A look-up asks a real server, which may be slow, wrong, endless or gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.dialplan.lookup import MAX_BYTES, LookUps, override
from gateway.dialplan.model import Plan
from gateway.errors import BadInput
from gateway.http_client import HttpClient
from tests.dialplan.folder import MONDAY_NOON, call
from tests.equipment.streams import listening
from tests.http_client.test_transport import Told

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """An HTTP server that keeps what it was asked, and answers as a test wants."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], Any]] = []
        self.body = b"{}"
        self.status = "200 OK"
        self.head = ""
        self.endless = False
        self.silent = False
        self.url = ""
        self.over = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.asked.append(({":": lines[0], **headers}, orjson.loads(body)))
        if self.silent:
            await self.over.wait()
        length = "" if self.endless else f"Content-Length: {len(self.body)}\r\n"
        writer.write(
            f"HTTP/1.1 {self.status}\r\n{length}{self.head}Connection: close\r\n\r\n".encode() + self.body
        )
        while self.endless:
            writer.write(b" " * 65536)
            await writer.drain()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Run a server."""
    made = Server()
    async with listening(made.answer) as port:
        made.url = f"http://127.0.0.1:{port}/call"
        yield made
        made.over.set()


def plan(url: str, **keys: Any) -> Plan:
    """Make a plan that asks."""
    lookup = {"url": url, "plans": ["vip"], "otherwise": "sorry", **keys}
    return Plan.model_validate(
        {
            "name": "desk",
            "agent": {"voice": "a"},
            "lookup": lookup,
            "pass_headers": ["X-Campaign", "X-Missing"],
        }
    )


async def test_a_question_tells_about_the_call(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON, with the headers that the plan passes on and its own HTTP headers."""
    monkeypatch.setenv("TOKEN", "s3cret")
    asking = plan(server.url, headers={"Authorization": "Bearer ${TOKEN}"})
    async with LookUps() as lookups:
        found = await lookups.ask(
            asking, call("100", name="Ann", x_campaign="spring", x_other="no"), MONDAY_NOON
        )
    assert (found.plan, found.variables, found.settings, found.fault) == (None, {}, {}, "")
    ((headers, question),) = server.asked
    assert headers[":"] == "POST /call HTTP/1.1"
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["content-type"] == "application/json"
    assert question == {
        "call_id": "c1",
        "plan": "desk",
        "time": "2026-11-23T12:00:00+00:00",
        "caller": {"number": "+15559990001", "user": "+15559990001", "name": "Ann"},
        "called": {"number": "", "user": "100", "name": ""},
        "headers": {"X-Campaign": "spring"},
    }


async def test_an_answer_may_bring_variables_a_plan_and_settings(server: Server) -> None:
    """Whatever else it holds is not ours."""
    server.body = orjson.dumps(
        {
            "variables": {"customer": "Ann", "visits": 7},
            "plan": "vip",
            "set": {"agent": {"voice": "b"}},
            "id": 1,
        }
    )
    async with LookUps() as lookups:
        found = await lookups.ask(plan(server.url), call(), MONDAY_NOON)
    assert found.variables == {"customer": "Ann", "visits": "7"}
    assert (found.plan, found.settings) == ("vip", {"agent": {"voice": "b"}})


async def test_nothing_to_say_is_an_answer(server: Server) -> None:
    """204."""
    server.status = "204 No Content"
    async with LookUps() as lookups:
        assert (await lookups.ask(plan(server.url), call(), MONDAY_NOON)).fault == ""


async def test_a_plan_without_a_look_up_asks_nobody() -> None:
    """And waits for nothing."""
    async with LookUps() as lookups:
        found = await lookups.ask(Plan.model_validate({"name": "p", "agent": {}}), call(), MONDAY_NOON)
    assert found.plan is None


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        ("500 Oops", b"{}", "answered with status 500"),
        ("302 Found", b"{}", "answered with status 302"),
        ("200 OK", b"", "answered wrongly"),
        ("200 OK", b"hello", "answered wrongly"),
        ("200 OK", b"[]", "answered wrongly"),
        ("200 OK", b'{"variables": {"a": []}}', "answered wrongly: variables.a"),
        ("200 OK", b'{"variables": 5}', "answered wrongly: variables"),
        ("200 OK", b'{"plan": "root"}', "names the plan 'root', which is not among"),
        ("200 OK", b'{"set": {"numbers": {}}}', "set.numbers"),
        ("200 OK", b'{"set": {"agent": {"voicee": "x"}}}', "set.agent.voicee"),
        ("200 OK", b'{"set": {"agent": {"url": "ws://evil"}}}', "set.agent.url"),
        ("200 OK", b'{"set": {"agent": {"api_key": "${HOME}"}}}', "set.agent.api_key"),
        ("200 OK", b'{"set": {"agent": {"webhooks": {}}}}', "set.agent.webhooks"),
        ("200 OK", b'{"set": {"agent": {"mcp": {"x": {"command": "id"}}}}}', "set.agent.mcp"),
        ("200 OK", b'{"set": {"limits": {"max_calls": 0}}}', "set.limits.max_calls"),
        ("200 OK", b'{"plan": "' + b"x" * MAX_BYTES + b'"}', "answered more than"),
    ],
)
async def test_a_wrong_answer_is_none(server: Server, status: str, body: bytes, fault: str) -> None:
    """The plan's `otherwise` is taken, and the log says why."""
    server.status, server.body = status, body
    server.head = "Location: http://127.0.0.1:1/\r\n"
    async with LookUps() as lookups:
        found = await lookups.ask(plan(server.url, timeout="10s"), call(), MONDAY_NOON)
    assert found.plan == "sorry"
    assert fault in found.fault
    assert len(server.asked) == 1


async def test_an_endless_answer_is_cut_off(server: Server) -> None:
    """After 64 KiB, not after all memory."""
    server.endless = True
    async with LookUps() as lookups:
        found = await lookups.ask(plan(server.url), call(), MONDAY_NOON)
    assert "answered more than" in found.fault


async def test_a_silent_server_costs_the_time_out_and_no_more(server: Server) -> None:
    """The caller hears ringing meanwhile."""
    server.silent = True
    began = asyncio.get_running_loop().time()
    async with LookUps() as lookups:
        found = await lookups.ask(plan(server.url, timeout="100ms"), call(), MONDAY_NOON)
    assert (found.plan, found.fault) == ("sorry", "no answer in time")
    assert asyncio.get_running_loop().time() - began < 5


async def test_nobody_there_is_no_answer() -> None:
    """Nor a name that does not resolve, nor an address that is none."""
    async with LookUps() as lookups:
        for url in ("http://127.0.0.1:1/", "http://no-such-host.invalid/", "http://[::1/"):
            found = await lookups.ask(plan(url), call(), MONDAY_NOON)
            assert found.plan == "sorry"
            assert found.fault


async def test_a_name_server_does_not_lead_a_question_inside(server: Server) -> None:
    """Unless the plan says that its host is there."""
    port = server.url.rpartition(":")[2].partition("/")[0]
    for keys, asked in (({}, 0), ({"private": True}, 1)):
        async with LookUps(HttpClient(Told(["127.0.0.1"]))) as lookups:
            there = plan(f"http://crm.example:{port}/call", **keys)
            found = await lookups.ask(there, call(), MONDAY_NOON)
        assert len(server.asked) == asked
        assert ("leads to 127.0.0.1" in found.fault) is not bool(asked)


async def test_a_missing_secret_is_no_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked without it, and its name is told."""
    monkeypatch.delenv("NO_SUCH_URL", raising=False)
    async with LookUps() as lookups:
        found = await lookups.ask(plan("${NO_SUCH_URL}"), call(), MONDAY_NOON)
    assert "NO_SUCH_URL is not set" in found.fault


async def test_secrets_are_not_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither by us nor by the HTTP client."""
    caplog.set_level("DEBUG")
    monkeypatch.setenv("TOKEN", "s3cret")
    async with LookUps() as lookups:
        await lookups.ask(plan("http://127.0.0.1:1/?key=${TOKEN}"), call(), MONDAY_NOON)
    printed = "".join(capsys.readouterr()) + caplog.text
    assert "key=${TOKEN}" in printed
    assert "s3cret" not in printed


def test_settings_lie_over_the_plan() -> None:
    """By the rule of inheritance; address and key of the agent stay."""
    before = Plan.model_validate(
        {
            "name": "p",
            "agent": {"voice": "a", "url": "ws://x", "api_key": "${K}", "tools": ["t"]},
            "limits": {"max_calls": 2},
        }
    )
    after = override(
        before, {"agent": {"voice": "b", "instructions": "{x}"}, "limits": {"max_duration": "1m"}}
    )
    assert before.agent is not None
    assert after.agent is not None
    assert (after.agent.voice, after.agent.instructions, after.agent.tools) == ("b", "{x}", ("t",))
    assert (after.agent.url, after.agent.api_key) == (before.agent.url, before.agent.api_key)
    assert after.limits.max_calls == 2
    assert override(before, {}) == before


def test_an_agent_cannot_be_set_where_there_is_none() -> None:
    """An announcement has no voice to change."""
    with pytest.raises(BadInput, match=r"set\.agent"):
        override(Plan.model_validate({"name": "p", "announce": {"say": "x"}}), {"agent": {"voice": "b"}})


# --- files -----------------------------------------------------------------------------------------------

PLAYS = [
    ({"on_failure": {"play": "FILE"}}, lambda plan: plan.on_failure.play),
    ({"agent": {"history": [{"image": "FILE"}]}}, lambda plan: plan.agent.history[0].image),
]
"""What an answer may set that is a file."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of plans, with files beside it and links in it."""
    plans = tmp_path / "plans"
    (plans / "sounds").mkdir(parents=True)
    (plans / "sorry.wav").touch()
    (tmp_path / "secret.wav").touch()
    (tmp_path / "plans-2").mkdir()
    (plans / "out").symlink_to(tmp_path)
    (plans / "secret").symlink_to(tmp_path / "secret.wav")
    (plans / "in").symlink_to(plans / "sounds")
    (plans / "round").symlink_to(plans / "round")
    return plans


def lying_in(folder: Path) -> Plan:
    """Make a plan that was read from a folder."""
    return Plan.model_validate({"name": "p", "agent": {}}, context={"folder": folder})


def named(keys: Any, file: str) -> Any:
    """Put the name of a file into an answer's `set`."""
    return orjson.loads(orjson.dumps(keys).replace(b'"FILE"', orjson.dumps(file)))


@pytest.mark.parametrize(("keys", "found"), PLAYS)
@pytest.mark.parametrize(
    "file", ["sorry.wav", "sounds/a.wav", "./sorry.wav", "in/../sorry.wav", "{}/sorry.wav"]
)
def test_a_file_beside_the_plans_may_be_named(
    folder: Path, keys: Any, found: Callable[[Plan], Path], file: str
) -> None:
    """Whatever it is, it was put there for calls."""
    set_to = found(override(lying_in(folder), named(keys, file.format(folder))))
    assert folder.resolve() in set_to.parents


@pytest.mark.parametrize(("keys", "_found"), PLAYS)
@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "../secret.wav",
        "sounds/../../secret.wav",
        "{}/../secret.wav",
        "{}-2/x.wav",
        "out/secret.wav",
        "secret",
        "in/../../secret.wav",
        "round",
        "..",
        ".",
        "",
        "a\0b",
        "x" * 5000,
        "/dev/zero",
        "/proc/self/environ",
    ],
)
def test_no_answer_reaches_another_file(folder: Path, keys: Any, _found: object, file: str) -> None:
    """Neither by its whole path nor by `..` nor through a link."""
    with pytest.raises(BadInput, match=r"in the folder of the plan|not the name of a file"):
        override(lying_in(folder), named(keys, file.format(folder)))


def test_a_file_that_the_plan_names_stays(tmp_path: Path, folder: Path) -> None:
    """Whoever writes plans may name any file of the host; an answer that does not name one changes none."""
    data = {
        "name": "p",
        "agent": {"history": [{"image": "../x.png"}]},
        "on_failure": {"play": str(tmp_path / "y.wav")},
    }
    before = Plan.model_validate(data, context={"folder": folder})
    after = override(before, {"agent": {"voice": "b"}, "on_failure": {"hold": None}})
    assert after.agent is not None
    assert before.agent is not None
    assert after.agent.history == before.agent.history
    assert after.on_failure.play == tmp_path / "y.wav"


async def test_an_answer_that_reaches_for_another_file_is_none(server: Server, folder: Path) -> None:
    """The plan's `otherwise` is taken."""
    server.body = orjson.dumps({"set": {"on_failure": {"play": "/etc/passwd"}}})
    async with LookUps() as lookups:
        found = await lookups.ask(plan(server.url), call(), MONDAY_NOON)
    assert found.plan == "sorry"
    assert "set.on_failure.play" in found.fault
