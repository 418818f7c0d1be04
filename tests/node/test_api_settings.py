"""Where the API listens."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.node.api_settings import ApiSettings, from_address
from gateway.node.settings import load


def test_three_ways_to_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address, a section, the environment; off by default, and where it says so."""
    file = tmp_path / "gateway.yaml"
    for text in ("api: 127.0.0.1:9000\n", "api: {listen: '127.0.0.1:9000'}\n"):
        file.write_text(text, encoding="utf-8")
        api = load(file).api
        assert api is not None
        assert api.place() == ("127.0.0.1", 9000)
    assert load(Path("/dev/null")).api is None
    file.write_text("api: off\n", encoding="utf-8")
    assert load(file).api is None
    monkeypatch.setenv("GATEWAY_API__LISTEN", "127.0.0.1:9001")
    api = load(Path("/dev/null")).api
    assert api is not None
    assert api.place() == ("127.0.0.1", 9001)


def test_what_is_no_address() -> None:
    """A name may lead anywhere, and to somewhere else tomorrow."""
    for listen in ("example.com:80", "127.0.0.1", ":8080"):
        with pytest.raises(ValidationError):
            ApiSettings(listen=listen)
    assert from_address({"listen": "x"}) == {"listen": "x"}
