"""Functions that are requests to a server: a real one, which may be slow, wrong, endless or gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from gateway.call import CallInfo, CallTool, Party, ToolReturned, ToolThen
from gateway.dialplan.model import Webhook
from gateway.http_client import HttpClient
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Tool, Toolbox
from gateway.tools.result_text import LONGEST_OUTPUT
from gateway.tools.trying import Printed
from gateway.tools.webhook import webhook_tool
from tests.equipment.web_server import Answered, WebServer, web_server

INFO = CallInfo("c1", "x@y", caller=Party("+15551230001"), called=Party("100"))
VALUES = {"caller.number": "+15551230001", "shop": "a b", "header.x-evil": "x\r\nHost: {order} ${TOKEN}"}


def made(http: HttpClient, url: str, handle: Printed | None = None, **keys: Any) -> Tool:
    """Return a webhook as a tool of a call."""
    hook = Webhook.model_validate({"description": "Find an order.", "url": url, **keys})
    facts = CallFacts(INFO, "shop", plans=("vip",), handle=handle, values=lambda: VALUES)
    return webhook_tool("order_status", hook, facts, http)


async def asked(tool: Tool, **arguments: Any) -> ToolReturned:
    """Have the model call it."""
    return await Toolbox([tool]).call(CallTool("c", tool.name, orjson.dumps(arguments).decode()))


async def told(tool: Tool, **arguments: Any) -> Any:
    """Return what the model is told."""
    return orjson.loads((await asked(tool, **arguments)).output)


ORDER = {"order": {"pattern": "[0-9]{2,5}", "description": "its number"}}
WAY = {"method": "GET", "arguments": {"order": {}}}


async def test_the_model_knows_what_to_give() -> None:
    """Each argument with its type, its bounds and what it is."""
    async with HttpClient() as http:
        arguments = {
            **ORDER,
            "count": {"type": "integer", "minimum": 1, "maximum": 9, "required": False},
            "size": {"enum": ["small", "large"]},
            "gift": {"type": "boolean"},
            "weight": {"type": "number"},
        }
        described = made(http, "http://x", arguments=arguments).describe()
    assert (described["name"], described["description"]) == ("order_status", "Find an order.")
    schema = described["parameters"]
    assert schema["required"] == ["order", "size", "gift", "weight"]
    assert schema["properties"]["order"]["description"] == "its number"
    assert schema["properties"]["size"]["enum"] == ["small", "large"]
    assert schema["additionalProperties"] is False


async def test_arguments_are_checked_before_anybody_is_asked() -> None:
    """The model is told what is wrong with them."""
    async with web_server() as web, HttpClient() as http:
        bounds = {"count": {"type": "integer", "maximum": 9}, "size": {"enum": ["small", 5]}}
        tool = made(http, web.url, arguments={**ORDER, **bounds})
        for wrong in (
            {},
            {"order": "12\n", "count": 1, "size": 5},
            {"order": "x", "count": 1, "size": 5},
            {"order": "12", "count": 10, "size": 5},
            {"order": "12", "count": 1, "size": "huge"},
            {"order": "12", "count": 1, "size": 5, "more": 1},
        ):
            assert "wrong arguments" in (await told(tool, **wrong))["error"], wrong
        tool = made(http, web.url, arguments={"note": {}})
        assert "wrong arguments" in (await told(tool, note="x" * 1001))["error"]
        assert not web.asked


async def test_values_stay_values_in_the_address() -> None:
    """Nothing of them is taken for a way, a question, or another value."""
    async with web_server() as web, HttpClient() as http:
        web.answers = {}
        tool = made(http, f"{web.url}/o/{{order}}/x?shop={{shop}}", **WAY)
        for value in ("a/../b", "a?b=1#c", "%2e%2e", "{shop}", "${TOKEN}", "@evil.example", "é\r\n"):
            await asked(tool, order=value)
        for value in (".", ".."):
            assert "dots alone" in (await told(tool, order=value))["error"]
        assert [one.path for one in web.asked] == [
            "/o/a%2F..%2Fb/x?shop=a%20b",
            "/o/a%3Fb%3D1%23c/x?shop=a%20b",
            "/o/%252e%252e/x?shop=a%20b",
            "/o/%7Bshop%7D/x?shop=a%20b",
            "/o/%24%7BTOKEN%7D/x?shop=a%20b",
            "/o/%40evil.example/x?shop=a%20b",
            "/o/%C3%A9%0D%0A/x?shop=a%20b",
        ]


async def test_what_is_not_in_the_address_follows_it_or_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a question mark with GET, as JSON with POST; secrets and variables in headers."""
    monkeypatch.setenv("TOKEN", "s3cret")
    async with web_server() as web, HttpClient() as http:
        web.answers["/o"] = Answered({"ok": 1})
        arguments = {"order": {}, "count": {"type": "integer"}, "note": {"required": False}}
        head = {
            "Authorization": "Bearer ${TOKEN}",
            "X-Caller": "{caller.number}",
            "X-Evil": "{header.x-evil}",
        }
        keys: dict[str, Any] = {"arguments": arguments, "headers": head}
        await asked(made(http, f"{web.url}/o?x=1", method="GET", **keys), order="4 2", count=3)
        await asked(made(http, f"{web.url}/o", **keys), order="4 2", count=3)
        got, posted = web.asked
        assert got.path == "/o?x=1&order=4+2&count=3"
        assert (posted.json, posted.head["content-type"]) == (
            {"order": "4 2", "count": 3},
            "application/json",
        )
        for one in web.asked:
            assert one.head["authorization"] == "Bearer s3cret"
            assert one.head["x-caller"] == "+15551230001"
            assert one.head["x-evil"] == "x Host: {order} ${TOKEN}"


