"""Browsers' calls at a server: what is refused, and why; calls themselves are in tests/local/webrtc."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from gateway.local.server.realtime_calls import without_formats, without_formats_of
from tests.equipment.browser_phone import BrowserPhone
from tests.local.client import server

SDP = {"Content-Type": "application/sdp"}
CALLS = "/v1/realtime/calls"


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        ("v=0\r\n", SDP, "invalid_offer"),
        ("hello", SDP, "invalid_offer"),
        ("v=0\r\n", {"Content-Type": "image/png"}, "invalid_offer"),
        (
            '{"sdp": "v=0", "session": {"type": "realtime", "x": 1}}',
            {"Content-Type": "application/json"},
            None,
        ),
        ('{"sdp": "v=0", "session": {"type": "no"}}', {"Content-Type": "application/json"}, "invalid_value"),
    ],
)
async def test_what_cannot_be_answered(body: str, headers: dict[str, str], told: str | None) -> None:
    """An error in the service's shape, and the next offer is answered."""
    async with server() as address, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{address.port}") as http:
        answer = await http.post(CALLS, content=body, headers=headers)
        assert answer.status_code == 400
        assert told is None or answer.json()["error"]["code"] == told
        phone = BrowserPhone("oai-events")
        try:
            asked = {"sdp": await phone.offer(), "session": {"type": "realtime", "model": "tone"}}
            answer = await http.post(CALLS, json=asked)
            assert (answer.status_code, answer.json()["type"]) == (201, "answer")
            assert answer.headers["location"] == f"{CALLS}/{answer.json()['call_id']}"
        finally:
            await phone.peer.close()


async def test_a_key_is_good_for_one_call_and_pages_elsewhere_for_none() -> None:
    async with (
        server(api_key="sk-1") as address,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{address.port}") as http,
    ):
        own = {"Authorization": "Bearer sk-1"}
        secret = (await http.post("/v1/realtime/client_secrets", json={}, headers=own)).json()
        by_key = {"Authorization": f"Bearer {secret['value']}", **SDP}
        assert (await http.post(CALLS, content="v=0", headers=SDP)).status_code == 401
        elsewhere = {**by_key, "Origin": "https://elsewhere.example"}
        assert (await http.post(CALLS, content="v=0", headers=elsewhere)).status_code == 403
        assert (await http.post(CALLS, content="v=0", headers=by_key)).status_code == 400
        phone = BrowserPhone("oai-events")
        try:
            offer = await phone.offer()
            here = {**by_key, "Origin": "http://localhost:5173"}
            answer = await http.post(CALLS, content=offer, headers=here)
            assert (answer.status_code, answer.headers["access-control-expose-headers"]) == (201, "Location")
            assert (await http.post(CALLS, content=offer, headers=here)).status_code == 401
            hang_up = f"{answer.headers['location']}/hangup"
            assert (await http.post(hang_up, headers=by_key)).status_code == 401
            assert (await http.post(hang_up, headers=own)).status_code == 200
        finally:
            await phone.peer.close()


async def test_a_browser_asks_before_it_sends() -> None:
    """OPTIONS (CORS): answered for pages of this machine and of sites that are named, and for no others."""
    async with (
        server(origins="https://app.example.com, https://b.example") as address,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{address.port}") as http,
    ):
        for origin, status in (
            ("http://127.0.0.1:3000", 204),
            ("https://app.example.com", 204),
            ("https://evil.example", 403),
            ("null", 403),
        ):
            asked = {"Origin": origin, "Access-Control-Request-Headers": "authorization,content-type"}
            answer = await http.request("OPTIONS", CALLS, headers=asked)
            assert answer.status_code == status
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed == (origin if status == 204 else None)


def test_formats_of_sound_are_left_out() -> None:
    audio: dict[str, Any] = {"input": {"format": {"type": "audio/pcmu"}, "turn_detection": None}, "output": 5}
    session = {"type": "realtime", "audio": audio}
    bare = {"type": "realtime", "audio": {"input": {"turn_detection": None}, "output": 5}}
    assert without_formats(session) == bare
    assert without_formats(None) is None
    assert without_formats_of({"type": "session.update", "session": session})["session"] == bare
    body = {"type": "response.create", "response": {"audio": {"output": {"format": {}}}}}
    assert without_formats_of(body)["response"] == {"audio": {"output": {}}}
    assert without_formats_of({"type": "response.cancel"}) == {"type": "response.cancel"}
