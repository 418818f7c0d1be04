from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.errors import BadInput
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.providers import OPENAI_VOICES, SHIPPED, Dialect, Secret
from gateway.realtime.resolve_provider import choose

KEYS = {"OPENAI_API_KEY": "sk-openai", "AZURE_OPENAI_API_KEY": "azure-key"}


def own(written: Mapping[str, Any]) -> dict[str, CustomProvider]:
    return {name: CustomProvider.model_validate(keys) for name, keys in written.items()}


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
    qwen = choose("qwen", custom=own(custom), environment=environment)
    assert (qwen.name, qwen.dialect, qwen.model) == ("qwen", Dialect.BETA_FLAT, "qwen-omni")
    assert qwen.login() == {"X-Region": "intl", "Authorization": "Bearer q"}
    assert (qwen.capabilities.truncate, qwen.capabilities.max_session_minutes) == (False, 120)
    assert qwen.capabilities.retrieve
    eu = choose("eu", custom=own(custom), environment=environment)
    assert (eu.voice, eu.key) == ("marin", Secret("e"))


def test_a_missing_secret_of_a_provider_is_named() -> None:
    """With the file and the key that name it."""
    with pytest.raises(BadInput, match="NOT_SET is not set") as caught:
        choose("mine", custom=own({"mine": {"url": "wss://x", "api_key": "${NOT_SET}"}}), environment={})
    assert (caught.value.where, caught.value.key) == ("gateway.yaml", "providers.mine.api_key")


def test_one_like_openai_has_its_key_at_home_alone() -> None:
    """A region of it is at home; a proxy of one's own is not."""
    custom = own({"eu": {"like": "openai", "url": "wss://eu.api.openai.com/v1/realtime"}})
    assert choose("eu", custom=custom, environment=KEYS).key == Secret("sk-openai")
    with pytest.raises(BadInput, match="OPENAI_API_KEY"):
        choose("eu", custom=custom, environment={})
    elsewhere = own({"proxy": {"like": "openai", "url": "wss://proxy.example/v1"}})
    assert choose("proxy", custom=elsewhere, environment=KEYS).key is None


@pytest.mark.parametrize("endpoint", ["https://my host/", "https://", "NAME", "https://x.openai.azure.com:y"])
def test_an_endpoint_that_is_none(endpoint: str) -> None:
    """Named with its variable, before a call."""
    if endpoint == "NAME":  # a host without a dot may be one
        assert choose("azure", environment={**KEYS, "AZURE_OPENAI_ENDPOINT": endpoint}).host == "NAME"
        return
    with pytest.raises(BadInput, match="AZURE_OPENAI_ENDPOINT"):
        choose("azure", environment={**KEYS, "AZURE_OPENAI_ENDPOINT": endpoint})


def test_an_unknown_provider_is_told_which_there_are() -> None:
    """A typing error is answered with the names that exist."""
    with pytest.raises(BadInput, match="openai, azure, local, mine"):
        choose("opnai", custom=own({"mine": {"url": "wss://x"}}), environment={})
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
        choose(name, custom=own(example["providers"]), environment={"EU_KEY": "e", "LAB_KEY": "l"})
