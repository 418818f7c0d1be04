"""Faults planted on a machine: each is found, and the cure named."""

from __future__ import annotations

import resource
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import yaml
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from gateway.doctor import engines, line, machine
from gateway.doctor.examination import examine
from gateway.doctor.finding import Finding, Grade
from gateway.node.api_tokens import Role, TokenFile
from tests.equipment import ports
from tests.equipment.certificates import Authority

PLAN: dict[str, Any] = {"numbers": ["100"], "agent": {"provider": "local"}}


class Machine:
    """A folder with settings and a plan that are well, until something is planted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, Any] = {
            "sip": f"127.0.0.1:{ports.free_port()}",
            "local": False,
            "max_calls": 10,
            "rtp": "20000-20100",
        }
        self.plans: dict[str, Any] = {"a": PLAN}

    async def examined(self) -> list[Finding]:
        """Return all findings."""
        plans = self.folder / "dialplans"
        plans.mkdir(exist_ok=True)
        for name, plan in self.plans.items():
            (plans / f"{name}.yaml").write_text(yaml.safe_dump(plan), encoding="utf-8")
        (self.folder / "gateway.yaml").write_text(yaml.safe_dump(self.settings), encoding="utf-8")
        return [one async for one in examine(None)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The machine, in whose folder we are."""
    monkeypatch.chdir(tmp_path)
    return Machine(tmp_path)


async def test_a_machine_that_is_well(here: Machine) -> None:
    """Nothing is wrong; whatever is worth a look names its cure, too."""
    found = await here.examined()
    assert [one for one in found if one.grade is Grade.WRONG] == []
    assert {"settings", "dialplans", "SIP port", "RTP range", "disk", "records"} <= {
        one.what for one in found
    }
    assert all(one.cure for one in found if one.grade is Grade.LOOK)


