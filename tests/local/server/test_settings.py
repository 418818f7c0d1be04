from __future__ import annotations

from gateway.local.server.settings import ENGINES, LocalSettings


def test_defaults_serve_this_machine_only() -> None:
    """Loopback, no key, the real agent."""
    settings = LocalSettings()
    assert settings.host == "127.0.0.1"
    assert settings.api_key == ""
    assert settings.engine in ENGINES
