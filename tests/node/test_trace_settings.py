"""Where traces go."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.node.trace_settings import TraceSettings, tracing_installed


@pytest.mark.parametrize(
    ("otlp", "endpoint"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
        ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
        ("https://otel.example.com/api/traces", "https://otel.example.com/api/traces"),
    ],
)
def test_the_usual_path_is_added(otlp: str, endpoint: str) -> None:
    """Unless the address names one."""
    assert TraceSettings.model_validate({"otlp": otlp}).endpoint() == endpoint


@pytest.mark.parametrize(
    "wrong",
    [
        {"otlp": "127.0.0.1:4317"},
        {"otlp": "http://a", "headers": {"authorization": "Bearer clear"}},
        {"otlp": "http://a", "grpc": True},
        {},
    ],
)
def test_what_cannot_be(wrong: dict[str, object]) -> None:
    """GRPC's address, a secret in clear, an unknown key, nothing."""
    with pytest.raises(ValidationError):
        TraceSettings.model_validate(wrong)


def test_it_is_installed_here() -> None:
    """The tests need it."""
    assert tracing_installed()
