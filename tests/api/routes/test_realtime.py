"""Keys for pages, and what they are good for; `tests.whole_calls.test_browser` has whole calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.running_api import RunningApi, running_api

CALLS = "/v1/realtime/calls"
SDP = {"Content-Type": "application/sdp"}
SHOP = "https://shop.example.com"


async def _key(api: RunningApi, **more: Any) -> str:
    asked = {"session": {"type": "realtime", "model": "100", "voice": "marin"}, **more}
    answer = await api.operate.post("/v1/realtime/client_secrets", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["session"] == {"type": "realtime", "model": "100"}
    return str(answer.json()["value"])


async def _offered(api: RunningApi, key: str, **headers: str) -> httpx2.Response:
    shown = {"Authorization": f"Bearer {key}", **SDP, **headers}
    return await api.nobody.post(CALLS, content="v=0\r\n", headers=shown)


async def test_who_may_make_keys(tmp_path: Path) -> None:
    """Operators; what is no number is refused."""
    async with running_api(tmp_path) as api:
        asked = {"session": {"type": "realtime", "model": "100"}}
        assert (await api.read.post("/v1/realtime/client_secrets", json=asked)).status_code == 403
        for wrong in ({"session": {"model": "1@x"}}, {"session": {}}, {}, asked | {"x": 1}):
            assert (await api.operate.post("/v1/realtime/client_secrets", json=wrong)).status_code == 422
        late = {"expires_after": {"anchor": "created_at", "seconds": 9}}
        assert (await api.operate.post("/v1/realtime/client_secrets", json=asked | late)).status_code == 422


async def test_a_key_is_for_a_call_and_nothing_else(tmp_path: Path) -> None:
    """A call that cannot be had (there is no gateway for browsers here) does not use it up."""
    async with running_api(tmp_path) as api:
        key = await _key(api)
        assert (await _offered(api, key)).status_code == 400
        assert (await _offered(api, key)).status_code == 400
        assert (await _offered(api, "ek_wrong")).status_code == 401
        shown = {"Authorization": f"Bearer {key}"}
        for path in ("/v1/calls", "/v1/records", "/v1/process"):
            assert (await api.nobody.get(path, headers=shown)).status_code == 401
        hang_up = await api.nobody.post(f"{CALLS}/rtc_1/hangup", headers=shown)
        assert hang_up.status_code == 401
        assert (await api.read.post(CALLS, content="v=0", headers=SDP)).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        (f"{CALLS}?model=100", "hello", "begins with v=0"),
        (CALLS, "v=0\r\n", "name the number"),
        (f"{CALLS}?model=1@x", "v=0\r\n", "name the number"),
    ],
)
async def test_what_is_no_offer(tmp_path: Path, path: str, body: str, told: str) -> None:
    async with running_api(tmp_path) as api:
        answer = await api.operate.post(path, content=body, headers=SDP)
        assert answer.status_code == 400
        assert told in answer.json()["error"]


async def test_pages_of_sites_that_are_named(tmp_path: Path) -> None:
    """They may ask whether they may, and ring; no other site, no other route, and no cookie of theirs."""
    async with running_api(tmp_path, origins=(SHOP,)) as api:
        asked = {"Origin": SHOP, "Access-Control-Request-Headers": "authorization"}
        may = await api.nobody.request("OPTIONS", CALLS, headers=asked)
        assert (may.status_code, may.headers["access-control-allow-origin"]) == (204, SHOP)
        assert may.headers["access-control-allow-headers"] == "authorization"
        answer = await _offered(api, await _key(api), Origin=SHOP)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (400, SHOP)
        for path, origin in ((CALLS, "https://evil.example"), ("/v1/calls", SHOP), ("/v1/realtimes", SHOP)):
            refused = await api.nobody.request("OPTIONS", path, headers={"Origin": origin})
            assert refused.status_code == 403
            assert "access-control-allow-origin" not in refused.headers
        cookie = api.gate.cookie({"scheme": "http", "server": ("127.0.0.1", int(api.url.rpartition(":")[2]))})
        by_cookie = {"Cookie": cookie.partition(";")[0], **SDP}
        assert (await api.nobody.post(CALLS, content="v=0", headers=by_cookie)).status_code == 400
        by_cookie["Origin"] = SHOP
        assert (await api.nobody.post(CALLS, content="v=0", headers=by_cookie)).status_code == 401
