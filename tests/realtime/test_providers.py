from __future__ import annotations

import dataclasses

import pytest

from gateway.realtime.providers import AZURE, COMPATIBLE, LOCAL, OPENAI, Provider, Secret


def test_a_secret_does_not_show_itself() -> None:
    """Neither a key nor a URL, which may carry a token, is ever printed."""
    provider = dataclasses.replace(OPENAI, key=Secret("sk-canary"), headers={"X-Token": "canary"})
    provider = dataclasses.replace(provider, url="wss://user:canary@host/v1?token=canary")
    assert "canary" not in repr(provider)
    assert "canary" not in str(provider)
    assert provider.host == "host"
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert hash(Secret("a")) == hash(Secret("a"))


def test_login_is_written_as_each_provider_wants_it() -> None:
    """OpenAI wants a bearer, Azure a bare key, the embedded agent nothing; nobody the dead beta header."""
    key = Secret("k")
    assert dataclasses.replace(OPENAI, key=key).login() == {"Authorization": "Bearer k"}
    assert dataclasses.replace(AZURE, key=key).login() == {"api-key": "k"}
    assert LOCAL.login() == {}


@pytest.mark.parametrize(
    ("url", "model", "address"),
    [
        ("wss://h/v1/realtime?model={model}", "m", "wss://h/v1/realtime?model=m"),
        ("wss://h/v1/realtime?model={model}", "a b/c&d", "wss://h/v1/realtime?model=a%20b%2Fc%26d"),
        ("wss://h/v1/realtime", "m", "wss://h/v1/realtime?model=m"),
        ("wss://h/v1/realtime?a=b", "m", "wss://h/v1/realtime?a=b&model=m"),
        ("wss://h/v1/realtime?model=fixed", "m", "wss://h/v1/realtime?model=fixed"),
        ("wss://h/v1/realtime", "", "wss://h/v1/realtime"),
    ],
)
def test_the_model_finds_its_place_in_the_address(url: str, model: str, address: str) -> None:
    """In a template, or as a parameter; one that is there already stays."""
    assert Provider("x", url).address(model) == address


def test_a_model_left_out_is_the_providers() -> None:
    """A plan need not name a model."""
    assert OPENAI.address("").endswith("?model=gpt-realtime-2.1")


def test_only_models_that_reason_are_told_how_much() -> None:
    """`reasoning` sent to another model would have the whole update refused."""
    assert OPENAI.capabilities.reasons("gpt-realtime-2.1-mini")
    assert not OPENAI.capabilities.reasons("gpt-realtime-1.5")
    assert not COMPATIBLE.capabilities.reasons("gpt-realtime-2.1")