def unknown_key(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    here.settings["max_cals"] = 5


def misspelt_plan(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    here.plans["b"] = {"numbers": ["200"], "agnt": {}}


def key_not_set(here: Machine, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("OPENAI_API_KEY", raising=False)
    here.plans["b"] = {"numbers": ["200"], "agent": {"provider": "openai"}}


def port_taken(here: Machine, _patch: pytest.MonkeyPatch) -> socket.socket:
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    here.settings["sip"] = f"127.0.0.1:{taken.getsockname()[1]}"
    return taken


def port_of_a_worker_taken(here: Machine, _patch: pytest.MonkeyPatch) -> socket.socket:
    taken = socket.create_server(("127.0.0.1", 0))
    here.settings |= {"sip": f"127.0.0.1:{taken.getsockname()[1] - 1}", "workers": 2}
    return taken


def address_of_another(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    here.settings["sip"] = "192.0.2.7:5060"


def range_too_small(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    here.settings["rtp"] = "20000-20009"


def range_taken(here: Machine, _patch: pytest.MonkeyPatch) -> list[socket.socket]:
    low, high = ports.free_range(24)
    here.settings["rtp"] = f"{low}-{high}"
    taken = []
    for port in range(low, low + 10):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", port))
        taken.append(one)
    return taken


def portable(_here: Machine, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(line, "native_available", lambda: False)


def few_descriptors(here: Machine, patch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    here.settings["max_calls"] = 1000
    here.settings["rtp"] = "20000-24000"
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    patch.setattr(here, "after", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, before), raising=False)


def full_disk(_here: Machine, patch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=50 * 1024**2)
    patch.setattr(machine.shutil, "disk_usage", lambda _folder: usage)


def no_database(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    (here.folder / "var").mkdir()
    (here.folder / "var" / "gateway.db").write_bytes(b"no database" * 1000)


def spool_nowhere(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    (here.folder / "taken").write_text("")
    away = f"postgresql://127.0.0.1:{ports.free_port()}/calls"
    here.settings["records"] = {"database": away, "spool": str(here.folder / "taken" / "spool")}


def certificate_expired(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    made = Authority(here.folder).gives("expired", days=-1)
    tls = {"certificate": str(made.certificate), "key": str(made.key)}
    here.settings["providers"] = {"own": {"url": "wss://127.0.0.1:9/v1/realtime", "tls": tls}}


def open_api(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    here.settings["api"] = f"0.0.0.0:{ports.free_port()}"


def tokens_for_all(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    here.settings["api"] = f"127.0.0.1:{ports.free_port()}"
    TokenFile(here.folder / "var" / "api-tokens.json").add("ops", Role.ADMIN)
    (here.folder / "var" / "api-tokens.json").chmod(0o644)


def no_engines(here: Machine, patch: pytest.MonkeyPatch) -> None:
    here.settings["local"] = True
    patch.setattr(engines, "find_spec", lambda _name: None)


def model_shut_down(here: Machine, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("OPENAI_API_KEY", "sk-test")
    nowhere = f"ws://127.0.0.1:{ports.free_port()}/v1/realtime"
    own = {"provider": "local", "url": nowhere, "model": "gpt-realtime-mini-2025-10-06"}
    here.plans["b"] = {"numbers": ["200"], "agent": own}


def journal_nowhere(here: Machine, _patch: pytest.MonkeyPatch) -> None:
    here.settings["journal"] = str(here.folder / "none" / "journal.jsonl")


FAULTS: dict[Callable[..., Any], tuple[str, str, str]] = {
    unknown_key: ("settings", "max_cals", "max_calls"),
    misspelt_plan: ("dialplans", "agnt", "agent"),
    key_not_set: ("dialplans", "provider", "OPENAI_API_KEY"),
    port_taken: ("SIP port", "in use", "choose another"),
    port_of_a_worker_taken: ("SIP port", "TCP 127.0.0.1:", "another `sip`"),
    address_of_another: ("SIP port", "192.0.2.7", "an address of this machine"),
    range_too_small: ("RTP range", "5 calls, of 10", "widen `rtp`"),
    range_taken: ("RTP ports", "10 of the range", "another range"),
    portable: ("PJSIP", "not installed", "make native"),
    few_descriptors: ("descriptors", "1024", "LimitNOFILE"),
    full_disk: ("disk", "free", "make room"),
    no_database: ("records", "gateway.db", "move it away"),
    spool_nowhere: ("records' spool", "is no folder", "records.spool"),
    certificate_expired: ("certificate of own", "expired", "renew it"),
    open_api: ("settings", "api.listen", "gateway token new"),
    tokens_for_all: ("API tokens", "read by others", "chmod 600"),
    no_engines: ("embedded agent", "not installed", "pip install"),
    model_shut_down: ("model", "was shut down on 2026-07-23", "gpt-realtime-2.1"),
    journal_nowhere: ("settings", "journal", "make it"),
}
"""What is planted; where it is found, by which words, and the cure."""


@pytest.mark.parametrize("plant", FAULTS, ids=lambda one: one.__name__)
async def test_a_fault_is_found_and_its_cure_named(
    here: Machine, monkeypatch: pytest.MonkeyPatch, plant: Callable[..., Any]
) -> None:
    """Alone: nothing else is wrong but what follows from it."""
    what, found, cure = FAULTS[plant]
    planted = plant(here, monkeypatch)
    try:
        told = [one for one in await here.examined() if one.grade is Grade.WRONG]
    finally:
        getattr(here, "after", lambda: None)()
        for one in planted if isinstance(planted, list) else [planted]:
            if one is not None:
                one.close()
    assert any(one.what == what and found in one.found and cure in one.cure for one in told), told
    assert all(one.cure for one in told)


# --- providers, really asked ------------------------------------------------------------------------------


@asynccontextmanager
async def provider(status: int = 101, first: str = "", date: float | None = None) -> AsyncIterator[str]:
    """Run one that answers so; return where."""

    def refuse(_connection: ServerConnection, _request: Request) -> Response | None:
        if status == 101:
            return None
        body = b'{"error": {"type": "x", "message": "Sorry"}}'
        return Response(status, HTTPStatus(status).phrase, Headers({"Content-Length": str(len(body))}), body)

    def dated(_connection: ServerConnection, _request: Request, response: Response) -> Response:
        if date is not None:
            del response.headers["Date"]
            response.headers["Date"] = formatdate(date, usegmt=True)
        return response

    async def session(connection: ServerConnection) -> None:
        await connection.send(first or '{"type": "session.created", "session": {}}')
        await connection.wait_closed()

    server = serve(session, "127.0.0.1", 0, process_request=refuse, process_response=dated)
    async with server as running:
        yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}/v1/realtime"


async def asked(here: Machine, url: str) -> list[Finding]:
    """Return what is found of a provider of one's own."""
    here.settings["providers"] = {"own": {"url": url, "model": "m"}}
    here.plans["b"] = {"numbers": ["200"], "agent": {"provider": "own"}}
    return [one for one in await here.examined() if one.what in ("provider own", "clock")]


async def test_a_provider_that_lets_us_in(here: Machine) -> None:
    """It is connected to as a call would be, and left."""
    async with provider() as url:
        found = await asked(here, url)
    assert [one.grade for one in found if one.what == "provider own"] == [Grade.FINE]


@pytest.mark.parametrize(
    ("how", "found", "cure"),
    [
        ({"status": 401}, "the key was refused", "make a new key"),
        ({"status": 404}, "no such address or model", "another `model`"),
        (
            {"first": '{"type": "error", "error": {"code": "model_not_found", "message": "no such model"}}'},
            "no such model",
            "another `model`",
        ),
        (
            {"first": '{"type": "error", "error": {"code": "insufficient_quota", "message": "pay"}}'},
            "insufficient_quota",
            "the account",
        ),
    ],
)
async def test_a_provider_that_does_not(here: Machine, how: dict[str, Any], found: str, cure: str) -> None:
    """Why, in its words, and what to do."""
    async with provider(**how) as url:
        (told,) = [one for one in await asked(here, url) if one.what == "provider own"]
    assert (told.grade, found in told.found, cure in told.cure) == (Grade.WRONG, True, True), told


async def test_a_provider_that_is_away(here: Machine) -> None:
    """Nobody listens there."""
    found = await asked(here, f"ws://127.0.0.1:{ports.free_port()}/v1/realtime")
    (told,) = [one for one in found if one.what == "provider own"]
    assert (told.grade, "nobody listens" in told.found, "firewall" in told.cure) == (Grade.WRONG, True, True)


async def test_a_clock_that_is_off(here: Machine) -> None:
    """By the time of the provider's answer."""
    async with provider(date=1_700_000_000) as url:
        told = [one for one in await asked(here, url) if one.what == "clock" and one.grade is Grade.WRONG]
    assert ("fast" in told[0].found, "NTP" in told[0].cure) == (True, True)


async def test_where_callers_of_an_edge_send_audio(here: Machine) -> None:
    """They call the edge, and not the gateway: its own address is for audio alone, if it is not relayed."""
    here.settings["edge"] = {"listen": "192.0.2.1:5060"}
    (told,) = [one for one in await here.examined() if one.what == "address"]
    assert ("audio" in told.found, "`edge.rtpengine`" in told.cure) == (True, True)
    here.settings["edge"]["rtpengine"] = {"public": "192.0.2.1"}
    assert not [one for one in await here.examined() if one.what == "address"]


async def test_a_gateway_that_runs_is_no_fault(here: Machine) -> None:
    """Its own port is not taken by somebody else."""
    from tests.api.running_api import running_api  # noqa: PLC0415 - with its fixtures

    here.settings["sip"] = "127.0.0.1:5060"
    (here.folder / "calls").mkdir()
    async with running_api(here.folder / "calls") as api:
        here.settings["control"] = str(api.control)
        found = await here.examined()
    (told,) = [one for one in found if one.what == "SIP port"]
    assert (told.grade, "runs here" in told.found) == (Grade.FINE, True)
