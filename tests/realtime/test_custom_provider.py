"""What gateway.yaml may say of a provider; how it is told stands in tests/node/test_settings_file.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.realtime.custom_provider import IN_FILE, CustomProvider
from gateway.realtime.providers import TlsFiles


def test_files_lie_beside_the_one_that_names_them(tmp_path: Path) -> None:
    """Certificates and secrets alike."""
    written = {
        "url": "wss://x/v1",
        "api_key": "${file:key.txt}",
        "tls": {"ca": "ca.pem", "certificate": "us.pem", "key": "/etc/us.key"},
    }
    own = CustomProvider.model_validate(written, context={"folder": tmp_path, IN_FILE: True})
    assert own.tls is not None
    assert own.tls.files() == TlsFiles(tmp_path / "ca.pem", tmp_path / "us.pem", Path("/etc/us.key"))
    (tmp_path / "key.txt").write_text("sk-1\n")
    assert own.api_key is not None
    assert own.api_key.reveal({}) == "sk-1"


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"like": "openai", "url": "wss://"},
        {"like": "openai", "url": "wss://x:port"},
        {"like": "openai", "key_header": "My Key"},
        {"like": "openai", "headers": {"X A": "b"}},
        {"like": "openai", "headers": {"X-A": "b\r\nX-B: c"}},
        {"like": "openai", "api_key": "a\nb"},
        {"like": "openai", "tls": {"key": "k"}},
        {"url": "ws://x", "tls": {"ca": "c"}},
        {"url": "wss://user:password@x/v1"},
        {"like": "openai", "output_rate": 44100},
        {"like": "openai", "max_session_minutes": 0},
    ],
)
def test_what_contradicts_itself_is_refused(written: dict[str, Any]) -> None:
    """Before a call is lost for it."""
    with pytest.raises(ValidationError):
        CustomProvider.model_validate(written)


def test_a_url_may_be_a_secret() -> None:
    """Whole or in part, with a place for the model."""
    for url in ("${LAB_URL}", "wss://x/v1?token=${TOKEN}", "wss://x/{model}", "wss://[::1]:9000/v1"):
        assert CustomProvider.model_validate({"url": url}).url is not None
