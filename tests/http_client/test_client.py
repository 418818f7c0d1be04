"""Requests to somebody else's server: bounded, and never led astray."""

from __future__ import annotations

import pytest

from gateway.http_client import HttpClient, HttpFault, HttpQuestion
from gateway.http_client.client import same_host
from tests.equipment.web_server import Answered, WebServer, web_server
from tests.http_client.test_transport import Told


async def test_an_answer_is_what_the_server_said() -> None:
    """Whatever its status."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/a"] = Answered({"x": 1}, 418)
        answer = await http.ask(HttpQuestion("POST", f"{web.url}/a", {"X-Key": "ü"}, b"{}"))
        assert (answer.status, answer.content) == (418, b'{"x": 1}')
        assert web.asked[0].method == "POST"
        assert web.asked[0].body == b"{}"


async def test_an_answer_without_end_is_given_up() -> None:
    """At its bound."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/a"] = Answered(endless=True)
        with pytest.raises(HttpFault, match="more than 1000 bytes"):
            await http.ask(HttpQuestion("GET", f"{web.url}/a", {}, most_bytes=1000))


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    """As browsers do: what was posted is asked for, unless the status says otherwise."""
    async with web_server() as web, HttpClient() as http:
        web.answers |= {"/a": Answered(status=303, head={"Location": "/b"}), "/b": Answered({"here": 1})}
        web.answers["/c"] = Answered(status=307, head={"Location": f"{web.url}/b"})
        for path in ("/a", "/c"):
            head = {"Content-Type": "application/json"}
            answer = await http.ask(HttpQuestion("POST", web.url + path, head, b"{}"))
            assert answer.content == b'{"here": 1}'
        assert [one.method for one in web.asked] == ["POST", "GET", "POST", "POST"]
        assert "content-type" not in web.asked[1].head


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2:{port}/b", "http://localhost:{port}/b", "//evil.example/b", "ftp://127.0.0.1/b"],
)
async def test_a_redirect_to_another_host_is_not(target: str) -> None:
    """It could lead the question, and the secrets in its headers, anywhere."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/a"] = Answered(status=302, head={"Location": target.format(port=web.port)})
        with pytest.raises(HttpFault, match="redirects to another host"):
            await http.ask(HttpQuestion("GET", f"{web.url}/a", {}))
        assert len(web.asked) == 1


async def test_redirects_end() -> None:
    """A circle is no way."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/a"] = Answered(status=302, head={"Location": "/a"})
        with pytest.raises(HttpFault, match="without end"):
            await http.ask(HttpQuestion("GET", f"{web.url}/a", {}))


def test_a_host_stays_the_same_on_its_way_to_https() -> None:
    """On the usual ports; never back, and never with somebody's name in front."""
    assert same_host("http://a.example/x", "https://a.example/y")
    assert same_host("https://a.example/x", "https://A.example:443/y")
    assert not same_host("https://a.example/x", "http://a.example/y")
    assert not same_host("http://a.example:81/x", "https://a.example/y")
    assert not same_host("http://a.example/", "http://a.example:99999/")
    assert not same_host("http://a.example/", "http://a.example@b.example/")
    assert not same_host("http://a.example/", "http://u@a.example/")


async def test_a_host_that_nobody_vouches_for_is_public() -> None:
    """Neither an address nor a name leads inside; who runs the gateway may write both."""
    async with web_server() as web, HttpClient(Told(["127.0.0.1"])) as http:
        web.answers["/"] = Answered()
        for host in ("127.0.0.1", "localhost", "shop", "shop.example"):
            with pytest.raises(HttpFault) as fault:
                await http.ask(HttpQuestion("GET", f"http://{host}:{web.port}/", {}, trusted=False))
            assert not fault.value.sent
        with pytest.raises(HttpFault, match="leads to"):
            await http.ask(HttpQuestion("GET", f"http://shop.example:{web.port}/", {}))
        for host in ("127.0.0.1", "localhost", "shop", "shop.internal"):
            await http.ask(HttpQuestion("GET", f"http://{host}:{web.port}/", {}))
        await http.ask(HttpQuestion("GET", f"http://shop.example:{web.port}/", {}, inside=True))
        assert len(web.asked) == 5


@pytest.mark.parametrize(
    "url", ["", "shop", "file:///etc/passwd", "http://", "http://[::1", "http://2130706433/"]
)
async def test_what_is_no_address_is_not_asked(url: str) -> None:
    """Nothing is sent, and nothing is repeated in the message."""
    async with HttpClient() as http:
        with pytest.raises(HttpFault) as fault:
            await http.ask(HttpQuestion("GET", url, {}))
        assert not fault.value.sent


async def test_it_is_known_whether_a_request_may_have_been_taken() -> None:
    """Only what was not may be sent again."""
    async with web_server() as web, HttpClient() as http:
        web.answers["/a"] = Answered(cut=True)
        with pytest.raises(HttpFault) as fault:
            await http.ask(HttpQuestion("GET", f"{web.url}/a?secret=1", {}))
        assert fault.value.sent
        assert "secret" not in str(fault.value)
    async with HttpClient() as http:
        with pytest.raises(HttpFault, match="cannot be reached") as fault:
            await http.ask(HttpQuestion("GET", await _closed(), {}))
        assert not fault.value.sent


async def test_a_client_for_one_host_is_judged_like_a_request() -> None:
    """For libraries that ask by themselves."""
    web: WebServer
    async with web_server() as web, HttpClient() as http:
        web.answers["/"] = Answered({"x": 2})
        async with await http.client_for(web.url, trusted=True, inside=False) as client:
            assert (await client.get(f"{web.url}/")).json() == {"x": 2}
        async with await http.client_for(web.url, trusted=False, inside=False) as client:
            with pytest.raises(Exception, match="public internet"):
                await client.get(f"{web.url}/")


async def _closed() -> str:
    async with web_server() as web:
        return f"{web.url}/"
