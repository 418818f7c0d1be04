"""Which Host and Origin are ours."""

from __future__ import annotations

import pytest

from gateway.api.origin import host_fault, origin_fault


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:8080", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST:99", "::1"),
        ("[::1]:8080", "127.0.0.1"),
        ("192.0.2.7:80", "192.0.2.7"),
        ("console.example.com", "192.0.2.7"),
    ],
)
def test_our_names(host: str, own: str) -> None:
    """Our own address, this machine's names where only it reaches us, and those that were given to us."""
    assert host_fault(host, own, ["console.example.com"]) == ""


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("", "127.0.0.1"),
        ("localhost", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.7"),
        ("192.0.2.8", "192.0.2.7"),
        ("localhost.evil.example", "127.0.0.1"),
        ("evil.example/127.0.0.1", "127.0.0.1"),
        ("evil@127.0.0.1", "127.0.0.1"),
        ("[::1", "::1"),
        ("127.0.0.1:port", ""),
    ],
)
def test_names_that_are_not(host: str, own: str) -> None:
    """Also those that only look like ours."""
    assert host_fault(host, own, [])


def test_where_a_request_comes_from() -> None:
    """Programs say nothing; a browser says which page it was, down to the port."""
    ours = {"host": "127.0.0.1:8080"}
    assert origin_fault(ours, "POST") == ""
    assert origin_fault(ours | {"origin": "http://127.0.0.1:8080"}, "POST") == ""
    assert (
        origin_fault(ours | {"origin": "https://127.0.0.1:8080", "sec-fetch-site": "same-origin"}, "POST")
        == ""
    )
    for origin in (
        "null",
        "http://127.0.0.1:8081",
        "http://evil.example",
        "file://127.0.0.1:8080",
        "http://[",
        "",
    ):
        assert origin_fault(ours | {"origin": origin}, "GET"), origin
    link = ours | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert origin_fault(link, "GET") == ""
    assert origin_fault(link, "POST")
    assert origin_fault(ours | {"sec-fetch-site": "same-site"}, "GET")
    assert origin_fault(ours | {"sec-fetch-site": "none"}, "GET") == ""
