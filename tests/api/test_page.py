"""The OpenAPI description as a page."""

from __future__ import annotations

from pathlib import Path

from gateway.api.app import make
from gateway.api.page import page
from gateway.node.api_settings import ApiSettings

APP, _GATE, _NEWS = make(ApiSettings(), Path("control.sock"), None)


def test_every_route_is_on_the_page() -> None:
    """With its words, its fields, and a command to try it."""
    told = APP.openapi()
    text = page(told, "http://127.0.0.1:8080")
    for path, methods in told["paths"].items():
        assert path in text
        for method, one in methods.items():
            assert one["description"], (method, path)
            assert f"<b>{method.upper()}</b> {path}" in text
    assert "curl -H &quot;Authorization: Bearer $TOKEN&quot; http://127.0.0.1:8080/v1/calls<" in text
    assert "<td><code>digits</code>" in text


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No script, no other host; what is in a description is text."""
    text = page(APP.openapi() | {"info": {"title": "<b>", "description": "<script>x</script>"}}, "http://h")
    assert "<script" not in text
    assert "<title>&lt;b&gt;" in text
    assert "//" not in text.replace("http://h/", "")
