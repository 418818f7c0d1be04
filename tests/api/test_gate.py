"""Who is let in: with a token, from here, and not too often. Every route is asked, also those to come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi.routing import iter_route_contexts

from gateway.api.allowance import Allowance
from gateway.api.gate import LONGEST_BODY, OPEN
from gateway.node.api_tokens import Role
from tests.api.running_api import RunningApi, running_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[RunningApi]:
    """The API, with no call up."""
    async with running_api(tmp_path, hosts=("gateway.example.com",)) as running:
        yield running


def routes(running: RunningApi) -> list[tuple[str, str]]:
    """Return each method and path of the application, documented or not."""
    found = []
    for route in iter_route_contexts(running.app.routes):
        path = str(route.path).replace("{call}", "c1")
        found += [(method, path) for method in sorted(route.methods or ())]
    assert len(found) > 20
    return found


async def test_every_route_wants_a_token(api: RunningApi) -> None:
    """Without one, with a wrong one, with one of another kind: 401, but for the two that tell of health."""
    wrong = [{}, {"Authorization": "Bearer gw_wrong"}, {"Authorization": "Basic cmVhZDpyZWFk"}]
    for headers in wrong:
        for method, path in routes(api):
            api.gate._failures._left.clear()
            answer = await api.nobody.request(method, path, headers=headers)
            if path in OPEN:
                assert answer.status_code in (200, 405, 503), (method, path)
            elif path == "/enter":
                assert answer.status_code in (403, 405), (method, path)
            else:
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"] == "Bearer"


FOREIGN: tuple[dict[str, str], ...] = (
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example:8080"},
    {"Host": "203.0.113.9"},
    {"Host": "user@127.0.0.1"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
)


async def test_every_route_is_asked_from_here(api: RunningApi) -> None:
    """Another host's name and another page's request get 403, whatever token they carry."""
    for number, (method, path) in enumerate(routes(api)):
        # Each route is asked with some of them, each of them of several routes.
        for headers in (FOREIGN[number % len(FOREIGN)], FOREIGN[(number + 4) % len(FOREIGN)]):
            answer = await api.admin.request(method, path, headers=headers)
            assert answer.status_code == 403, (method, path, headers)


@pytest.mark.parametrize(
    "host", ["localhost:1234", "127.0.0.1", "[::1]:8080", "gateway.example.com", "GATEWAY.example.com:443"]
)
async def test_our_own_names(api: RunningApi, host: str) -> None:
    """Those of this machine, at any port (a tunnel has another), and those of `api.hosts`."""
    origin = {"Host": host, "Origin": f"https://{host}"}
    assert (await api.read.get("/v1/calls", headers=origin)).status_code == 200


async def test_a_role_may_what_those_below_it_may(api: RunningApi) -> None:
    """Reading, operating, and what concerns everybody."""
    allowed = {
        ("GET", "/v1/calls"): Role.READ,
        ("POST", "/v1/calls/c1/end"): Role.OPERATE,
        ("POST", "/v1/process/reload"): Role.ADMIN,
    }
    for (method, path), least in allowed.items():
        for role in Role:
            client: httpx2.AsyncClient = getattr(api, role.word)
            answer = await client.request(method, path)
            assert (answer.status_code == 403) is (role < least), (method, path, role)


async def test_who_asks_too_often_waits(api: RunningApi) -> None:
    """429 with Retry-After: a token by its own rate, strangers by their address; others are served."""
    api.gate._requests = Allowance(3, 0.01)
    api.gate._failures = Allowance(2, 0.01)
    for _ in range(3):
        assert (await api.read.get("/docs.css")).status_code == 200
    answer = await api.read.get("/docs.css")
    assert (answer.status_code, int(answer.headers["retry-after"]) > 1) == (429, True)
    assert (await api.operate.get("/docs.css")).status_code == 200
    assert [(await api.nobody.get("/v1/calls")).status_code for _ in range(3)] == [401, 401, 429]
    assert (await api.operate.get("/docs.css")).status_code == 200


async def test_a_code_becomes_a_cookie_once(api: RunningApi) -> None:
    """Which no script and no other site can use; a second time it is refused."""
    code = api.tokens.add_code()
    answer = await api.nobody.get("/enter", params={"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    shown = {"Cookie": cookie.partition(";")[0]}
    assert (await api.nobody.get("/v1/process", headers=shown)).status_code == 200
    assert (await api.nobody.get("/v1/process", headers={"Cookie": shown["Cookie"] + "x"})).status_code == 401
    assert (await api.nobody.get("/enter", params={"code": code})).status_code == 403
    foreign = {**shown, "Origin": "http://evil.example"}
    assert (await api.nobody.post("/v1/process/drain", headers=foreign)).status_code == 403
    assert not api.stopped.is_set()


async def test_a_revoked_token_is_worthless_at_once(api: RunningApi) -> None:
    """Without a restart."""
    assert (await api.read.get("/v1/calls")).status_code == 200
    api.tokens.revoke("read")
    assert (await api.read.get("/v1/calls")).status_code == 401


async def test_too_long_a_body(api: RunningApi) -> None:
    """It is not read; one whose length is not said, neither."""
    answer = await api.operate.post("/v1/calls/c1/say", content=b"x" * (LONGEST_BODY + 1))
    assert answer.status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        yield b"{}"

    assert (await api.operate.post("/v1/calls/c1/say", content=pieces())).status_code == 411


async def test_tokens_that_cannot_be_read(api: RunningApi) -> None:
    """Nobody is let in, and it is no error of ours."""
    (api.tokens._path).write_text("{", encoding="utf-8")
    assert (await api.read.get("/v1/calls")).status_code == 503


async def test_no_answer_is_kept_or_framed(api: RunningApi) -> None:
    """By a proxy, by a browser, by another page."""
    for client in (api.read, api.nobody):
        answer = await client.get("/v1/calls")
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