async def test_a_body_of_ones_own_is_filled_in() -> None:
    """An argument alone keeps its type."""
    async with web_server() as web, HttpClient() as http:
        body = {
            "q": {"id": "{order}", "n": "{count}", "all": ["no {order}", 5, None]},
            "by": "{caller.number}",
        }
        arguments = {"order": {}, "count": {"type": "integer", "required": False}}
        tool = made(http, f"{web.url}/o", arguments=arguments, body=body)
        await asked(tool, order="{caller.number}", count=3)
        await asked(tool, order="4")
        assert web.asked[0].json == {
            "q": {"id": "{caller.number}", "n": 3, "all": ["no {caller.number}", 5, None]},
            "by": "+15551230001",
        }
        assert web.asked[1].json["q"]["n"] == ""


async def test_the_answer_is_told_whole_or_in_part() -> None:
    """By places in it; what is not there is null."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/o"] = Answered({"order": {"status": "sent", "items": [{"name": "tea"}]}})
        where = f"{web.url}/o"
        assert (await told(made(http, where)))["order"]["status"] == "sent"
        assert (await asked(made(http, where, result="order.status"))).output == "sent"
        several = {"state": "order.status", "first": "order.items.0.name", "gone": "order.items.1.name"}
        expected = {"state": "sent", "first": "tea", "gone": None}
        assert await told(made(http, where, result=several)) == expected
        web.answers["/o"] = Answered(b"all good")
        assert (await asked(made(http, where))).output == "all good"
        assert "no JSON" in (await told(made(http, where, result="order.status")))["error"]
        web.answers["/o"] = Answered(b"", 204)
        assert await told(made(http, where)) == {"ok": True}


async def test_a_huge_answer_is_bounded() -> None:
    """At what a model can take, and at what we take."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/o"] = Answered(b"x" * 60_000)
        assert len((await asked(made(http, f"{web.url}/o"))).output) == LONGEST_OUTPUT
        web.answers["/o"] = Answered(endless=True)
        assert "more than 65536 bytes" in (await told(made(http, f"{web.url}/o")))["error"]


async def test_a_refusal_may_explain_itself() -> None:
    """In JSON, briefly; a broken server's page is not for the model."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/o"] = Answered({"message": "no such order"}, 404)
        answer = await told(made(http, f"{web.url}/o"))
        assert answer == {
            "error": "the server answered with status 404",
            "answer": {"message": "no such order"},
        }
        web.answers["/o"] = Answered({"trace": "secret"}, 500)
        assert await told(made(http, f"{web.url}/o")) == {"error": "the server answered with status 500"}


async def test_a_server_that_hangs_is_not_waited_for() -> None:
    """Not longer than the plan says."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/o"] = Answered(hangs=True)
        assert await told(made(http, f"{web.url}/o", timeout="200ms")) == {"error": "no answer within 0.2 s"}


Many = Callable[[WebServer], list[Answered]]


@pytest.mark.parametrize(
    ("keys", "answers", "requests", "ok"),
    [
        (
            {"method": "GET", "retries": 2},
            [Answered(cut=True), Answered(status=503), Answered({"x": 1})],
            3,
            True,
        ),
        ({"method": "PUT", "retries": 1}, [Answered(status=429), Answered({"x": 1})], 2, True),
        ({"retries": 1, "idempotency_key": True}, [Answered(cut=True), Answered({"x": 1})], 2, True),
        ({}, [Answered(cut=True), Answered({"x": 1})], 1, False),
        ({"method": "GET", "retries": 1}, [Answered(status=500), Answered({"x": 1})], 1, False),
        ({"method": "GET", "retries": 1}, [Answered(status=503), Answered(status=503)], 2, False),
    ],
)
async def test_what_failed_is_asked_again_where_that_does_no_harm(
    keys: dict[str, Any], answers: list[Answered], requests: int, ok: bool
) -> None:
    """A request that a server may carry out twice is not, unless it knows it again by its key."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/o"] = answers
        answer = await told(made(http, f"{web.url}/o", **keys))
        assert (answer == {"x": 1}) is ok
        assert len(web.asked) == requests
        if keys.get("idempotency_key"):
            assert len({one.head["idempotency-key"] for one in web.asked}) == 1


async def test_an_answer_may_send_the_call_on() -> None:
    """To a plan that the function names; to no other."""
    async with web_server() as web, HttpClient() as http:
        handle = Printed()
        web.answers["/o"] = Answered({"goto": "vip", "say": "one moment"})
        returned = await asked(made(http, f"{web.url}/o", handle, plans=["vip"]))
        assert returned.then is ToolThen.MOVE_ON
        assert handle.lines == ["the call goes on in vip"]
        assert (await asked(made(http, f"{web.url}/o", handle))).then is ToolThen.SPEAK
        for wrong in ("other", ["vip"], {"a": 1}):
            web.answers["/o"] = Answered({"goto": wrong})
            assert "not among" in (await told(made(http, f"{web.url}/o", handle, plans=["vip"])))["error"]


async def test_a_secret_that_is_missing_is_told() -> None:
    """The call goes on; the log says which."""
    async with HttpClient() as http:
        tool = made(http, "http://127.0.0.1:1", headers={"X-Key": "${NO_SUCH_NAME}"})
        assert "NO_SUCH_NAME is not set" in (await told(tool))["error"]
