from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.errors import BadInput
from gateway.realtime.providers import OPENAI_VOICES, SHIPPED, Dialect, Secret
from gateway.realtime.resolve_provider import CustomProvider, choose

KEYS = {"OPENAI_API_KEY": "sk-openai", "AZURE_OPENAI_API_KEY": "azure-key"}


def test_openai_takes_its_key_from_the_environment() -> None:
    """One variable is all that OpenAI needs."""
    assert choose("openai", environment=KEYS).key == Secret("sk-openai")


def test_a_missing_key_is_named_with_its_cure() -> None:
    """Without a key the plan is refused before a caller waits for it."""
    with pytest.raises(BadInput, match="OPENAI_API_KEY") as caught:
        choose("openai", environment={})
    assert "set OPENAI_API_KEY" in caught.value.cure


def test_a_key_does_not_go_to_a_stranger() -> None:
    """A plan that sends an agent elsewhere has to name its key: ours is not given away, nor sent in clear."""
    for url in (
        "wss://evil.example/v1/realtime",
        "wss://api.openai.com.evil.example/v1",
        "wss://api.openai.com@evil.example/v1",
        "ws://api.openai.com/v1/realtime",
    ):
        assert choose("openai", url=url, environment=KEYS).key is None
    assert choose("openai", url="wss://eu.api.openai.com/v1", environment=KEYS).key is not None
    elsewhere = choose("openai", url="wss://proxy.example/v1", api_key="own", environment=KEYS)
    assert elsewhere.key == Secret("own")
    local = choose("local", url="ws://10.0.0.9/v1", environment={"GATEWAY_LOCAL_API_KEY": "k"})
    assert local.key is None


def test_azure_is_found_by_its_endpoint() -> None:
    """The resource's address makes the URL; the deployment is the model."""
    environment = {**KEYS, "AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com/"}
    azure = choose("azure", environment=environment)
    assert azure.address("dep") == "wss://acme.openai.azure.com/openai/v1/realtime?model=dep"
    assert azure.login() == {"api-key": "azure-key"}
    with pytest.raises(BadInput, match="AZURE_OPENAI_ENDPOINT"):
        choose("azure", environment=KEYS)


def test_the_embedded_agent_is_where_it_listens() -> None:
    """No key is needed, unless it was started with one."""
    local = choose("local", local_url="ws://127.0.0.1:9999/v1/realtime", environment={})
    assert local.address("") == "ws://127.0.0.1:9999/v1/realtime?model=local"
    assert local.key is None
    keyed = choose("local", environment={"GATEWAY_LOCAL_API_KEY": "k"})
    assert keyed.login() == {"Authorization": "Bearer k"}


def test_any_server_with_the_same_protocol_will_do() -> None:
    """A URL is enough; nothing is assumed that not all servers have."""
    other = choose("compatible", url="ws://10.0.0.2:8000/v1/realtime", environment={})
    assert other.address("m") == "ws://10.0.0.2:8000/v1/realtime?model=m"
    assert other.capabilities.reasoning_models == ()
    assert not other.capabilities.retrieve


def test_ones_own_provider_has_a_name() -> None:
    """Settings describe further providers: like a known one, but for what is said."""
    custom: dict[str, dict[str, Any]] = {
        "qwen": {
            "url": "wss://qwen.example/api-ws/v1/realtime",
            "api_key": "${QWEN_KEY}",
            "dialect": "beta-flat",
            "model": "qwen-omni",
            "truncate": False,
            "retrieve": True,
            "max_session_minutes": 120,
            "headers": {"X-Region": "${REGION}"},
        },
        "eu": {"like": "openai", "url": "wss://eu.api.openai.com/v1/realtime", "api_key": "${EU_KEY}"},
    }
    environment = {"QWEN_KEY": "q", "EU_KEY": "e", "REGION": "intl"}
    qwen = choose("qwen", custom=custom, environment=environment)
    assert (qwen.name, qwen.dialect, qwen.model) == ("qwen", Dialect.BETA_FLAT, "qwen-omni")
    assert qwen.login() == {"X-Region": "intl", "Authorization": "Bearer q"}
    assert (qwen.capabilities.truncate, qwen.capabilities.max_session_minutes) == (False, 120)
    assert qwen.capabilities.retrieve
    eu = choose("eu", custom=custom, environment=environment)
    assert (eu.voice, eu.key) == ("marin", Secret("e"))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ({"url": "wss://x", "secret_key": "canary"}, "secret_key"),
        ({"like": "gemini"}, "like"),
        ({"url": "https://x"}, "url"),
        ({}, "url"),
        ({"url": "wss://x", "api_key": "${NOT_SET}"}, "api_key"),
    ],
)
def test_a_mistake_in_the_settings_is_named(written: dict[str, Any], key: str) -> None:
    """The place and the cure are told; what was written is not, it may be a key."""
    with pytest.raises(BadInput) as caught:
        choose("mine", custom={"mine": written}, environment={})
    assert "canary" not in str(caught.value)
    assert key in str(caught.value) or "NOT_SET" in str(caught.value)


def test_an_unknown_provider_is_told_which_there_are() -> None:
    """A typing error is answered with the names that exist."""
    with pytest.raises(BadInput, match="openai, azure, local, mine"):
        choose("opnai", custom={"mine": {}}, environment={})
    with pytest.raises(BadInput):
        choose("compatible", environment={})
    with pytest.raises(BadInput, match="ws://"):
        choose("local", url="http://x", environment={})


def test_the_guide_knows_every_voice() -> None:
    """Of the providers whose voices are known, with those that are taken if a plan names none."""
    guide = Path(__file__).parents[2].joinpath("docs", "providers.md").read_text(encoding="utf-8")
    (row,) = (line for line in guide.splitlines() if line.startswith("| `openai`, `azure` |"))
    listed, _, rest = row.removeprefix("| `openai`, `azure` |").partition(";")
    assert set(re.findall(r"`(\w+)`", listed)) == OPENAI_VOICES
    assert f"`{SHIPPED['openai'].voice}` if the plan names none" in rest
    for name in ("openai", "azure"):
        (row,) = (line for line in guide.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"| `{SHIPPED[name].model}`" in row


def test_the_guide_knows_every_key() -> None:
    """Each key of a provider of one's own is in docs/providers.md, and its example is right."""
    guide = Path(__file__).parents[2].joinpath("docs", "providers.md").read_text(encoding="utf-8")
    cells = [row.split("|")[1] for row in guide.splitlines() if row.startswith("|")]
    told = {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}
    assert set(CustomProvider.model_fields) <= told
    example = yaml.safe_load(guide.partition("```yaml")[2].partition("```")[0])
    for name in example["providers"]:
        choose(name, custom=example["providers"], environment={"EU_KEY": "e", "LAB_KEY": "l"})
