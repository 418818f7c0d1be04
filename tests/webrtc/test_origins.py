"""Which pages may ask."""

from __future__ import annotations

import pytest

from gateway.webrtc.origins import may_come, shown_to


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),
        ("http://localhost:5173", True),
        ("https://127.0.0.1", True),
        ("http://[::1]:8080", True),
        ("http://app.localhost", True),
        ("https://App.example.com", True),
        ("https://app.example.com:8443", False),
        ("https://localhost.evil.example", False),
        ("http://192.0.2.7", False),
        ("null", False),
        ("file://", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_whose_pages_may_come(origin: str | None, may: bool) -> None:
    assert may_come(origin, ["https://app.example.com/"]) is may


def test_what_a_browser_is_told() -> None:
    """The site itself, and the headers that it asks for; a program is told nothing."""
    told = dict(shown_to("http://localhost", "authorization"))
    assert told["Access-Control-Allow-Origin"] == "http://localhost"
    assert told["Access-Control-Allow-Headers"] == "authorization"
    assert shown_to(None) == ()
